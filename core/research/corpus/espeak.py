"""Speech and phone times from the espeak-ng library, through its C interface.

The library keeps one global state, with random jitter, that cannot be reset: what it says depends on what it said
before. So each text is spoken by a fresh child process, and the same text always gives the same sound.
"""

import ctypes
import ctypes.util
import importlib.util
import json
import subprocess
import sys

import numpy as np

from core.base.errors import ModelError, SettingsError
from core.base.models import PROGRAM_ROOT
from core.research.corpus.phones import SILENCE, Phone

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: sound comes to the callback, in the calling thread
_PHONEME_EVENTS, _IPA = 1, 2
_EVENT_LIST_END, _EVENT_CLAUSE_END, _EVENT_PHONEME = 0, 5, 7
_CLAUSE_END = "|"
_CHARS_UTF8, _PHONEMES_IN_BRACKETS = 1, 0x100
_RATE, _VOLUME, _PITCH, _RANGE, _WORD_GAP = 1, 2, 3, 4, 7
WORDS_PER_MINUTE = 175

_TIME_LIMIT_S = 60
_NO_VOICE = 3  # exit status of the child


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


def _loaded() -> tuple[ctypes.CDLL, bytes | None]:
    """The library, and where its voices are unless it knows; the system's, else the one of the package espeakng-loader."""
    name = ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1"
    try:
        return ctypes.CDLL(name), None
    except OSError as error:
        if importlib.util.find_spec("espeakng_loader") is not None:
            import espeakng_loader

            library = ctypes.CDLL(espeakng_loader.get_library_path())
            return library, espeakng_loader.get_data_path().encode()
        raise ModelError(
            "Making speech for training needs espeak-ng, which is not installed.",
            hint="Install the system package espeak-ng, or the program's “train” extra.",
        ) from error


def _start() -> tuple[ctypes.CDLL, int]:
    library, voices = _loaded()
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, voices, _PHONEME_EVENTS | _IPA)
    if rate <= 0:
        raise ModelError("espeak-ng could not be started.", hint="Install the package espeak-ng-data.")
    return library, rate


def speak(
    text: str,
    voice: str,
    *,
    speed: float = 1.0,
    pitch: float = 1.0,
    pitch_range: float = 1.0,
    gap: float = 0.0,
) -> tuple[np.ndarray, int, tuple[Phone, ...]]:
    """Samples (N,) float32, their rate in Hz and the phones of `text` in an espeak voice such as ``de+f3``.

    `speed` and `pitch` are multiples of the voice's own, `gap` is seconds of silence between words. Text inside
    ``[[…]]`` is read as espeak phoneme names.

    Raises:
        ModelError: espeak-ng is not installed or fails.
        SettingsError: there is no such voice.
    """
    request = json.dumps([text, voice, speed, pitch, pitch_range, gap])
    child = subprocess.run(
        [sys.executable, "-m", "core.research.corpus.espeak"],
        input=request.encode(),
        capture_output=True,
        cwd=PROGRAM_ROOT,
        timeout=_TIME_LIMIT_S,
        check=False,
    )
    if child.returncode == _NO_VOICE:
        raise SettingsError(f"espeak-ng has no voice “{voice}”.", hint="See “espeak-ng --voices”.")
    if child.returncode != 0:
        raise ModelError(
            f"espeak-ng could not speak: {child.stderr.decode(errors='replace').strip().splitlines()[-1:]}.",
            hint="Install the system package espeak-ng.",
        )
    header, _, sound = child.stdout.partition(b"\n")
    rate, marks = json.loads(header)
    samples = np.frombuffer(sound, np.int16).astype(np.float32) / 32768
    return samples, rate, _phones([(at, symbol) for at, symbol in marks], len(samples) / rate)


def _speak_here(
    text: str, voice: str, speed: float, pitch: float, pitch_range: float, gap: float
) -> tuple[bytes, int, list[tuple[int, str]]]:
    pieces: list[bytes] = []
    marks: list[tuple[int, str]] = []

    def on_audio(samples: ctypes.Array, count: int, events: ctypes.Array) -> int:
        if samples and count > 0:
            pieces.append(np.ctypeslib.as_array(samples, (count,)).tobytes())
        i = 0
        while events[i].type != _EVENT_LIST_END:
            if events[i].type == _EVENT_PHONEME:
                symbol = events[i].id.string.decode("utf-8", "ignore").strip()
                marks.append((events[i].audio_position, symbol))
            elif events[i].type == _EVENT_CLAUSE_END:
                marks.append((events[i].audio_position, _CLAUSE_END))
            i += 1
        return 0

    callback = _Callback(on_audio)
    library, rate = _start()
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        sys.exit(_NO_VOICE)
    library.espeak_SetParameter(_RATE, round(WORDS_PER_MINUTE * speed), 0)
    library.espeak_SetParameter(_PITCH, int(np.clip(round(50 * pitch), 0, 99)), 0)
    library.espeak_SetParameter(_RANGE, int(np.clip(round(50 * pitch_range), 0, 99)), 0)
    library.espeak_SetParameter(_WORD_GAP, round(gap * 100), 0)
    data = text.encode()
    library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _CHARS_UTF8 | _PHONEMES_IN_BRACKETS, None, None)
    library.espeak_Synchronize()
    return b"".join(pieces), rate, marks


def _phones(marks: list[tuple[int, str]], end: float) -> tuple[Phone, ...]:
    """Phones from events; each event tells where a phone begins, and it lasts until the next one.

    A phone without a name is a pause when the clause ends after it; inside a clause it lengthens the phone before.
    """
    starts: list[tuple[float, str]] = []
    for i, (position, symbol) in enumerate(marks):
        if symbol == _CLAUSE_END:
            continue
        if not symbol:
            following = next((other for _, other in marks[i + 1 :] if other), _CLAUSE_END)
            if following != _CLAUSE_END and starts:
                continue
            symbol = SILENCE
        if starts and starts[-1][1] == symbol == SILENCE:
            continue
        starts.append((position / 1000, symbol))
    if starts and starts[0][0] > 0:
        starts.insert(0, (0.0, SILENCE))
    ends = [start for start, _ in starts[1:]] + [end]
    return tuple(
        Phone(symbol, start, stop) for (start, symbol), stop in zip(starts, ends, strict=True) if stop > start
    )


if __name__ == "__main__":
    _sound, _sample_rate, _marks = _speak_here(*json.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(json.dumps([_sample_rate, _marks]).encode() + b"\n" + _sound)
