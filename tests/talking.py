"""Short, small cuts of the sample clip, for tests that need a real face and a real voice."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from core.media.audio import AudioReader
from core.media.reader import VideoReader

SAMPLES = Path(__file__).resolve().parents[1] / "resources" / "samples"
FRAMES = 60
HEIGHT = 360


def cut_film(path: Path, frames: int = FRAMES, height: int = HEIGHT) -> Path:
    """The sample's first frames at `height` lines, nearly lossless, with its own sound."""
    with VideoReader(SAMPLES / "sample.mp4") as reader:
        seconds = Fraction(frames) / reader.info.video.rate.value
        first = reader.rgb(0)
        width = round(first.shape[1] * height / first.shape[0] / 2) * 2
        with av.open(str(path), "w") as out:
            stream = out.add_stream(
                "libx264", rate=reader.info.video.rate.value, options={"crf": "8", "preset": "veryfast"}
            )
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            sound = out.add_stream("pcm_s16le" if path.suffix in (".mov", ".mkv") else "aac", rate=16000)
            sound.layout = "mono"
            for n in range(frames):
                small = cv2.resize(reader.rgb(n), (width, height), interpolation=cv2.INTER_AREA)
                out.mux(stream.encode(av.VideoFrame.from_ndarray(small, "rgb24")))
            out.mux(stream.encode(None))
            frame = av.AudioFrame.from_ndarray(_mono(SAMPLES / "sample.mp4", seconds)[None], "s16", "mono")
            frame.sample_rate = 16000
            out.mux(sound.encode(frame))
            out.mux(sound.encode(None))
    return path


def cut_dub(path: Path, seconds: float, start: float = 0.3) -> Path:
    """A stretch of the sample dub, as 48 kHz FLAC with noise in the lowest bits so that every sample can be told apart."""
    with AudioReader(SAMPLES / "dub.wav") as reader:
        blocks = list(
            reader.blocks(
                Fraction(start).limit_denominator(1000),
                Fraction(start + seconds).limit_denominator(1000),
                as_float=True,
            )
        )
    samples = np.concatenate(blocks)[:, 0]
    noise = np.random.default_rng(0).integers(-3, 4, len(samples))
    values = np.clip(np.rint(samples * 32000) + noise, -32768, 32767).astype(np.int16)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("flac", rate=48000)
        stream.layout, stream.format = "mono", "s16"
        frame = av.AudioFrame.from_ndarray(values[None], "s16", "mono")
        frame.sample_rate = 48000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def _mono(path: Path, seconds: Fraction) -> np.ndarray:
    from core.media.audio import read_analysis

    return np.clip(read_analysis(path, end=seconds) * 32767, -32768, 32767).astype(np.int16)
