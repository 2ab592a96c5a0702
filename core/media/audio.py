"""Sound on the picture's clock: full-rate blocks, and the 16 kHz mono signal that analysis hears."""

import os
from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import Protocol, Self

import av
import numpy as np
import soxr
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.audio.stream import AudioStream
from av.stream import Discard

from core.base.errors import MediaError
from core.media.opening import base_of, open_media, sound_streams, video_stream

ANALYSIS_RATE = 16000  # Hz
_PREROLL = Fraction(
    1, 2
)  # seconds decoded before a seek target, so that codecs with overlapping windows are settled
_JITTER = Fraction(1, 1000)  # seconds a timestamp may be off before samples are inserted or dropped
_BLOCK_SECONDS = Fraction(1, 2)

# ITU-R BS.775 levels of each speaker in a mono mix; the effects channel is left out.
_MONO_LEVELS = {"FC": 1.0, "FL": 0.7071, "FR": 0.7071, "LFE": 0.0, "LFE2": 0.0}
_MONO_OTHER = 0.5
# Where a speaker is heard in a layout without it: at its neighbour, else on these sides.
_NEAR = {"SL": "BL", "BL": "SL", "SR": "BR", "BR": "SR"}
_LEFT, _RIGHT = ("SL", "BL", "FLC", "WL", "TFL", "TBL", "DL"), ("SR", "BR", "FRC", "WR", "TFR", "TBR", "DR")
_SIDES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_LEFT, ("FL",)),
    **dict.fromkeys(_RIGHT, ("FR",)),
    **dict.fromkeys(("FC", "BC", "TFC"), ("FL", "FR")),
}


class AudioSource(Protocol):
    """Sound that a writer can take in: sample 0 is heard with the film's first frame."""

    @property
    def rate(self) -> int:
        """Samples a second."""

    @property
    def layout(self) -> str:
        """FFmpeg's name of the channel layout, e.g. ``stereo``."""

    @property
    def bits(self) -> int:
        """Significant bits of an integer sample, 0 for float samples."""

    def blocks(self) -> Iterator[np.ndarray]:
        """Consecutive (n, channels) blocks, int16, int32 (full scale) or float32 in -1..1, never empty."""


