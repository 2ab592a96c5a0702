"""Speech with known phone times, in many voices, from the free text-to-speech programs of a Linux system.

The phone times come from the programs themselves. These are development tools: the product never runs them.
"""

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import soxr

from core.base.errors import ModelError
from core.research.corpus import espeak
from core.research.corpus.phones import CMU_TO_IPA, SILENCE, Phone

Program = Literal["espeak-ng", "flite", "festival"]
_TIME_LIMIT_S = 60  # a sentence takes these programs well under a second


@dataclass(frozen=True, slots=True)
class Voice:
    """One synthetic speaker.

    Attributes:
        id: unique, stable.
        program: which program speaks.
        name: the program's own name of the voice.
        language: two-letter code.
        licence: of the voice data; what it says may be used freely.
    """

    id: str
    program: Program
    name: str
    language: str
    licence: str


@dataclass(frozen=True, slots=True)
class SpeakingStyle:
    """How a text is said: speed, pitch and pitch range as multiples of the voice's own, and pauses between words."""

    speed: float = 1.0
    pitch: float = 1.0
    pitch_range: float = 1.0
    gap: float = 0.0  # seconds; espeak-ng only


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """Spoken text: `samples` (N,) float32 mono at `rate` Hz, and its phones in order, covering [0, N / rate)."""

    samples: np.ndarray
    rate: int
    phones: tuple[Phone, ...]
    text: str
    voice: Voice

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.rate

    def at_rate(self, rate: int) -> "Speech":
        """The same speech resampled to `rate` Hz."""
        if rate == self.rate:
            return self
        samples = soxr.resample(self.samples, self.rate, rate).astype(np.float32)
        return Speech(samples, rate, self.phones, self.text, self.voice)


def _espeak(language: str, name: str) -> Voice:
    return Voice(f"espeak-{name}", "espeak-ng", name, language, "GPL-3.0 program, output unrestricted")


_FLITE_LICENCE = "CMU Flite (BSD-style)"
VOICES: tuple[Voice, ...] = (
    Voice("flite-slt", "flite", "slt", "en", _FLITE_LICENCE),
    Voice("flite-rms", "flite", "rms", "en", _FLITE_LICENCE),
    Voice("flite-awb", "flite", "awb", "en", _FLITE_LICENCE),
    Voice("flite-kal16", "flite", "kal16", "en", _FLITE_LICENCE),
    Voice("festival-kal", "festival", "kal_diphone", "en", "CSTR Festival (BSD-style)"),
    *(_espeak("en", name) for name in ("en", "en-us+f3", "en-gb-scotland+m3", "en-us+m2", "en+f2", "en-us+f5")),
    *(_espeak("de", name) for name in ("de", "de+f2", "de+m4")),
    *(_espeak("fr", name) for name in ("fr", "fr+f4")),
    *(_espeak("es", name) for name in ("es", "es+f1")),
    *(_espeak("it", name) for name in ("it", "it+f2")),
    *(_espeak("pt", name) for name in ("pt-br", "pt-br+f3")),
    *(_espeak("pl", name) for name in ("pl+m1", "pl+f4")),
    *(_espeak("ru", name) for name in ("ru", "ru+f2")),
    *(_espeak("nl", name) for name in ("nl", "nl+f1")),
    *(_espeak("sv", name) for name in ("sv", "sv+f5")),
)  # fmt: skip
_BY_ID = {voice.id: voice for voice in VOICES}


def voice(voice_id: str) -> Voice:
    """The voice with that id; raises KeyError."""
    return _BY_ID[voice_id]


def speak(text: str, speaker: Voice, style: SpeakingStyle | None = None) -> Speech:
    """`text` said by `speaker`.

    Raises:
        ModelError: the program is not installed or fails.
    """
    style = style or SpeakingStyle()
    if speaker.program == "espeak-ng":
        samples, rate, phones = espeak.speak(
            text,
            speaker.name,
            speed=style.speed,
            pitch=style.pitch,
            pitch_range=style.pitch_range,
            gap=style.gap,
        )
    elif speaker.program == "flite":
        samples, rate, phones = _flite(text, speaker.name, style)
    else:
        samples, rate, phones = _festival(text, speaker.name, style)
    return Speech(samples, rate, phones, text, speaker)


def join(pieces: Sequence[Speech], pause: float) -> Speech:
    """Several utterances of one voice and rate, one after another with `pause` seconds of silence between."""
    first = pieces[0]
    gap = np.zeros(round(pause * first.rate), np.float32)
    samples: list[np.ndarray] = []
    phones: list[Phone] = []
    at = 0.0
    for i, piece in enumerate(pieces):
        if i:
            samples.append(gap)
            phones.append(Phone(SILENCE, at, at + len(gap) / first.rate))
            at += len(gap) / first.rate
        samples.append(piece.samples)
        phones += [Phone(p.ipa, p.start + at, p.end + at) for p in piece.phones]
        at += piece.duration
    text = " ".join(piece.text for piece in pieces)
    return Speech(np.concatenate(samples), first.rate, tuple(phones), text, first.voice)


