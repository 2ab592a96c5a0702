"""Whisper's ear against transformers' own model, with tiny random weights and with the shipped ones."""

import struct
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from core.base.errors import ModelError
from core.base.models import SHIPPED_MODELS, model_files
from core.speech.mel import SAMPLE_RATE
from core.speech.whisper import (
    BLOCK_STEPS,
    LOUDEST,
    MARGIN_STEPS,
    WhisperEar,
    step_count,
    whisper_ear,
    whisper_mel,
)
from tests.core.motion.test_motion import babble

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperModel  # noqa: E402
from transformers.models.whisper.modeling_whisper import WhisperEncoder  # noqa: E402

from core.research.training.speech.ct2_whisper import encoder_state  # noqa: E402
from core.research.training.speech.whisper_cut import (  # noqa: E402
    SEEN_STEPS,
    CutEncoder,
    main,
    read_encoder,
    standardise,
    standardise_like,
    write,
)

VOICE = babble(24.0)
pytestmark = pytest.mark.filterwarnings("ignore")  # torch's exporter warns about its own age


def tiny(positions: int = SEEN_STEPS) -> WhisperModel:
    torch.manual_seed(0)
    config = WhisperConfig(
        d_model=32,
        encoder_layers=4,
        encoder_attention_heads=4,
        encoder_ffn_dim=48,
        decoder_layers=1,
        decoder_attention_heads=2,
        decoder_ffn_dim=16,
        vocab_size=64,
        max_source_positions=positions,
        num_mel_bins=80,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    return (
        WhisperModel(config).half().float().eval()
    )  # as files hold them: then nothing is lost by storing halves


def test_mel_is_whispers_own_where_the_loudest_moment_is_as_loud():
    voice = babble(5.0)
    extractor = WhisperFeatureExtractor(feature_size=80)
    theirs = extractor(voice, sampling_rate=SAMPLE_RATE, return_tensors="np").input_features[0]
    ours = whisper_mel(voice, 0, 480)
    loudest = float(theirs.max()) * 4 - 4
    floor = (max(loudest, LOUDEST) - 8 + 4) / 4
    inside = slice(2, 478)  # Whisper mirrors the sound at its ends, here silence lies there
    np.testing.assert_allclose(
        np.maximum(ours, floor)[:, inside], np.maximum(theirs, floor)[:, inside], atol=2e-4
    )


def test_mel_does_not_depend_on_what_is_asked_for():
    whole = whisper_mel(VOICE, -40, 600)
    np.testing.assert_allclose(whisper_mel(VOICE, 100, 50), whole[:, 140:190], atol=1e-5)
    quiet = whisper_mel(np.zeros(100, np.float32), -5, 20)
    np.testing.assert_allclose(quiet, (LOUDEST - 8 + 4) / 4, atol=1e-6)


@pytest.mark.parametrize("layers", [[2], [2, 3]])
def test_a_cut_encoder_says_what_the_whole_one_says(tmp_path: Path, layers: list[int]):
    model = tiny()
    model.save_pretrained(tmp_path / "hf")
    cut = CutEncoder(read_encoder([tmp_path / "hf"]), layers)
    mel = whisper_mel(VOICE, -2 * MARGIN_STEPS, 2 * SEEN_STEPS)
    standardise(cut, [mel])
    write(cut, tmp_path / "ear.onnx")
    with torch.inference_mode():
        states = model.encoder(torch.from_numpy(mel)[None], output_hidden_states=True).hidden_states
    hidden = torch.cat([states[layer][0] for layer in layers], -1)
    expected = ((hidden - hidden.mean(0)) / hidden.std(0)).clamp(-6, 6).numpy()
    ear = WhisperEar(tmp_path / "ear.onnx")
    assert ear.width == 32 * len(layers)
    np.testing.assert_allclose(ear.block(VOICE, 0), expected, atol=2e-3)
    again = CutEncoder(read_encoder([tmp_path / "hf"]), layers)
    standardise_like(again, tmp_path / "ear.onnx")
    np.testing.assert_allclose(again.mean, cut.mean)
    assert not list(tmp_path.glob("*.part"))


def test_command_makes_the_same_file_again(tmp_path: Path):
    tiny().save_pretrained(tmp_path / "hf")
    cut = CutEncoder(read_encoder([tmp_path / "hf"]), [3])
    standardise(cut, [whisper_mel(VOICE, 0, 600)])
    write(cut, tmp_path / "ear.onnx")
    main([str(tmp_path / "hf"), "-o", str(tmp_path / "again.onnx"), "--layers", "3", "--like", str(tmp_path / "ear.onnx")])  # fmt: skip
    first, second = WhisperEar(tmp_path / "ear.onnx"), WhisperEar(tmp_path / "again.onnx")
    np.testing.assert_array_equal(first.block(VOICE, 0), second.block(VOICE, 0))


def as_ctranslate2(encoder: WhisperEncoder, *, name: bytes = b"WhisperSpec") -> bytes:
    """The encoder as CTranslate2 writes it, in half precision."""
    state = {key: value.numpy().astype(np.float16) for key, value in encoder.state_dict().items()}
    variables: dict[str, np.ndarray] = {"encoder/num_heads": np.array(4, np.int16)}
    for end in ("weight", "bias"):
        for conv in ("conv1", "conv2"):
            variables[f"encoder/{conv}/{end}"] = state[f"{conv}.{end}"]
        greek = {"weight": "gamma", "bias": "beta"}[end]
        variables[f"encoder/layer_norm/{greek}"] = state[f"layer_norm.{end}"]
        for i in range(4):
            ours, theirs = f"layers.{i}.", f"encoder/layer_{i}/"
            stacked = [
                state.get(f"{ours}self_attn.{letter}_proj.{end}", np.zeros(32, np.float16))
                for letter in "qkv"
            ]
            variables[f"{theirs}self_attention/linear_0/{end}"] = np.concatenate(stacked)
            variables[f"{theirs}self_attention/linear_1/{end}"] = state[f"{ours}self_attn.out_proj.{end}"]
            variables[f"{theirs}self_attention/layer_norm/{greek}"] = state[
                f"{ours}self_attn_layer_norm.{end}"
            ]
            for number, part in (("0", "fc1"), ("1", "fc2")):
                variables[f"{theirs}ffn/linear_{number}/{end}"] = state[f"{ours}{part}.{end}"]
            variables[f"{theirs}ffn/layer_norm/{greek}"] = state[f"{ours}final_layer_norm.{end}"]
    variables["encoder/position_encodings/encodings"] = state["embed_positions.weight"]
    variables["decoder/scale"] = np.array(1.0, np.float32)

    def text(value: bytes) -> bytes:
        return struct.pack("<H", len(value) + 1) + value + b"\0"

    content = struct.pack("<I", 6) + text(name) + struct.pack("<II", 3, len(variables))
    for key, values in variables.items():
        kind = {"float32": 0, "int16": 2, "float16": 4}[str(values.dtype)]
        content += text(key.encode()) + struct.pack(
            f"<B{values.ndim}IBI", values.ndim, *values.shape, kind, values.nbytes
        )
        content += values.tobytes()
    return content


def test_a_ctranslate2_file_holds_the_same_encoder(tmp_path: Path):
    model = tiny(SEEN_STEPS)
    path = tmp_path / "model.bin"
    path.write_bytes(as_ctranslate2(model.encoder))
    read = read_encoder([path])
    mel = torch.from_numpy(whisper_mel(VOICE, 0, 2 * SEEN_STEPS))[None]
    with torch.inference_mode():
        np.testing.assert_allclose(
            read(mel).last_hidden_state, model.encoder(mel).last_hidden_state, atol=1e-4
        )


@pytest.mark.parametrize("keep", [3, 40, 2000])
def test_damaged_files_are_named(keep: int):
    content = as_ctranslate2(tiny(SEEN_STEPS).encoder)
    with pytest.raises(ModelError):
        encoder_state(content[:keep])


def test_other_models_are_refused(tmp_path: Path):
    with pytest.raises(ModelError, match="no CTranslate2 model of Whisper"):
        encoder_state(as_ctranslate2(tiny().encoder, name=b"TransformerSpec"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="empty"):
        read_encoder([tmp_path / "empty"])
    for part in "ab":
        (tmp_path / part).write_bytes(b"x")
    with pytest.raises(ModelError, match="not Whisper base"):
        read_encoder([tmp_path / "a", tmp_path / "b"])


def test_shipped_ear_is_the_same_in_every_block():
    ear = whisper_ear()
    features = ear.features(VOICE)
    assert features.shape == (step_count(len(VOICE)), ear.width)
    assert len(features) == 24 * 50
    assert np.abs(features).max() <= 6
    np.testing.assert_array_equal(
        ear.block(VOICE, 1)[MARGIN_STEPS : MARGIN_STEPS + BLOCK_STEPS],
        features[BLOCK_STEPS : 2 * BLOCK_STEPS],
    )
    # What lies more than a second outside the block is not heard.
    other = VOICE.copy()
    other[: 8 * SAMPLE_RATE] = 0
    np.testing.assert_array_equal(ear.block(other, 1), ear.block(VOICE, 1))
    assert ear.features(np.zeros(0, np.float32)).shape == (0, ear.width)


def test_short_voices_sound_much_the_same_without_the_silence_after_them():
    ear = whisper_ear()
    whole, short = ear.features(VOICE[: 3 * SAMPLE_RATE]), ear.features_of_short(VOICE[: 3 * SAMPLE_RATE])
    assert whole.shape == short.shape
    likeness = [np.corrcoef(a, b)[0, 1] for a, b in zip(whole.T, short.T, strict=True)]
    assert np.median(likeness) > 0.95


def test_features_follow_the_sound_in_time():
    """A sound that begins at 1 s changes the features there, and not two steps before."""
    ear = whisper_ear()
    sound = np.zeros(2 * SAMPLE_RATE, np.float32)
    sound[SAMPLE_RATE:] = VOICE[:SAMPLE_RATE]
    change = np.abs(np.diff(ear.features(sound), axis=0)).mean(1)
    assert 48 <= int(change[20:80].argmax()) + 20 <= 52


def test_weights_are_stored_in_half_the_size():
    size = (SHIPPED_MODELS / "whisper-encoder.onnx").stat().st_size
    assert size < 35e6


def test_a_voice_is_heard_once_however_often_it_is_asked_for(monkeypatch):
    ear, heard = WhisperEar(model_files("whisper-encoder")[0]), []
    session = ear._session

    class Counting:
        def run(self, names, inputs):
            heard.append(inputs["mel"])
            return session.run(names, inputs)

    ear._session = Counting()
    first = ear.features(VOICE)
    count = len(heard)
    np.testing.assert_array_equal(ear.features(VOICE.copy()), first)
    assert len(heard) == count > 0
    ear.features(VOICE * np.float32(0.5))
    assert len(heard) == 2 * count


def test_command_measures_a_new_ear_over_recordings(tmp_path: Path):
    tiny().save_pretrained(tmp_path / "hf")
    (tmp_path / "voices").mkdir()
    wavfile.write(tmp_path / "voices" / "a.wav", SAMPLE_RATE, VOICE)
    main([str(tmp_path / "hf"), "-o", str(tmp_path / "ear.onnx"), "--over", str(tmp_path / "voices")])
    heard = np.concatenate(list(WhisperEar(tmp_path / "ear.onnx").blocks(VOICE)))
    assert np.abs(heard.mean(0)).max() < 0.5
    assert 0.5 < heard.std() < 1.5