class AudioReader:
    """Reads one sound stream. A context manager; not thread-safe.

    Time 0 is the file's first video frame, or the first sample of a file without picture. What an encoder put before
    the first real sample (priming) is never heard; gaps in the stream are silence, so that the clock is kept.

    Args:
        path: the file.
        track: which of its sound streams, from 0.

    Raises:
        MediaError: the file cannot be opened or has no such sound stream.
    """

    def __init__(self, path: str | os.PathLike[str], *, track: int = 0) -> None:
        self._path, self._track = path, track
        self._open()
        picture = video_stream(self._container)
        context = self._stream.codec_context
        self.rate: int = context.sample_rate
        self.channels: int = context.layout.nb_channels
        # A WAV without a channel mask has a layout that only counts; encoders want the usual one by name.
        name = context.layout.name
        self.layout: str = _default_layout(self.channels) if name.endswith(" channels") else name
        self.levels: np.ndarray = _mono_levels(self._stream)
        self._native = _native_dtype(context.format.name if context.format else "fltp")
        self.bits: int = 0 if self._native == np.float32 else _integer_bits(context.name, self._native)
        clock = picture if picture is not None and picture.start_time is not None else self._stream
        self._is_read = False  # the file still stands at its start
        self._origin = (clock.start_time or 0) * base_of(clock)

    def _open(self) -> None:
        path, track = self._path, self._track
        self._container = open_media(path)
        try:
            streams = sound_streams(self._container)
            if not streams and self._container.streams.audio:
                raise MediaError(
                    f"“{path}” has no sound that can be decoded here.", hint="Convert it with another program first."
                )
            if not streams:
                raise MediaError(f"“{path}” has no sound.", hint="Choose a file with an audio track.")
            if track >= len(streams):
                raise MediaError(f"“{path}” has {len(streams)} sound tracks, not {track + 1}.")
            self._stream: AudioStream = streams[track]
            for other in self._container.streams:
                if other is not self._stream:
                    other.discard = Discard.all
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def stream(self) -> AudioStream:
        """The stream that is read."""
        return self._stream

    def close(self) -> None:
        """Closes the file."""
        self._container.close()

    def blocks(
        self, start: Fraction = Fraction(0), end: Fraction | None = None, *, as_float: bool = False
    ) -> Iterator[np.ndarray]:
        """Consecutive (n, channels) blocks from `start` to `end` seconds, or to the last sample; never empty.

        Samples come as the file has them (int16, int32 or float32), or all as float32 in -1..1.

        Raises:
            MediaError: nothing of the stream can be decoded.
        """
        if start > 0:
            target = max(self._origin + start - _PREROLL, Fraction(0))
            self._seek(int(target / base_of(self._stream)))
        elif self._is_read:
            self._seek(self._stream.start_time or 0)
        self._is_read = True
        first = round(start * self.rate)
        stop = None if end is None else round(end * self.rate)
        for position, samples in self._placed():
            if position + len(samples) <= first:
                continue
            if stop is not None and first >= stop:
                return
            if position > first:  # silence: before the stream's first sample, or where a part is missing
                missing = (position if stop is None else min(position, stop)) - first
                yield from self._silence(missing, as_float=as_float)
                first += missing
                if stop is not None and first >= stop:
                    return
            part = samples[first - position :]
            if stop is not None:
                part = part[: stop - first]
            if len(part):
                first += len(part)
                yield _to_float(part) if as_float else part

    def _seek(self, ticks: int) -> None:
        """Goes to a time of the stream, or where the file cannot (it has no index, say), to its start."""
        try:
            self._container.seek(ticks, stream=self._stream, backward=True)
        except av.error.FFmpegError:
            if self._is_read:
                self._container.close()
                self._open()

    def _silence(self, count: int, *, as_float: bool) -> Iterator[np.ndarray]:
        dtype = np.dtype(np.float32) if as_float else self._native
        while count > 0:
            size = min(count, self.rate)
            yield np.zeros((size, self.channels), dtype)
            count -= size

    def _placed(self) -> Iterator[tuple[int, np.ndarray]]:
        """Decoded blocks with the number of their first sample on the film's clock."""
        base = base_of(self._stream)
        tolerance = round(max(2 * base, _JITTER) * self.rate)
        expected: int | None = None
        for frame in self._decoded():
            samples = _frame_samples(frame, self._native, self.channels)
            if frame.pts is not None and frame.time_base is not None:
                stamped = round((frame.pts * frame.time_base - self._origin) * self.rate)
                if expected is None or abs(stamped - expected) > tolerance:
                    expected = stamped
            elif expected is None:
                expected = 0
            yield expected, samples
            expected += len(samples)

    def _decoded(self) -> Iterator[AudioFrame]:
        damaged = 0
        found = False
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:
                packet = None  # the file stops here
            try:
                frames = self._stream.codec_context.decode(None) if packet is None else packet.decode()
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                frames = []
                damaged += 1
            for frame in frames:
                if frame.samples:
                    found = True
                    yield frame
            if packet is None or packet.size == 0:
                break
        if not found and damaged:
            raise MediaError(
                f"The sound of “{self._path}” cannot be decoded.", hint="The file is damaged; copy it again."
            )


def analysis_blocks(
    path: str | os.PathLike[str], start: Fraction = Fraction(0), end: Fraction | None = None
) -> Iterator[np.ndarray]:
    """Consecutive blocks of the sound as (n,) float32 mono 16 kHz; the first sample is at `start` seconds.

    Raises:
        MediaError: the file cannot be opened or has no sound.
    """
    with AudioReader(path) as reader:
        resampler = soxr.ResampleStream(reader.rate, ANALYSIS_RATE, 1, dtype="float32", quality="HQ")
        for block in reader.blocks(start, end, as_float=True):
            mono = block @ reader.levels if block.shape[1] > 1 else block[:, 0]
            piece = resampler.resample_chunk(np.ascontiguousarray(mono, np.float32))
            if len(piece):
                yield piece
        tail = resampler.resample_chunk(np.zeros(0, np.float32), last=True)
        if len(tail):
            yield tail


