"""What the painters give their networks, against the published arithmetic written out; one trap a test."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL
from transformers import WhisperFeatureExtractor

from core.foreign_generators.latentsync import LatentSync, painted_area
from core.foreign_generators.musetalk import MuseTalk
from core.foreign_generators.painter import PaintSettings
from core.foreign_generators.unet import MOTION_FRAMES
from core.model_store import store
from tests.core.foreign_generators.by_hand import ByHand, whisper_layers
from tests.core.foreign_generators.conftest import SIDE
from tests.core.foreign_generators.toys import (
    WHISPER_HEADS,
    latentsync_tensors,
    musetalk_tensors,
    openai_whisper,
    voice,
    write_vae,
)

SCALING = 0.18215


@pytest.fixture
def musetalk(installed):
    return MuseTalk.load(store.model_folder("musetalk-1.5"), SIDE)


@pytest.fixture
def latentsync(installed):
    return LatentSync.load(store.model_folder("latentsync-1.6"), SIDE)


@pytest.fixture(scope="module")
def vae(tmp_path_factory):
    """The toys' autoencoder, as diffusers itself loads it from the published files."""
    folder = tmp_path_factory.mktemp("vae")
    write_vae(folder)
    return AutoencoderKL.from_pretrained(folder)


def pictures(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, SIDE, SIDE, 3)).astype(np.uint8)


def signed(shown):
    return torch.from_numpy(shown).permute(0, 3, 1, 2).double() / 255 * 2 - 1


def encoded(vae, x):
    """The mode, not a sample, times the published factor."""
    with torch.inference_mode():
        return vae.encode(x.float()).latent_dist.mean * SCALING


# --- pictures --------------------------------------------------------------------------------------------------------


