"""Speech with exact phone times from the installed espeak-ng library, in over a hundred languages. For training only."""

import ctypes
import ctypes.util
from dataclasses import dataclass
from functools import cache

import numpy as np
import soxr

from core.errors import ModelError
from core.speech.mel import SAMPLE_RATE

_SYNCHRONOUS = 2
_PHONEME_EVENTS_IN_IPA = 1 | 2
_EVENT_END_OF_LIST, _EVENT_PHONEME = 0, 7
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_UTF8, _CHARACTERS = 1, 1


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # milliseconds
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True, slots=True)
class IpaPhone:
    """One phone in IPA as espeak-ng writes it (an empty string is a pause), in seconds [start, end)."""

    ipa: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticSpeech:
    """`voice`: (N,) float32 mono 16 kHz; `phones`: what it says and when, without gaps."""

    voice: np.ndarray
    phones: tuple[IpaPhone, ...]


class _Espeak:
    """The library, initialised once a process; it holds global state, so one utterance at a time."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1"
        try:
            self._library = ctypes.CDLL(name)
        except OSError as error:
            raise ModelError(
                "Training speech cannot be made: the library espeak-ng is not installed.",
                hint="Install the system package espeak-ng.",
            ) from error
        self.rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS_IN_IPA)
        if self.rate <= 0:
            raise ModelError(
                "Training speech cannot be made: espeak-ng does not start.", hint="Install it again."
            )
        self._pieces: list[np.ndarray] = []
        self._events: list[tuple[float, str]] = []
        self._callback = _Callback(self._receive)  # kept: the library holds only a pointer to it
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, samples: ctypes._Pointer, count: int, events: ctypes._Pointer) -> int:
        if samples and count > 0:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != _EVENT_END_OF_LIST:
            if events[index].type == _EVENT_PHONEME:
                name = events[index].id.string.decode("utf-8", "ignore")
                self._events.append((events[index].audio_position / 1000, name))
            index += 1
        return 0

    def speak(self, text: str, voice: str, words_per_minute: int, pitch: int, melody: int) -> SyntheticSpeech:
        self._pieces.clear()
        self._events.clear()
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ModelError(f"Training speech cannot be made: espeak-ng has no voice “{voice}”.")
        for parameter, value in ((_RATE, words_per_minute), (_PITCH, pitch), (_RANGE, melody), (_VOLUME, 90)):
            self._library.espeak_SetParameter(parameter, value, 0)
        data = text.encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, _CHARACTERS, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        if not self._pieces:
            return SyntheticSpeech(np.zeros(0, np.float32), ())
        sound = np.concatenate(self._pieces).astype(np.float32) / 32768
        seconds = len(sound) / self.rate
        starts = [start for start, _ in self._events] + [seconds]
        phones = tuple(
            IpaPhone(name.strip("ˈˌ _:|'"), start, end)
            for (start, name), end in zip(self._events, starts[1:], strict=True)
            if end > start
        )
        return SyntheticSpeech(soxr.resample(sound, self.rate, SAMPLE_RATE).astype(np.float32), phones)


@cache
def _espeak() -> _Espeak:
    return _Espeak()


def synthesise(
    text: str, voice: str, *, words_per_minute: int = 170, pitch: int = 50, melody: int = 50
) -> SyntheticSpeech:
    """`text` spoken by an espeak-ng voice such as ``"fr"`` or ``"en-us+f3"``.

    Args:
        text: in the voice's own script.
        voice: language, optionally ``+`` a speaker variant.
        words_per_minute: 80..450.
        pitch: 0..99.
        melody: 0..99, how much the pitch moves.

    Raises:
        ModelError: espeak-ng or the voice is not installed.

    """
    return _espeak().speak(text, voice, words_per_minute, pitch, melody)
