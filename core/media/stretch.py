"""A stretch of a recording made longer or shorter without another pitch, by FFmpeg's filters."""

from fractions import Fraction
from pathlib import Path

import av
import av.filter
import numpy as np
from av.filter.context import FilterContext

from core.base.errors import MediaError, SettingsError
from core.base.timing import TimeRange
from core.base.whole_file import written_whole
from core.media.audio import AudioReader

TEMPOS = (Fraction(20, 23), Fraction(23, 20))  # 15 % longer to 15 % shorter; more is heard as such
_BLOCK = 1 << 16


def stretch_sound(source: Path, target: Path, span: TimeRange, tempo: Fraction) -> None:
    """Writes `span` of `source` to `target` (.wav, 24 bits), ``1 / tempo`` times as long, at the same rate and channels.

    The voice's pitch stays: rubberband where FFmpeg has it, else WSOLA (`atempo`).

    Raises:
        SettingsError: the tempo lies beyond `TEMPOS`.
        MediaError: the recording cannot be read, holds no sound in `span`, or `target` cannot be written.
    """
    if not TEMPOS[0] <= tempo <= TEMPOS[1]:
        raise SettingsError(
            f"A line cannot be spoken {float(1 / tempo):.2f} times as long.",
            hint="Stretch it by at most 15 %, or have it spoken again.",
        )
    with AudioReader(source) as reader:
        blocks = list(reader.blocks(span.start, span.end, as_float=True))
        rate, layout = reader.rate, reader.layout
    if not blocks:
        raise MediaError(f"“{source}” holds no sound there.", hint="Choose a range inside the recording.")
    samples = np.concatenate(blocks).astype(np.float32)
    wanted = max(round(len(samples) / tempo), 1)
    made = _filtered(samples, rate, layout, tempo)
    fitted = np.zeros((wanted, samples.shape[1]), np.float32)
    fitted[: min(wanted, len(made))] = made[:wanted]
    with written_whole(target, "The stretched line") as part:
        _write_wav(part, fitted, rate, layout)


def _filtered(samples: np.ndarray, rate: int, layout: str, tempo: Fraction) -> np.ndarray:
    """(M, C) float32 of `samples` (N, C), about ``N / tempo`` long."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=rate, format="fltp", layout=layout, time_base=Fraction(1, rate))
    speed = f"{float(tempo):.6f}"
    stretching: FilterContext = (
        graph.add("rubberband", f"tempo={speed}")
        if "rubberband" in av.filter.filters_available
        else graph.add("atempo", speed)
    )
    shaped = graph.add("aformat", f"sample_fmts=fltp:channel_layouts={layout}:sample_rates={rate}")
    sink = graph.add("abuffersink")
    source.link_to(stretching)
    stretching.link_to(shaped)
    shaped.link_to(sink)
    graph.configure()
    found: list[np.ndarray] = []

    def take() -> None:
        while True:
            try:
                found.append(graph.pull().to_ndarray().T)
            except (av.BlockingIOError, av.EOFError):
                return

    for start in range(0, len(samples), _BLOCK):
        part = np.ascontiguousarray(samples[start : start + _BLOCK].T)
        frame = av.AudioFrame.from_ndarray(part, "fltp", layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        graph.push(frame)
        take()
    graph.push(None)
    take()
    return np.concatenate(found) if found else np.zeros((0, samples.shape[1]), np.float32)


def _write_wav(path: Path, samples: np.ndarray, rate: int, layout: str) -> None:
    values = np.clip(np.rint(samples * (1 << 31)), -(1 << 31), (1 << 31) - 256).astype(np.int32)
    with av.open(str(path), "w", format="wav") as out:
        stream = out.add_stream("pcm_s24le", rate=rate)
        stream.layout, stream.format = layout, "s32"
        for start in range(0, len(values), _BLOCK):
            packed = np.ascontiguousarray(values[start : start + _BLOCK]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(packed, "s32", layout)
            frame.sample_rate, frame.pts = rate, start
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