def musetalk_by_hand(vae, crops, references, speech, *, hidden=-1.0, swapped=False):
    shown = signed(crops)
    shown[:, :, SIDE // 2 :] = hidden
    parts = [encoded(vae, shown), encoded(vae, signed(references))]
    both = torch.cat(parts[::-1] if swapped else parts, dim=1)
    with torch.inference_mode():
        return ByHand(musetalk_tensors())(both, 0, speech)


@pytest.mark.parametrize("trap", [{}, {"hidden": 0.0}, {"swapped": True}])
def test_musetalk_hides_the_lower_half_in_black_and_shows_the_masked_picture_first(musetalk, vae, trap):
    crops, references = pictures(12), pictures(12, seed=1)
    speech = torch.randn(12, 50, 32, generator=torch.Generator().manual_seed(0))
    made = musetalk.latents(crops, references, speech, PaintSettings()).transpose(0, 1)
    wanted = musetalk_by_hand(vae, crops, references, speech, **trap)
    apart = (made - wanted).abs().max()
    assert apart > 0.01 if trap else apart < 1e-3


def test_musetalks_answer_is_the_latent_itself(musetalk, vae):
    latents = torch.randn(2, 4, SIDE // 8, SIDE // 8, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        decoded = vae.decode(latents / SCALING).sample
    wanted = ((decoded / 2 + 0.5).clamp(0, 1) * 255).permute(0, 2, 3, 1).numpy()
    assert np.abs(musetalk.pictures(latents).astype(float) - wanted).max() <= 0.51


@pytest.mark.parametrize("trap", [None, "black", "mask last", "mask inverted", "reference first"])
def test_latentsync_is_told_mask_then_masked_grey_then_reference(latentsync, vae, trap):
    crops, references = pictures(MOTION_FRAMES), pictures(MOTION_FRAMES, seed=1)
    keep = torch.from_numpy(1 - painted_area(SIDE)).double()
    shown = signed(crops) * keep if trap != "black" else (signed(crops) + 1) * keep - 1
    masked, reference = encoded(vae, shown), encoded(vae, signed(references))
    mask = (keep if trap != "mask inverted" else 1 - keep)[::8, ::8]
    mask = mask[None, None].expand(MOTION_FRAMES, 1, -1, -1).float()
    order = {"mask last": [masked, reference, mask], "reference first": [mask, reference, masked]}
    wanted = torch.cat(order.get(trap, [mask, masked, reference]), dim=1).transpose(0, 1)[None]
    made = latentsync.known(crops, references)
    apart = (made - wanted).abs().max()
    assert apart < 1e-4 if trap is None else apart > 0.05


def test_latentsync_paints_the_published_area_at_every_size():
    area = painted_area(256)
    assert area.mean() == pytest.approx(0.407, abs=0.001)
    rows, columns = np.flatnonzero(area.any(axis=1)), np.flatnonzero(area.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (95, 242, 9, 247)
    assert not area[95:128, 78:178].any()  # the nose is kept
    assert area[160, 128] == area[100, 40] == 1
    assert painted_area(512).mean() == pytest.approx(0.407, abs=0.002)


def latentsync_by_hand(known, heard, seed, steps, guidance):
    """DDIM with eta 0 over 1000 trained steps, one picture of noise for all frames."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    kept = torch.cumprod(1 - betas, dim=0)
    noise = torch.randn(1, 4, *known.shape[-2:], generator=torch.Generator().manual_seed(seed))
    x = noise[:, :, None].repeat(1, 1, MOTION_FRAMES, 1, 1).double()
    network = ByHand(latentsync_tensors(), MOTION_FRAMES)
    jump = 1000 // steps
    with torch.inference_mode():
        for step in range((steps - 1) * jump + 1, -1, -jump):  # offset 1
            given = torch.cat([x.float(), known], dim=1)
            with_speech, without = (
                network(given, step, said).double() for said in (heard, torch.zeros_like(heard))
            )
            told = without + guidance * (with_speech - without)
            now = kept[step]
            before = kept[step - jump] if step >= jump else kept[0]
            clean = (x - (1 - now).sqrt() * told) / now.sqrt()
            x = before.sqrt() * clean + (1 - before).sqrt() * told
    return x[0]


def test_latentsync_walks_from_one_noise_for_all_frames_guided_by_the_speech(latentsync):
    crops = pictures(MOTION_FRAMES)
    heard = torch.randn(MOTION_FRAMES, 50, 32, generator=torch.Generator().manual_seed(0))
    settings = PaintSettings(steps=2, guidance=1.5, seed=3)
    made = latentsync.latents(crops, crops, heard, settings)
    wanted = latentsync_by_hand(latentsync.known(crops, crops), heard, 3, 2, 1.5)
    torch.testing.assert_close(made.double(), wanted, atol=2e-3, rtol=1e-3)
    other = latentsync_by_hand(latentsync.known(crops, crops), heard, 3, 2, 1.0)
    assert (made - other).abs().max() > 0.01


def test_settings_follow_what_the_user_set(latentsync, musetalk):
    final = latentsync.settings(is_draft=False, articulation=1.0, seed=4)
    assert (final.steps, final.guidance, final.seed) == (20, 1.5, 4)
    assert latentsync.settings(is_draft=True, articulation=1.0, seed=4).steps < 20
    assert latentsync.settings(is_draft=False, articulation=1.5, seed=4).guidance == 1.75
    assert musetalk.settings(is_draft=False, articulation=1.5, seed=4).steps == 1


# --- sound -----------------------------------------------------------------------------------------------------------


def hub_mel(samples):
    """(80, 3000) as Whisper's own feature extractor gives it for 30 s."""
    made = WhisperFeatureExtractor()(samples, sampling_rate=16000, return_tensors="pt")
    return made.input_features[0]


def as_openai(installed_encoder):
    """transformers' encoder weights under openai's names, for the encoder written by hand."""
    back = (
        ("embed_positions.weight", "positional_embedding"), ("self_attn_layer_norm.", "attn_ln."), ("final_layer_norm.", "mlp_ln."),
        ("layers.", "blocks."), ("self_attn.q_proj.", "attn.query."), ("self_attn.k_proj.", "attn.key."),
        ("self_attn.v_proj.", "attn.value."), ("self_attn.out_proj.", "attn.out."), ("fc1.", "mlp.0."), ("fc2.", "mlp.2."),
    )  # fmt: skip
    named = {}
    for name, tensor in installed_encoder.state_dict().items():
        name = "ln_post." + name.removeprefix("layer_norm.") if name.startswith("layer_norm.") else name
        for ours, theirs in back:
            name = name.replace(ours, theirs)
        named[name] = tensor
    return named


@pytest.mark.parametrize("raw", [False, True])
def test_musetalk_hears_the_last_layer_after_the_norm(musetalk, raw):
    said = voice()
    weights = as_openai(musetalk._listener.encoder)
    with torch.inference_mode():
        wanted = whisper_layers(weights, hub_mel(said), WHISPER_HEADS, raw=raw)[:150]
    apart = np.abs(musetalk.hear(said).features - wanted.numpy()).max()
    assert apart > 0.05 if raw else apart < 1e-4


@pytest.mark.parametrize("raw", [True, False])
def test_latentsync_hears_it_before_the_norm(latentsync, raw):
    said = voice()
    columns = hub_mel(said)[:, : len(said) // 160]
    mel = torch.zeros(80, 3000)  # columns of nothing, not of silence, behind the sound
    mel[:, : columns.shape[1]] = columns
    state = {n.removeprefix("encoder."): t for n, t in openai_whisper()["model_state_dict"].items()}
    with torch.inference_mode():
        wanted = whisper_layers(state, mel, WHISPER_HEADS, raw=raw)[:150].numpy()
    made = latentsync.hear(said).features
    # The last two columns of whoever pads before analysing hear the padding; the rest is the same sound.
    apart = np.abs(made - wanted)[:140].max()
    assert apart < 2e-2 if raw else apart > 0.05


def rows_of(heard, times):
    """(F, 10) which row of the features each step of a window is, from features that hold their own number."""
    return heard.at(np.asarray(times)).reshape(len(times), 10, -1)


def numbered(heard, count=100, layers=5, width=32):
    features = np.zeros((count, layers, width), np.float32)
    features += np.arange(1, count + 1, dtype=np.float32)[:, None, None]
    return type(heard)(features, heard.manner)


def test_windows_lie_on_real_frame_times_and_end_as_each_network_was_trained(musetalk, latentsync):
    muse, latent = (numbered(painter.hear(voice(0.5))) for painter in (musetalk, latentsync))
    ntsc = 1001 / 30000 * np.arange(60)
    for heard in (muse, latent):
        table = heard.at(np.zeros(1))[0] if heard is muse else None
        for frame, seen in zip(range(60), rows_of(heard, ntsc), strict=True):
            middle = int(ntsc[frame] * 50 + 1e-4)  # not int(frame * 50 / 29), which drifts
            numbers = seen.reshape(10, 5, 32)
            if table is not None:
                numbers = numbers - position(50, 32).reshape(10, 5, 32)
            wanted = np.arange(middle - 4, middle + 6)
            outside = (wanted < 0) | (wanted > 99)
            expected = np.where(outside, 0, wanted + 1) if heard is muse else np.clip(wanted, 0, 99) + 1
            assert torch.allclose(
                numbers[:, :, 0].float(), torch.tensor(expected)[:, None].float(), atol=1e-4
            )


def position(rows, width):
    """The table that MuseTalk adds outside its network."""
    table = torch.zeros(rows, width)
    for row in range(rows):
        for column in range(0, width, 2):
            angle = row / 10000 ** (column / width)
            table[row, column], table[row, column + 1] = np.sin(angle), np.cos(angle)
    return table


def test_the_position_table_is_added_for_musetalk_alone(musetalk, latentsync):
    muse, latent = (numbered(painter.hear(voice(0.5)), width=32) for painter in (musetalk, latentsync))
    silent = [type(heard)(np.zeros((100, 5, 32), np.float32), heard.manner) for heard in (muse, latent)]
    torch.testing.assert_close(silent[0].at(np.array([1.0]))[0], position(50, 32), atol=1e-5, rtol=1e-5)
    assert not silent[1].at(np.array([1.0])).any()
    told = numbered(muse).at(np.array([1.0]))[0] - position(50, 32)
    assert told[:5].std() < 1e-4  # time-major: the first five rows are five layers of one moment
    assert told[5, 0] - told[0, 0] == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("name", ["musetalk", "latentsync"])
def test_there_is_no_seam_every_30_seconds(request, name):
    painter = request.getfixturevalue(name)
    features = painter.hear(voice(64.0)).features
    assert len(features) == 3200
    steps = np.abs(np.diff(features, axis=0)).mean(axis=(1, 2))
    for seam in (1200, 1500, 2400, 3000):  # where pieces begin and where upstream's end
        around = np.r_[steps[seam - 60 : seam - 5], steps[seam + 5 : seam + 60]]
        assert steps[seam - 3 : seam + 3].max() <= 1.15 * around.max(), seam


@pytest.mark.parametrize("name", ["musetalk", "latentsync"])
@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.3])
def test_hardly_any_sound_is_heard_too(request, name, seconds):
    painter = request.getfixturevalue(name)
    heard = painter.hear(voice(seconds))
    assert heard.at(np.array([0.0, 5.0])).shape == (2, 50, 32)
    assert torch.isfinite(heard.at(np.array([-3.0, 0.0]))).all()


@pytest.mark.parametrize("name", ["musetalk", "latentsync"])
def test_one_reference_for_a_whole_window_is_encoded_once(name, request):
    painter = request.getfixturevalue(name)
    count, side = painter.grid.length, painter.size
    generator = np.random.default_rng(3)
    crops = generator.integers(0, 256, (count, side, side, 3)).astype(np.uint8)
    one = generator.integers(0, 256, (1, side, side, 3)).astype(np.uint8)
    speech = painter.hear(voice()).at(np.arange(count) / 25)
    settings = replace(painter.settings(is_draft=True, articulation=1.0, seed=0), steps=1)
    encoded, encode = [], painter._autoencoder.encode
    painter._autoencoder.encode = lambda pictures: encoded.append(len(pictures)) or encode(pictures)
    try:
        made = painter.latents(crops, one, speech, settings)
    finally:
        painter._autoencoder.encode = encode
    assert encoded == [count, 1]
    each = painter.latents(crops, np.repeat(one, count, axis=0), speech, settings)
    assert (made - each).abs().max() < 1e-4