def read_analysis(
    path: str | os.PathLike[str], start: Fraction = Fraction(0), end: Fraction | None = None
) -> np.ndarray:
    """The sound as (n,) float32 mono 16 kHz; sample 0 is the file's first video frame (or `start` seconds after it).

    Memory beyond the result does not grow with the length of the file.

    Raises:
        MediaError: the file cannot be opened or has no sound.
    """
    blocks = list(analysis_blocks(path, start, end))
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _mono_levels(stream: AudioStream) -> np.ndarray:
    names = [channel.name for channel in stream.codec_context.layout.channels]
    if len(names) <= 2:
        return np.full(max(len(names), 1), 1 / max(len(names), 1), np.float32)
    levels = np.array([_MONO_LEVELS.get(name, _MONO_OTHER) for name in names], np.float32)
    return levels / max(levels.sum(), 1e-6)


def channel_levels(source: str, target: str) -> np.ndarray:
    """(source channels, target channels) float32: how loud each channel of one layout is in each of another one.

    Between layouts by ITU-R BS.775, without turning down: a voice in mono is as loud as before on the centre, or on both
    sides where there is none; speakers that both layouts have are kept as they are. Into mono it is a weighted mean, by the
    weights with which analysis hears, so that nothing grows too loud.
    """
    here = [channel.name for channel in AudioLayout(source).channels]
    there = [channel.name for channel in AudioLayout(target).channels]
    levels = np.zeros((len(here), len(there)), np.float32)
    if len(there) == 1:
        wanted = np.array([_MONO_LEVELS.get(name, _MONO_OTHER) for name in here], np.float32)
        levels[:, 0] = wanted / max(wanted.sum(), 1e-6) if len(here) > 1 else 1
        return levels
    for row, name in enumerate(here):
        if name in there and not (len(here) == 1 and len(there) == 2):
            levels[row, there.index(name)] = 1
            continue
        near = _NEAR.get(name)
        if near in there:
            levels[row, there.index(near)] = 1
            continue
        for side in _SIDES.get(name, ()):
            if side in there:
                levels[row, there.index(side)] = 1.0 if len(here) == 1 else 0.7071
    if not levels.any():  # channels without names: each on its number, a single one on all
        levels = np.eye(len(here), len(there), dtype=np.float32) if len(here) > 1 else np.ones_like(levels)
    return levels


def layout_name(layout: AudioLayout) -> str:
    """FFmpeg's name of a layout; the usual one where the file only gives a number of channels."""
    return _default_layout(layout.nb_channels) if " " in layout.name else layout.name


def _default_layout(channels: int) -> str:
    return {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 8: "7.1"}.get(
        channels, f"{channels}C"
    )


def _native_dtype(sample_format: str) -> np.dtype:
    base = sample_format.removesuffix("p")
    return np.dtype({"u8": "int16", "s16": "int16", "s32": "int32", "s64": "int32"}.get(base, "float32"))


def _integer_bits(codec: str, dtype: np.dtype) -> int:
    if dtype == np.int16:
        return 16
    return 32 if "32" in codec or "64" in codec else 24


def _frame_samples(frame: AudioFrame, dtype: np.dtype, channels: int) -> np.ndarray:
    values: np.ndarray = frame.to_ndarray()
    values = values.T if frame.format.is_planar else values.reshape(frame.samples, -1)
    if values.dtype == np.uint8:
        values = (values.astype(np.int16) - 128) << 8
    elif values.dtype == np.int64:
        values = (values >> 32).astype(np.int32)
    if values.dtype != dtype:
        values = _to_float(values) if dtype == np.float32 else values.astype(dtype)
    if values.shape[1] != channels:  # the layout changes in the middle: keep the one the file opened with
        values = np.repeat(values.mean(axis=1, keepdims=True).astype(dtype), channels, axis=1)
    return values


def _to_float(samples: np.ndarray) -> np.ndarray:
    if samples.dtype == np.int16:
        return samples.astype(np.float32) * np.float32(1 / 32768)
    if samples.dtype == np.int32:
        return samples.astype(np.float32) * np.float32(1 / 2147483648)
    return samples.astype(np.float32)
