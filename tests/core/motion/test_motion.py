import json
from pathlib import Path

import numpy as np
import pytest

from core.base.errors import ModelError
from core.motion.motion import MotionModel, motion_model, open_motion
from core.motion.shape import shape_model
from core.speech.encoder import (
    BLOCK_STEPS,
    STEP_RATE,
    open_encoder,
    sample_at,
    step_count,
    step_times,
)

RNG = np.random.default_rng(0)


def babble(seconds: float, seed: int = 0) -> np.ndarray:
    """Buzz with changing bands and level, so that the network has something to follow."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * 16000)) / 16000
    voice = np.zeros(len(time))
    for k in range(1, 30):
        knots = rng.random(int(seconds * 8) + 2)
        voice += np.interp(time * 8, np.arange(len(knots)), knots) * np.sin(2 * np.pi * 115 * k * time) / k
    return (0.1 * voice).astype(np.float32)


VOICE = babble(24.0)
TIMES = np.arange(0, 24, 1 / 25)


@pytest.fixture(scope="module")
def model() -> MotionModel:
    return motion_model()


def test_shapes_and_ranges(model: MotionModel):
    trajectory = model.predict(VOICE, TIMES)
    assert trajectory.coefs.shape == (len(TIMES), model.shapes.size)
    for curve in (
        trajectory.opening,
        trajectory.width,
        trajectory.rounding,
        trajectory.closure,
        trajectory.bilabial,
        trajectory.labiodental,
        trajectory.speech,
    ):
        assert curve.shape == (len(TIMES),)
        assert curve.min() >= 0
        assert curve.max() <= 1
    assert trajectory.coefs.std() > 0.05


def test_asking_for_less_gives_the_same(model: MotionModel):
    whole = model.predict(VOICE, TIMES)
    for start, stop in ((0, 1), (17, 18), (240, 300), (250, 260), (len(TIMES) - 3, len(TIMES))):
        part = model.predict(VOICE, TIMES[start:stop])
        np.testing.assert_allclose(part.coefs, whole.coefs[start:stop], atol=1e-5)
        np.testing.assert_allclose(part.closure, whole.closure[start:stop], atol=1e-5)


def test_distant_sound_does_not_matter(model: MotionModel):
    changed = VOICE.copy()
    changed[: 16000 * 8] = 0
    later = TIMES[TIMES > 10.5]  # the second block of ten seconds, which hears one second before itself
    np.testing.assert_allclose(
        model.predict(changed, later).coefs, model.predict(VOICE, later).coefs, atol=1e-4
    )


def test_any_rate_samples_the_same_movement(model: MotionModel):
    fine = model.predict(VOICE, np.arange(0, 20, 1 / 100))
    coarse = model.predict(VOICE, np.arange(0, 20, 1 / 25))
    np.testing.assert_allclose(fine.coefs[::4], coarse.coefs, atol=1e-5)
    odd = model.predict(VOICE, np.arange(0, 20, 1001 / 24000))
    assert np.isfinite(odd.coefs).all()


def test_silence_is_rest_and_not_speech(model: MotionModel):
    trajectory = model.predict(np.zeros(48000, np.float32), np.arange(0, 3, 0.04))
    assert trajectory.speech.max() < 0.25  # what retargeting takes for silence
    assert trajectory.coefs.std(axis=0).max() < 0.15  # of the spread that speech has
    assert trajectory.opening.max() < 0.1
    assert trajectory.closure.min() > 0.9
    assert model.predict(VOICE, np.zeros(0)).coefs.shape == (0, model.shapes.size)
    assert len(model.predict(np.zeros(0, np.float32), np.array([0.0, 1.0])).coefs) == 2


def test_beyond_the_voice_the_mouth_is_at_rest(model: MotionModel):
    open_to_the_end = VOICE[: 16000 * 3]
    times = np.arange(-1, 5, 0.04)
    trajectory = model.predict(open_to_the_end, times)
    outside = (times < -0.2) | (times > 3.22)
    assert np.abs(trajectory.coefs[~outside]).max() > 0.3
    np.testing.assert_array_equal(trajectory.coefs[outside], 0)
    np.testing.assert_array_equal(trajectory.speech[outside], 0)
    np.testing.assert_array_equal(trajectory.closure[outside], 1)
    steps = np.abs(np.diff(trajectory.coefs, axis=0)).max(axis=1)
    assert steps[times[1:] > 3].max() < np.abs(trajectory.coefs[times < 3][-1]).max()  # eased, not cut off
    alone = model.predict(open_to_the_end, np.array([-1.0, 1.0, 30.0]))
    np.testing.assert_array_equal(alone.coefs[[0, 2]], 0)


def test_the_file_names_its_ear(tmp_path: Path):
    onnx = pytest.importorskip("onnx")
    from core.base.models import SHIPPED_MODELS

    file = onnx.load(SHIPPED_MODELS / "motion.onnx")
    next(entry for entry in file.metadata_props if entry.key == "ear").value = "bat"
    onnx.save(file, tmp_path / "motion.onnx")
    with pytest.raises(ModelError, match="bat"):
        open_motion(tmp_path / "motion.onnx", shape_model())


@pytest.mark.filterwarnings("ignore")  # torch's exporter warns about its own age
def test_encoder_gives_fifty_features_a_second_the_same_in_every_block(tmp_path: Path):
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from tests.core.speech.tiny_encoder import write_own_ear

    encoder = open_encoder(write_own_ear(tmp_path))
    features = encoder.features(VOICE)
    assert features.shape == (step_count(len(VOICE)), encoder.width)
    assert step_count(len(VOICE)) == pytest.approx(24 * STEP_RATE, abs=1)
    first = BLOCK_STEPS - 10
    block, logits = encoder.block(VOICE, first, 20)
    np.testing.assert_allclose(block, features[first : first + 20], atol=1e-4)
    visemes = encoder.visemes(VOICE)
    np.testing.assert_allclose(visemes.sum(1), 1, atol=1e-5)
    assert (visemes[first : first + 20].argmax(1) == logits.argmax(1)).mean() > 0.9
    assert encoder.features(np.zeros(0, np.float32)).shape == (0, encoder.width)


def test_sampling_between_steps_is_exact_on_steps_and_smooth_between():
    times = step_times(50)
    values = np.stack([np.sin(2 * np.pi * 3 * times), times], axis=1)
    np.testing.assert_allclose(sample_at(times, values), values, atol=1e-6)
    between = times[5:-5] + 0.007
    np.testing.assert_allclose(sample_at(between, values)[:, 0], np.sin(2 * np.pi * 3 * between), atol=5e-3)
    np.testing.assert_allclose(sample_at(between, values)[:, 1], between, atol=1e-6)
    assert sample_at(np.array([-5.0, 9.0]), values)[:, 1] == pytest.approx([times[0], times[-1]])


def test_onnx_files_say_what_torch_says():
    torch = pytest.importorskip("torch")
    onnx = pytest.importorskip("onnx")
    from core.base.models import SHIPPED_MODELS
    from core.research.training.motion.export import load_networks
    from core.research.training.motion.hearing import hearing_of

    facts = {entry.key: entry.value for entry in onnx.load(SHIPPED_MODELS / "motion.onnx").metadata_props}
    networks, model = load_networks(SHIPPED_MODELS / "motion.safetensors"), motion_model()
    voice, inner, size = VOICE[: 16000 * 9], slice(50, 300), model.shapes.size  # where neither sees an end
    heard = torch.from_numpy(hearing_of(facts["ear"]).hear(voice))[None].float()
    with torch.inference_mode():
        outputs = [network(heard) for network in networks]

    def mean(name: str) -> np.ndarray:
        return torch.stack([getattr(output, name)[0, inner] for output in outputs]).mean(0).numpy()

    late = int(facts["late_steps"])
    values = model.steps(voice, -late, 300 - late)[inner]
    # An ear that looks at a whole block hears the silence after the voice, too, which training leaves out.
    near = 5e-3 if facts["ear"] == "own" else 0.25
    gain = np.array(json.loads(facts["gain"]))
    assert np.abs(values[:, :size] - mean("coefs") * gain).max() < near
    for column, name in ((0, "speech"), (1, "contact")):
        assert np.abs(values[:, size + column] - 1 / (1 + np.exp(-mean(name)))).max() < near


@pytest.mark.filterwarnings("ignore")  # torch's exporter warns about its own age
@pytest.mark.parametrize("heard", [0, None])
def test_export_writes_what_runs(tmp_path: Path, heard: int | None):
    torch = pytest.importorskip("torch")
    onnx = pytest.importorskip("onnx")
    from safetensors.torch import save_file

    from core.research.training.motion.export import export
    from core.research.training.motion.network import MotionNetwork, MotionNetworkConfig
    from core.speech.whisper import whisper_ear

    shapes = shape_model()
    width = whisper_ear().width if heard is None else 0
    files = []
    for seed in (0, 1) if width else (0,):
        torch.manual_seed(seed)
        network = MotionNetwork(MotionNetworkConfig(width=16, shape_size=shapes.size, heard=width)).eval()
        files.append(tmp_path / f"{seed}.safetensors")
        save_file({name: value.contiguous() for name, value in network.state_dict().items()}, files[-1])
    facts = {"low": np.zeros(7), "high": np.ones(7), "gain": np.full(shapes.size, 1.25)}
    facts |= {"average": np.full(shapes.size, 0.5)}
    paths = export(files, tmp_path / "out", facts)
    encoder = [] if width else ["speech-encoder.safetensors", "speech-encoder.onnx"]
    assert [path.name for path in paths] == [*encoder, "motion.safetensors", "motion.onnx"]
    assert not list((tmp_path / "out").glob("*.part"))
    model = open_motion(paths[-1], shapes)
    assert len(model.predict(VOICE[:16000], np.arange(0, 1, 0.04)).coefs) == 25
    np.testing.assert_array_equal(model.average_speech, 0.5)
    late = open_motion(export(files, tmp_path / "late", facts, late_steps=2)[-1], shapes)
    np.testing.assert_array_equal(
        late.steps(VOICE[:48000], 48, 98), model.steps(VOICE[:48000], 50, 100)
    )
    stored = {entry.key: entry.value for entry in onnx.load(paths[-1]).metadata_props}
    assert json.loads(stored["high"]) == [1.0] * 7
    assert json.loads(stored["gain"]) == [1.25] * shapes.size
    assert stored["ear"] == ("whisper" if width else "own")
    if not width:  # its own ear lies beside it, and is no other's
        paths[1].unlink()
        with pytest.raises(ModelError, match="does not come with the program"):
            open_motion(paths[-1], shapes)
