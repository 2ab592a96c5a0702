import json
from pathlib import Path

import numpy as np
import pytest

from core.motion.motion import MotionModel, motion_model
from core.motion.shape import shape_model
from core.speech.encoder import (
    BLOCK_STEPS,
    STEP_RATE,
    SpeechEncoder,
    sample_at,
    speech_encoder,
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
    later = TIMES[TIMES > 9.0]
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
    assert trajectory.coefs.std(axis=0).max() < 0.05
    assert model.predict(VOICE, np.zeros(0)).coefs.shape == (0, model.shapes.size)
    assert len(model.predict(np.zeros(0, np.float32), np.array([0.0, 1.0])).coefs) == 2


def test_beyond_the_voice_nothing_breaks(model: MotionModel):
    trajectory = model.predict(VOICE, np.array([-1.0, 12.0, 30.0]))
    assert np.isfinite(trajectory.coefs).all()


def test_encoder_gives_fifty_features_a_second_the_same_in_every_block():
    encoder = speech_encoder()
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


def test_onnx_files_say_what_torch_says(tmp_path: Path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from core.base.models import SHIPPED_MODELS
    from core.research.training.motion.export import load_network
    from core.speech.encoder import mel_of_steps

    network = load_network(SHIPPED_MODELS / "motion.safetensors")
    model, steps = motion_model(), 300
    # Torch sees silence for a second on both sides, as the windows of the ONNX path do.
    mel = mel_of_steps(VOICE[: 16000 * 6], -50, steps + 100)
    with torch.inference_mode():
        output = network(torch.from_numpy(mel)[None])
    inner = slice(50, 50 + steps)
    values = model.steps(VOICE[: 16000 * 6], 0, steps)
    size = model.shapes.size
    import onnx

    model_file = onnx.load(SHIPPED_MODELS / "motion.onnx")
    facts = {entry.key: json.loads(entry.value) for entry in model_file.metadata_props}
    np.testing.assert_allclose(
        values[:, :size], output.coefs[0, inner].numpy() * np.array(facts["gain"]), atol=5e-3
    )
    np.testing.assert_allclose(values[:, size], output.speech[0, inner].sigmoid().numpy(), atol=1e-3)
    np.testing.assert_allclose(values[:, size + 1], output.contact[0, inner].sigmoid().numpy(), atol=1e-3)


@pytest.mark.filterwarnings("ignore")  # torch's exporter warns about its own age
def test_export_writes_a_pair_that_agrees(tmp_path: Path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from safetensors.torch import save_file

    from core.research.training.motion.export import export
    from core.research.training.motion.network import MotionNetwork, MotionNetworkConfig

    shapes = shape_model()
    torch.manual_seed(0)
    network = MotionNetwork(MotionNetworkConfig(width=16, shape_size=shapes.size)).eval()
    save_file(
        {name: value.contiguous() for name, value in network.state_dict().items()}, tmp_path / "w.safetensors"
    )
    low, high, gain = np.zeros(7), np.ones(7), np.full(shapes.size, 1.25)
    paths = export(tmp_path / "w.safetensors", tmp_path / "out", low, high, gain)
    assert [path.name for path in paths] == [
        "speech-encoder.safetensors",
        "speech-encoder.onnx",
        "motion.safetensors",
        "motion.onnx",
    ]
    assert not list((tmp_path / "out").glob("*.part"))
    model = MotionModel(SpeechEncoder(paths[1]), paths[3], shapes)
    assert len(model.predict(VOICE[:16000], np.arange(0, 1, 0.04)).coefs) == 25
    import onnx

    facts = {entry.key: json.loads(entry.value) for entry in onnx.load(paths[3]).metadata_props}
    assert facts["high"] == [1.0] * 7
    assert facts["gain"] == [1.25] * shapes.size
