"""How fast films are sought and written, against a plain decode loop and the ffmpeg program, and what memory it takes."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

from core.base.memory import peak_memory_bytes
from core.media.planes import rect_rgb, replace_rect
from core.media.reader import VideoReader
from core.media.writer import MediaWriter

_EXPORT = {"preset": "medium", "crf": "16"}
_PASSES = 2  # each side of a comparison, taken in turn so that both meet the same load
_MEMORY_SCRIPT = "import sys; from core.research.benchmark.media import print_peak; print_peak(*sys.argv[1:])"


@dataclass(frozen=True, slots=True)
class Times:
    """Repeated measurements in milliseconds: on the clock, and of processor time over all threads."""

    wall: tuple[float, ...]
    processor: tuple[float, ...]

    def __str__(self) -> str:
        wall, processor = np.percentile(self.wall, (50, 95)), np.percentile(self.processor, (50, 95))
        return (
            f"median {wall[0]:.1f} ms, p95 {wall[1]:.1f} ms, worst {max(self.wall):.1f} ms "
            f"(processor {processor[0]:.1f} / {processor[1]:.1f} ms, n={len(self.wall)})"
        )


@dataclass(slots=True)
class _Stopwatch:
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @contextmanager
    def lap(self) -> Iterator[None]:
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.wall.append((time.perf_counter() - wall) * 1e3)
        self.processor.append((time.process_time() - processor) * 1e3)

    def times(self) -> Times:
        return Times(tuple(self.wall), tuple(self.processor))


@dataclass(frozen=True, slots=True)
class SeekFigures:
    """Finding frames.

    Attributes:
        frames_per_second: decoding the film in order, nothing else: the baseline.
        longest_group: frames between two key frames, at most.
        cold: a random frame, nothing near it decoded before.
        steps: one frame forward or back, as a picture.
        near: jumps of up to twelve frames either way, as a picture.
    """

    frames_per_second: float
    longest_group: int
    cold: Times
    steps: Times
    near: Times


@dataclass(frozen=True, slots=True)
class ExportFigures:
    """Passing a film through unchanged with one encoder's settings, in seconds: ours, and the ffmpeg program's."""

    frames: int
    ours_wall: float
    ours_processor: float
    ffmpeg_wall: float | None
    ffmpeg_processor: float | None


def make_film(
    path: Path, *, seconds: int = 20, group: int = 250, size: tuple[int, int] = (1920, 1080)
) -> Path:
    """Writes a 25 fps H.264 film with B-frames whose texture moves, so that it costs about what filmed pictures do."""
    width, height = size
    chance = np.random.default_rng(0)
    texture = np.repeat(
        np.repeat(chance.integers(40, 200, (height // 4 + 64, width // 4 + 64), np.uint8), 4, 0), 4, 1
    )
    texture = np.ascontiguousarray(texture)
    with av.open(str(path), "w") as output:
        options = {"preset": "veryfast", "crf": "23", "sc_threshold": "0", "bf": "3"}
        stream = output.add_stream("libx264", rate=25, width=width, height=height, options=options)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = group
        for number in range(seconds * 25):
            frame = VideoFrame(width, height, "yuv420p")
            x, y = 2 * number % 256, number % 256
            for plane, step in zip(frame.planes, (1, 2, 2), strict=True):
                rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
                part = texture[y : y + height : step, x : x + width : step]
                rows[: part.shape[0], : part.shape[1]] = part
            noise = chance.integers(0, 6, (height // 2, width // 2), np.uint8)
            rows = np.frombuffer(frame.planes[0], np.uint8).reshape(-1, frame.planes[0].line_size)
            rows[: height // 2, : width // 2] += noise
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def loop_film(path: Path, target: Path, times: int) -> Path:
    """Writes the film `times` over, one after another, without encoding it again."""
    with av.open(str(path)) as source, av.open(str(target), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        base = source.streams.video[0].time_base
        length = source.streams.video[0].duration
        for turn in range(times):
            source.seek(0)
            for packet in source.demux(video=0):
                if packet.dts is None:
                    continue
                packet.pts, packet.dts = packet.pts + turn * length, packet.dts + turn * length
                packet.time_base = base
                packet.stream = stream
                output.mux(packet)
    return target


def measure_seeks(path: str | os.PathLike[str], *, seeks: int = 60, seed: int = 0) -> SeekFigures:
    """Times a plain decode loop, random seeks, steps and near jumps.

    Raises:
        MediaError: the film cannot be read.
    """
    chance = np.random.default_rng(seed)
    with VideoReader(path, cache_bytes=1) as reader:
        count, keys = reader.frame_count, reader.index.keyframes
        begin = time.perf_counter()
        decoded = sum(1 for _ in reader.frames(0, min(count, 250)))
        rate = decoded / (time.perf_counter() - begin)
    with VideoReader(path, cache_bytes=1) as reader:
        cold = _Stopwatch()
        for number in chance.integers(0, count, seeks).tolist():
            with cold.lap():
                reader.frame(number)
    with VideoReader(path) as reader:
        middle = count // 2
        steps, near = _Stopwatch(), _Stopwatch()
        reader.rgb(middle, fast=True)
        for number in [
            *range(middle + 1, min(middle + 41, count)),
            *range(min(middle + 39, count - 1), middle - 41, -1),
        ]:
            with steps.lap():
                reader.rgb(max(number, 0), fast=True)
        number = middle
        for jump in chance.integers(-12, 13, 80).tolist():
            number = int(np.clip(number + jump, 0, count - 1))
            with near.lap():
                reader.rgb(number, fast=True)
    longest = int(np.diff([*keys.tolist(), count]).max()) if len(keys) else count
    return SeekFigures(rate, longest, cold.times(), steps.times(), near.times())


def measure_export(path: Path, folder: Path, *, frames: int = 100) -> ExportFigures:
    """Exports the first frames unchanged, by us and by the ffmpeg program if there is one, in turns; the best of each.

    Raises:
        MediaError: the film cannot be read or the copy not written.
    """
    program = shutil.which("ffmpeg")
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    for _ in range(_PASSES):
        wall, processor = time.perf_counter(), time.process_time()
        with (
            VideoReader(path, cache_bytes=1) as reader,
            MediaWriter(folder / "ours.mp4", like=reader.info, preset="h264", options=_EXPORT) as writer,
        ):
            for decoded in reader.frames(0, frames):
                writer.write(decoded)
        ours.append((time.perf_counter() - wall, time.process_time() - processor))
        if program is not None:
            before = os.times()
            wall = time.perf_counter()
            settings = [part for name, value in _EXPORT.items() for part in (f"-{name}", value)]
            command = [program, "-v", "error", "-y", "-i", os.fspath(path), "-an", "-frames:v", str(frames)]
            command += [
                "-c:v",
                "libx264",
                *settings,
                "-movflags",
                "+faststart",
                os.fspath(folder / "ffmpeg.mp4"),
            ]
            subprocess.run(command, check=True)
            after = os.times()
            used = sum(after[2:4]) - sum(before[2:4])  # of the programs this one ran
            theirs.append((time.perf_counter() - wall, used))
    best, best_theirs = np.min(ours, axis=0), np.min(theirs, axis=0) if theirs else (None, None)
    return ExportFigures(
        frames, float(best[0]), float(best[1]), *(None if v is None else float(v) for v in best_theirs)
    )


def measure_peak(path: Path, target: Path, *, encoder_preset: str = "ultrafast") -> int:
    """Peak memory in bytes of a process of its own that exports the whole film."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY_SCRIPT, os.fspath(path), os.fspath(target), encoder_preset],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout)