def padded(speech: Speech, before: float, after: float) -> Speech:
    """`speech` with seconds of silence added before and after."""
    lead = np.zeros(round(before * speech.rate), np.float32)
    tail = np.zeros(round(after * speech.rate), np.float32)
    by = len(lead) / speech.rate
    phones = [Phone(p.ipa, p.start + by, p.end + by) for p in speech.phones]
    end = by + speech.duration
    if by > 0:
        phones.insert(0, Phone(SILENCE, 0.0, by))
    if len(tail):
        phones.append(Phone(SILENCE, end, end + len(tail) / speech.rate))
    samples = np.concatenate([lead, speech.samples, tail])
    return Speech(samples, speech.rate, tuple(phones), speech.text, speech.voice)


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIME_LIMIT_S, check=True)
    except FileNotFoundError as error:
        raise ModelError(
            f"Making speech for the corpus needs {command[0]}, which is not installed.",
            hint=f"Install the system package {command[0]}.",
        ) from error
    except subprocess.CalledProcessError as error:
        raise ModelError(
            f"{command[0]} could not speak: {error.stderr.strip() or error.returncode}."
        ) from error
    return done.stdout


def _read_wave(path: Path) -> tuple[np.ndarray, int]:
    from scipy.io import wavfile  # slow to import, and needed only here

    rate, samples = wavfile.read(path)
    return samples.astype(np.float32) / 32768, int(rate)


def _from_ends(segments: Sequence[tuple[str, float]], duration: float) -> tuple[Phone, ...]:
    phones, start = [], 0.0
    for symbol, end in segments:
        stop = min(end, duration)
        if stop > start:
            phones.append(Phone(CMU_TO_IPA.get(symbol, symbol), start, stop))
            start = stop
    if duration > start:
        phones.append(Phone(SILENCE, start, duration))
    return tuple(phones)


def _flite(text: str, name: str, style: SpeakingStyle) -> tuple[np.ndarray, int, tuple[Phone, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        wave = Path(folder) / "speech.wav"
        printed = _run(
            [
                "flite",
                "-voice",
                name,
                "--setf",
                f"duration_stretch={1 / style.speed:.4f}",
                *_flite_pitch(name, style),
                "-psdur",
                "-t",
                text,
                "-o",
                str(wave),
            ]
        )
        samples, rate = _read_wave(wave)
    # Of a text of several sentences flite prints one line each, with times that start again at 0.
    segments: list[tuple[str, float]] = []
    base = 0.0
    for line in printed.strip().splitlines():
        ends = [(symbol, float(end)) for symbol, _, end in (item.partition(":") for item in line.split())]
        segments += [(symbol, end + base) for symbol, end in ends]
        base += ends[-1][1]
    return samples, rate, _from_ends(segments, len(samples) / rate)


_FLITE_F0_MEAN = {"kal16": 105.0, "kal": 105.0, "slt": 180.0, "rms": 105.0, "awb": 125.0}


def _flite_pitch(name: str, style: SpeakingStyle) -> list[str]:
    if style.pitch == 1.0 and style.pitch_range == 1.0:
        return []
    mean = _FLITE_F0_MEAN[name] * style.pitch
    return [
        "--setf",
        f"int_f0_target_mean={mean:.1f}",
        "--setf",
        f"int_f0_target_stddev={0.12 * mean * style.pitch_range:.1f}",
    ]


def _festival(text: str, name: str, style: SpeakingStyle) -> tuple[np.ndarray, int, tuple[Phone, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        wave, segs, script = (Path(folder) / file for file in ("speech.wav", "speech.seg", "speech.scm"))
        quoted = text.replace("\\", " ").replace('"', " ")
        script.write_text(
            f"(voice_{name})\n(Parameter.set 'Duration_Stretch {1 / style.speed:.4f})\n"
            f'(set! utt (SynthText "{quoted}"))\n'
            f'(utt.save.segs utt "{segs}")\n(utt.save.wave utt "{wave}" \'riff)\n'
        )
        _run(["festival", "-b", str(script)])
        samples, rate = _read_wave(wave)
        rows = [line.split() for line in segs.read_text().splitlines() if line and not line.startswith("#")]
    return samples, rate, _from_ends([(row[2], float(row[0])) for row in rows], len(samples) / rate)
