"""Damaged films and sounds: probed, and read from end to end as a dub would."""

import random
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from app.lab.fuzz_targets.door import ask
from core.base.errors import AppError
from core.media.audio import AudioReader
from core.media.reader import VideoReader
from core.research.fuzzing.mutations import damaged
from core.research.fuzzing.runner import Fault

# ending, picture codec, sound codec, pixel format
KINDS = (
    (".mp4", "libx264", "aac", "yuv420p"),
    (".mov", "prores_ks", "pcm_s16le", "yuv422p10le"),
    (".mkv", "ffv1", "flac", "yuv420p"),
    (".webm", "libvpx-vp9", "libopus", "yuv420p"),
    (".avi", "mpeg4", "mp3", "yuv420p"),
    (".ts", "libx264", "aac", "yuv420p"),
    (".wav", None, "pcm_s16le", ""),
    (".flac", None, "flac", ""),
    (".mp3", None, "mp3", ""),
)
_MOST_FRAMES = 200


def seeds(folder: Path) -> dict[str, bytes]:
    """A small film or sound of each kind."""
    made = {}
    for ending, picture, sound, pixels in KINDS:
        path = folder / f"seed{ending}"
        with av.open(str(path), "w") as output:
            video = output.add_stream(picture, rate=25) if picture else None
            if isinstance(video, VideoStream):
                video.width, video.height, video.pix_fmt = 64, 48, pixels
            audio = output.add_stream(sound, rate=48000)
            assert isinstance(audio, AudioStream)
            audio.layout = "stereo"
            _fill(output, video, audio)
        made[ending] = path.read_bytes()
    return made


def _fill(output: "av.container.OutputContainer", video, audio) -> None:  # noqa: ANN001 - streams of either kind
    draw = np.random.default_rng(0)
    for number in range(20 if video is not None else 0):
        picture = draw.integers(0, 255, (48, 64, 3)).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, "rgb24")
        frame.pts, frame.time_base = number, Fraction(1, 25)
        output.mux(video.encode(frame))
    samples = (draw.normal(0, 3000, (1, 2 * 24000))).astype(np.int16)
    sound = av.AudioFrame.from_ndarray(samples, "s16", "stereo")
    sound.sample_rate, sound.pts, sound.time_base = 48000, 0, Fraction(1, 48000)
    resampler = av.AudioResampler(
        audio.codec_context.format, "stereo", 48000, audio.codec_context.frame_size or None
    )
    for piece in [*resampler.resample(sound), *resampler.resample(None)]:
        output.mux(audio.encode(piece))
    for stream in (video, audio):
        if stream is not None:
            output.mux(stream.encode(None))


def case(folder: Path, draw: random.Random, made: dict[str, bytes]) -> str:
    """One damaged film: what is probed is read; each way to fail is one sentence."""
    ending = draw.choice(sorted(made))
    path = folder / f"case{ending}"
    path.write_bytes(damaged(made[ending], draw, [made[draw.choice(sorted(made))]]))
    if ask(folder, ["probe", str(path), *draw.choice(([], ["--json"]))]):
        return f"refused {ending}"
    outcomes = [_read(path, VideoReader), _read(path, AudioReader)]
    return f"{'read' if 'read' in outcomes else 'probed'} {ending}"


def _read(path: Path, kind: type) -> str:
    try:
        with kind(path) as reader:
            for number, _ in enumerate(reader.frames() if kind is VideoReader else reader.blocks()):
                if number >= _MOST_FRAMES:
                    break
    except AppError as error:
        if "\n" in str(error):
            raise Fault("words", f"not one sentence: {error}") from error
        return "refused"
    return "read"