def print_peak(path: str, target: str, encoder_preset: str) -> None:
    """Exports a film and writes this process's peak memory in bytes to its output; what `measure_peak` runs."""
    options = {"preset": encoder_preset, "crf": "28"}
    with (
        VideoReader(path) as reader,
        MediaWriter(target, like=reader.info, preset="h264", options=options) as writer,
    ):
        for decoded in reader.frames():
            writer.write(decoded)
    sys.stdout.write(f"{peak_memory_bytes()}\n")


def measure_rectangle(
    path: str | os.PathLike[str], *, side: int = 400, turns: int = 40
) -> tuple[Times, Times]:
    """Times of reading and of replacing a square of a frame, in the film's own pixel format."""
    with VideoReader(path, cache_bytes=1) as reader:
        video = reader.info.video
        assert video is not None
        frame = reader.frame(0).frame
        width, height = video.upright_size
        side = min(side, width, height)
        x, y = (width - side) // 2, (height - side) // 2
        box = (x, y, x + side, y + side)
        mask = np.full((side, side), 0.5, np.float32)
        reading, replacing = _Stopwatch(), _Stopwatch()
        for _ in range(turns):
            with reading.lap():
                rgb = rect_rgb(frame, box, colour=video.colour, rotation=video.rotation)
            with replacing.lap():
                replace_rect(frame, box, rgb, mask, colour=video.colour, rotation=video.rotation)
    return reading.times(), replacing.times()
