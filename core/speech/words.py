"""Which words a voice says, and when: OpenAI's Whisper, whose whole model is installed apart from the program.

The ear that drives the lips is the beginning of the same network and ships; this needs its decoder, and torch.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.base.errors import ModelError
from core.base.torch_library import require_torch
from core.speech.mel import SAMPLE_RATE

MODEL_ID = "whisper-base"
_LONGEST_S = 28.0  # Whisper hears 30 s at once
_AROUND_S = 0.15  # left about a stretch, so that no first sound is cut
_JOINED_S = 0.8  # a shorter pause does not part what is heard together: words need their sentence


@dataclass(frozen=True, slots=True)
class Word:
    """One word and when it is said, in seconds on the voice's clock."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Spoken:
    """All words of a voice in order; `language` is Whisper's code, such as ``en``, empty where nobody speaks."""

    language: str
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words as one line."""
        return "".join(word.text for word in self.words).strip()


class WordReader:
    """Whisper with its decoder, ready to write down what it hears. Runs on the processor."""

    def __init__(self, folder: Path) -> None:
        """Loads the model in `folder`, laid out as transformers does.

        Raises:
            ModelError: torch is missing, or the folder holds no Whisper with its tokenizer.
        """
        require_torch("Reading words")
        from safetensors import SafetensorError
        from transformers import (
            AutomaticSpeechRecognitionPipeline,
            WhisperFeatureExtractor,
            WhisperForConditionalGeneration,
            WhisperTokenizer,
        )
        from transformers.utils import logging as told

        told.set_verbosity_error()
        told.disable_progress_bar()
        try:
            # Whatever precision its weights are stored in: what it hears is single.
            self._model = (
                WhisperForConditionalGeneration.from_pretrained(folder, local_files_only=True).float().eval()
            )
            tokenizer = WhisperTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            reason = (str(error).splitlines() or ["no reason given"])[0]
            raise ModelError(
                f"The model in {folder} cannot be used to read words: {reason}.",
                hint=f"Run “unisync models install {MODEL_ID}” again.",
            ) from error
        self._extractor = WhisperFeatureExtractor(feature_size=self._model.config.num_mel_bins)
        self._pipeline = AutomaticSpeechRecognitionPipeline(
            self._model, tokenizer=tokenizer, feature_extractor=self._extractor, device=-1
        )

    def read(
        self,
        voice: np.ndarray,
        *,
        language: str | None = None,
        on_progress: Callable[[float], None] = lambda share: None,
    ) -> Spoken:
        """The words of `voice` ((N,) float32 mono 16 kHz).

        Args:
            voice: any length.
            language: Whisper's code; told from the voice itself by default.
            on_progress: told the share that is done; may raise to stop.

        Raises:
            ModelError: Whisper does not know the language.
        """
        known = self._languages()
        if language is not None and language not in known:
            raise ModelError(
                f"Whisper does not know the language “{language}”.", hint=f"It knows {', '.join(known)}."
            )
        pieces = list(_pieces(voice))
        words: list[Word] = []
        for number, (start, sound) in enumerate(pieces):
            on_progress(number / len(pieces))
            language = language or self._language(sound)
            words += [
                Word(text, start + begin, start + end) for text, begin, end in self._heard(sound, language)
            ]
        on_progress(1.0)
        return Spoken(language or "", tuple(words))

    def _languages(self) -> list[str]:
        return sorted(token.strip("<|>") for token in self._model.generation_config.lang_to_id)

    def _language(self, sound: np.ndarray) -> str:
        heard = self._extractor(sound, sampling_rate=SAMPLE_RATE, return_tensors="pt").input_features
        (token,) = self._model.detect_language(heard).tolist()
        names = {number: name for name, number in self._model.generation_config.lang_to_id.items()}
        return names[token].strip("<|>")

    def _heard(self, sound: np.ndarray, language: str) -> Iterator[tuple[str, float, float]]:
        found: Any = self._pipeline(
            {"raw": sound, "sampling_rate": SAMPLE_RATE},
            return_timestamps="word",
            generate_kwargs={"language": language, "task": "transcribe"},
        )
        length, last = len(sound) / SAMPLE_RATE, 0.0
        for chunk in found["chunks"]:
            begin, end = chunk["timestamp"]
            begin = min(max(last, last if begin is None else begin), length)
            last = min(max(begin, length if end is None else end), length)
            yield chunk["text"], begin, last


def _pieces(voice: np.ndarray) -> Iterator[tuple[float, np.ndarray]]:
    """Where it begins, in seconds, and each stretch of `voice` that speaks, none longer than Whisper hears at once.

    Whisper gives a first word all the silence before it, and writes words into long pauses.
    """
    from core.speech.voice_activity import speech_segments  # its library would make the window start slower

    stretches: list[tuple[float, float]] = []
    for segment in speech_segments(voice):
        start = max(float(segment.range.start) - _AROUND_S, 0.0)
        end = float(segment.range.end) + _AROUND_S
        if stretches and start - stretches[-1][1] < _JOINED_S and end - stretches[-1][0] <= _LONGEST_S:
            stretches[-1] = stretches[-1][0], end
        else:
            stretches.append((start, end))
    for start, end in stretches:
        for first in np.arange(start, end, _LONGEST_S):
            stop = min(first + _LONGEST_S, end)
            yield float(first), voice[round(first * SAMPLE_RATE) : round(stop * SAMPLE_RATE)]
