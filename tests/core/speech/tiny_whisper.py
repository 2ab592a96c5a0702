"""A whole Whisper of the published class and tokenizer, of a few thousand weights that were never trained."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    GenerationConfig,
    WhisperConfig,
    WhisperForConditionalGeneration,
    WhisperTokenizerFast,
)

LANGUAGES = ("en", "de", "ar")


def write_tiny_whisper(folder: Path, seed: int = 0) -> Path:
    """Writes it as the hub has it: config.json, generation_config.json, model.safetensors, tokenizer.json."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    core = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(letters)}, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{name}|>" for name in LANGUAGES)]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    special += ["<|notimestamps|>", *(f"<|{tick / 50:.2f}|>" for tick in range(1501))]
    core.add_special_tokens(special[: special.index("<|notimestamps|>") + 1])
    core.add_tokens(special[special.index("<|notimestamps|>") + 1 :])
    end = "<|endoftext|>"
    tokenizer = WhisperTokenizerFast(
        tokenizer_object=core, bos_token=end, eos_token=end, unk_token=end, pad_token=end
    )
    tokenizer.save_pretrained(folder)
    number = core.token_to_id
    torch.manual_seed(seed)
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=core.get_vocab_size(), num_mel_bins=80, d_model=16, encoder_layers=1, decoder_layers=2,
            encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16,
            max_target_positions=64, pad_token_id=number(end), bos_token_id=number(end), eos_token_id=number(end),
            decoder_start_token_id=number("<|startoftranscript|>"),
        )
    )  # fmt: skip
    model.generation_config = GenerationConfig(
        alignment_heads=[[1, 0]], is_multilingual=True, max_length=24, max_initial_timestamp_index=50,
        lang_to_id={f"<|{name}|>": number(f"<|{name}|>") for name in LANGUAGES},
        task_to_id={name: number(f"<|{name}|>") for name in ("translate", "transcribe")},
        no_timestamps_token_id=number("<|notimestamps|>"), return_timestamps=False,
        decoder_start_token_id=number("<|startoftranscript|>"), bos_token_id=number(end), eos_token_id=number(end),
        pad_token_id=number(end), prev_sot_token_id=number("<|startofprev|>"), suppress_tokens=[], begin_suppress_tokens=[],
    )  # fmt: skip
    model.save_pretrained(folder)
    return folder
