"""Reads a Whisper out of a CTranslate2 model file, as the variables of transformers' `WhisperModel`."""

import struct
from collections.abc import Iterator

import numpy as np

from core.base.errors import ModelError

_DTYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_VERSION = 6
_ATTENTION = {
    "self_attention/linear_1": "self_attn.out_proj",
    "self_attention/layer_norm": "self_attn_layer_norm",
    "ffn/linear_0": "fc1",
    "ffn/linear_1": "fc2",
    "ffn/layer_norm": "final_layer_norm",
    "attention/linear_0": "encoder_attn.q_proj",
    "attention/linear_2": "encoder_attn.out_proj",
    "attention/layer_norm": "encoder_attn_layer_norm",
}
# Stacked in one; Whisper's keys have no bias, CTranslate2 keeps zeros there.
_STACKED = {"self_attention/linear_0": ("self_attn", "qkv"), "attention/linear_1": ("encoder_attn", "kv")}
_ENDS = {"weight": "weight", "bias": "bias", "gamma": "weight", "beta": "bias"}


class _Bytes:
    """Reads little-endian values from the front of a buffer.

    Raises:
        ModelError: the file ends before the value does.
    """

    def __init__(self, content: bytes) -> None:
        self._content, self._at = memoryview(content), 0

    def take(self, count: int) -> memoryview:
        if self._at + count > len(self._content):
            raise ModelError(
                "The CTranslate2 model ends in the middle of a variable.", hint="Download it again."
            )
        self._at += count
        return self._content[self._at - count : self._at]

    def number(self, code: str) -> int:
        return int(struct.unpack("<" + code, self.take(struct.calcsize(code)))[0])

    def text(self) -> str:
        return bytes(self.take(self.number("H"))).rstrip(b"\0").decode("utf-8")


def _variables(content: bytes) -> Iterator[tuple[str, np.ndarray]]:
    file = _Bytes(content)
    version, name = file.number("I"), ""
    if version == _VERSION:
        name = file.text()
    if name != "WhisperSpec":
        raise ModelError("This is no CTranslate2 model of Whisper.", hint="Name a whisper model.bin.")
    file.number("I")  # the spec's own revision
    for _ in range(file.number("I")):
        name = file.text()
        shape = tuple(file.number("I") for _ in range(file.number("B")))
        kind = file.number("B")
        values = file.take(file.number("I"))
        if kind in _DTYPES:
            yield name, np.frombuffer(values, _DTYPES[kind]).reshape(shape)


def encoder_state(content: bytes) -> tuple[dict[str, np.ndarray], int]:
    """Float32 variables of the encoder by their names in transformers' ``WhisperModel.encoder``, and its attention heads.

    Args:
        content: of a ``model.bin`` whose weights are float16 or float32.

    Raises:
        ModelError: not such a file, a damaged one, or one with quantised weights.
    """
    return _part(content, "encoder")


def decoder_state(content: bytes) -> tuple[dict[str, np.ndarray], int]:
    """The same of ``WhisperModel.decoder``, whose embedding is the output's projection, too."""
    return _part(content, "decoder")


def _part(content: bytes, part: str) -> tuple[dict[str, np.ndarray], int]:
    state: dict[str, np.ndarray] = {}
    heads = 0
    for name, values in _variables(content):
        if name == f"{part}/num_heads":
            heads = int(values.reshape(()))
        if not name.startswith(f"{part}/") or values.ndim == 0:
            continue
        if values.dtype not in (np.float16, np.float32):
            raise ModelError("The model's weights are quantised.", hint="Name one in float16 or float32.")
        state |= _renamed(name.removeprefix(f"{part}/"), values.astype(np.float32))
    if not state:
        raise ModelError(f"This CTranslate2 model has no {part}.", hint="Name a whisper model.bin.")
    return state, heads


def _renamed(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    path, _, end = name.rpartition("/")
    if path == "position_encodings":
        return {"embed_positions.weight": values}
    if path == "embeddings":
        return {"embed_tokens.weight": values}
    if path == "projection":  # the embedding once more
        return {}
    if not path.startswith("layer_") or path == "layer_norm":
        return {f"{path}.{_ENDS[end]}": values}
    layer, _, part = path.partition("/")
    prefix = f"layers.{layer.removeprefix('layer_')}."
    if part in _STACKED:
        module, letters = _STACKED[part]
        rows = dict(zip(letters, np.split(values, len(letters)), strict=True))
        return {
            f"{prefix}{module}.{letter}_proj.{end}": each
            for letter, each in rows.items()
            if (letter, end) != ("k", "bias")
        }
    return {f"{prefix}{_ATTENTION[part]}.{_ENDS[end]}": values}
