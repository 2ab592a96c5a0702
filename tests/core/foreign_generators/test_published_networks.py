"""The published networks against the same written by hand, and each trap that would load and paint wrong pictures."""

from pathlib import Path

import pytest
import torch

from core.base.errors import ModelError
from core.foreign_generators.unet import (
    MOTION_FRAMES,
    UNetShape,
    latentsync_names,
    latentsync_published,
    latentsync_unet,
    musetalk_unet,
)
from core.foreign_generators.weights import load_network, shapes_of
from tests.core.foreign_generators.by_hand import ByHand
from tests.core.foreign_generators.toys import SHAPE, latentsync_tensors, musetalk_tensors, save_installed

KEYS = Path(__file__).parent / "keys"


def listed(name):
    """Names and shapes of a list of published tensors."""
    shapes = {}
    for line in (KEYS / name).read_text("utf-8").splitlines():
        tensor, shape = line.split(" ")
        shapes[tensor] = tuple(int(side) for side in shape.split("x")) if shape else ()
    return shapes


@pytest.mark.parametrize(
    ("build", "published", "name", "parameters"),
    [
        (musetalk_unet, dict, "musetalk-1.5.txt", 849_947_844),
        (latentsync_unet, latentsync_published, "latentsync-1.6.txt", 1_267_944_644),
    ],
)
def test_at_full_size_every_published_name_and_shape_is_there_and_no_other(
    build, published, name, parameters
):
    with torch.device("meta"):
        network = build(UNetShape())
    wanted = listed(name)
    assert published(shapes_of(network)) == wanted
    tables = sum(torch.Size(shape).numel() for tensor, shape in wanted.items() if tensor.endswith(".pe"))
    assert sum(p.numel() for p in network.parameters()) == parameters - tables * bool(tables)


def exact(tensors):
    """In float64, so that only a difference of method is one."""
    return {name: tensor.double() for name, tensor in tensors.items()}


@pytest.fixture(scope="module")
def musetalk(tmp_path_factory):
    """(network as installed, the tensors under their published names)."""
    tensors = musetalk_tensors()
    path = tmp_path_factory.mktemp("musetalk") / "unet.safetensors"
    save_installed(tensors, path)
    return load_network(path, lambda: musetalk_unet(SHAPE)).double(), exact(tensors)


@pytest.fixture(scope="module")
def latentsync(tmp_path_factory):
    """Likewise."""
    tensors = latentsync_tensors()
    path = tmp_path_factory.mktemp("latentsync") / "unet.safetensors"
    save_installed(tensors, path)
    network = load_network(
        path, lambda: latentsync_unet(SHAPE), published=latentsync_published, renamed=latentsync_names
    )
    return network.double(), exact(tensors)


def test_musetalks_network_is_the_published_one(musetalk):
    network, tensors = musetalk
    torch.manual_seed(1)
    latents = torch.randn(3, 8, 8, 8, dtype=torch.float64)
    speech = torch.randn(3, 50, SHAPE.speech_width, dtype=torch.float64)
    with torch.inference_mode():
        made = network(latents, torch.zeros(1), encoder_hidden_states=speech).sample
        wanted = ByHand(tensors)(latents, 0, speech)
    assert wanted.std() > 0.1
    torch.testing.assert_close(made, wanted, atol=1e-6, rtol=1e-5)


@pytest.fixture(scope="module")
def latentsync_answer(latentsync):
    network, _ = latentsync
    torch.manual_seed(2)
    latents = torch.randn(1, 13, MOTION_FRAMES, 8, 8, dtype=torch.float64)
    speech = torch.randn(MOTION_FRAMES, 50, SHAPE.speech_width, dtype=torch.float64)
    with torch.inference_mode():
        made = network(latents, torch.tensor(37), encoder_hidden_states=speech).sample
    return latents, speech, made


def test_latentsyncs_network_is_the_published_one(latentsync, latentsync_answer):
    latents, speech, made = latentsync_answer
    with torch.inference_mode():
        wanted = ByHand(latentsync[1], MOTION_FRAMES)(latents, 37, speech)
    assert wanted.std() > 0.1
    torch.testing.assert_close(made, wanted, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("trap", ["resnets frame by frame", "motion pooled"])
def test_group_norms_take_their_statistics_as_in_training(latentsync, latentsync_answer, trap):
    """With either trap sprung the by-hand network gives what diffusers would give unpatched; ours must not."""
    latents, speech, made = latentsync_answer
    with torch.inference_mode():
        wrong = ByHand(latentsync[1], MOTION_FRAMES, {trap})(latents, 37, speech)
    assert (wrong - made).abs().max() > 1e-3


def test_two_windows_at_once_do_not_share_statistics(latentsync, latentsync_answer):
    network, _ = latentsync
    latents, speech, made = latentsync_answer
    with torch.inference_mode():
        both = network(
            torch.cat([latents, latents * 3]),
            torch.tensor(37),
            encoder_hidden_states=torch.cat([speech, speech]),
        ).sample
    torch.testing.assert_close(both[:1], made, atol=1e-6, rtol=1e-5)


def broken(change):
    tensors = dict(latentsync_tensors())
    change(tensors)
    return tensors


PLACE = (
    "up_blocks.1.motion_modules.2.temporal_transformer.transformer_blocks.0.attention_blocks.1.to_q.weight"
)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.pop(PLACE), f"“{PLACE}” is missing; expected (64, 64)"),
        (
            lambda t: t.update({PLACE: torch.zeros(64, 32)}),
            f"“{PLACE}” has shape (64, 32); expected (64, 64)",
        ),
        (
            lambda t: t.update({"conv_in.weight": torch.zeros(32, 9, 3, 3)}),
            "“conv_in.weight” has shape (32, 9, 3, 3); expected (32, 13, 3, 3)",
        ),
        (lambda t: t.update({PLACE: torch.full((64, 64), torch.nan)}), f"“{PLACE}” is not finite"),
        (lambda t: t.update({"ema.step": torch.zeros(())}), "“ema.step” is too many"),
    ],
)
def test_wrong_weights_are_refused_naming_the_first_wrong_tensor_as_published(tmp_path, change, sentence):
    path = tmp_path / "unet.safetensors"
    save_installed(broken(change), path)
    with pytest.raises(ModelError) as caught:
        load_network(
            path, lambda: latentsync_unet(SHAPE), published=latentsync_published, renamed=latentsync_names
        )
    assert sentence in caught.value.message
    assert str(path) in caught.value.message


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "unet.safetensors"
    save_installed(musetalk_tensors(), path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ModelError, match="cannot be read"):
        load_network(path, lambda: musetalk_unet(SHAPE))


def test_sizes_are_read_off_the_file_and_impossible_ones_are_refused(tmp_path):
    shapes = shapes_of(musetalk_unet(SHAPE))
    assert UNetShape.of_file(shapes, tmp_path) == SHAPE
    assert UNetShape.of_file({}, tmp_path) == UNetShape()
    with pytest.raises(ModelError, match="33, 64, 64, 64 wide"):
        UNetShape.of_file({**shapes, "down_blocks.0.resnets.0.conv1.weight": (33, 33, 3, 3)}, tmp_path)
