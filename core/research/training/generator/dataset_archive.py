"""A training set in one small file, to be taken to a machine with a GPU that lacks everything but torch and OpenCV.

Pictures travel as H.264, which for steady crops is about an eighth of their JPEGs; voices as 8-bit mu-law (ITU-T G.711),
which the sync loss cannot tell from 16 bits. Packing needs PyAV, unpacking does not.
"""

import io
import itertools
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from core.adaptation.clips import GeneratorClip, encode_pictures, load_clip, save_clip
from core.base.errors import SettingsError

CRF = 20
_MU = 255.0


@dataclass(frozen=True, slots=True)
class Packed:
    """What `pack` put in: clips, frames of them, and the file's size in bytes."""

    clips: int
    frames: int
    size: int


def pack(folder: Path, target: Path, limit: int, *, splits: Sequence[str] = ("train", "val")) -> Packed:
    """Writes clips of prepared `folder` into `target` until it would exceed `limit` bytes, people in turn.

    One clip in ten comes from each split after the first, so that the curve can be drawn over people never trained on.

    Raises:
        SettingsError: there is nothing to pack, or not even one clip fits.
    """
    orders = [_in_turn(sorted((folder / split).glob("*.npz"))) for split in splits]
    if not orders[0]:
        raise SettingsError(f"{folder} holds no prepared clips.", hint="Prepare them with --prepare.")
    arrays: dict[str, np.ndarray] = {}
    index: list[dict[str, object]] = []
    size = frames = 0
    queue = [iter(order) for order in orders]
    for number in itertools.count():
        which = 1 + (number // 10) % (len(queue) - 1) if number % 10 == 9 and len(queue) > 1 else 0
        path = next(queue[which], None)
        if path is None:
            if which == 0:
                break
            continue
        clip = load_clip(path)
        packed = _packed(clip)
        more = sum(array.nbytes + 400 for array in packed.values()) + 300  # zip entries and the index
        if size + more > limit:
            break
        size, frames = size + more, frames + len(clip)
        key = f"{len(index):05d}"
        arrays.update({f"{key}.{name}": array for name, array in packed.items()})
        index.append(
            {
                "name": path.stem,
                "split": splits[which],
                "person": clip.person,
                "words": clip.words,
                "size": clip.size,
            }
        )
    if not index:
        raise SettingsError(
            f"Not one clip fits into {limit / 2**20:.0f} MiB.", hint="Allow more, or prepare smaller crops."
        )
    part = target.with_suffix(".part")
    with part.open("wb") as out:
        np.savez(out, index=np.frombuffer(json.dumps(index).encode(), np.uint8), **arrays)
    os.replace(part, target)
    return Packed(len(index), frames, target.stat().st_size)


def unpack(source: Path, folder: Path) -> int:
    """Writes the clips of a packed `source` into ``folder/<split>``; returns how many. Clips already there are kept."""
    with np.load(source) as stored:
        index = json.loads(stored["index"].tobytes())
        for number, facts in enumerate(index):
            target = folder / facts["split"] / f"{facts['name']}.npz"
            if target.is_file():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            part = {
                name: stored[f"{number:05d}.{name}"]
                for name in ("times", "landmarks", "rotation", "speech", "voice")
            }
            versions = [
                encode_pictures(_decoded_video(stored[f"{number:05d}.video{i}"].tobytes()))
                for i in range(1 + len(facts["words"]))
            ]
            save_clip(
                target,
                GeneratorClip(
                    person=facts["person"],
                    may_train=True,
                    times=part["times"],
                    crops=versions[0],
                    altered=tuple(versions[1:]),
                    words=tuple(facts["words"]),
                    landmarks=part["landmarks"].astype(np.float32),
                    rotation=part["rotation"],
                    speech=part["speech"],
                    voice=_from_mu_law(part["voice"]),
                    size=facts["size"],
                ),
            )
    return len(index)


def _in_turn(paths: Sequence[Path]) -> list[Path]:
    """One clip of each source after the other."""
    sources: dict[str, list[Path]] = {}
    for path in paths:
        sources.setdefault("_".join(path.stem.split("_")[:3]), []).append(path)
    rounds = itertools.zip_longest(*sources.values())
    return [path for lot in rounds for path in lot if path is not None]


def _packed(clip: GeneratorClip) -> dict[str, np.ndarray]:
    everything = range(len(clip))
    versions = [clip.pictures(everything)]
    versions += [clip.pictures(everything, altered=i) for i in range(len(clip.altered))]
    videos = {f"video{i}": np.frombuffer(_video(v), np.uint8) for i, v in enumerate(versions)}
    return {
        "times": clip.times,
        "landmarks": clip.landmarks.astype(np.float16),  # 1/16 of a pixel in a 128-pixel crop
        "rotation": clip.rotation.astype(np.float32),
        "speech": clip.speech.astype(np.float16),
        "voice": _to_mu_law(clip.voice),
        **videos,
    }


def _video(pictures: np.ndarray) -> bytes:
    import av

    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        options = {"crf": str(CRF), "preset": "slow", "x264-params": "cpu-independent=1"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = pictures.shape[2], pictures.shape[1], "yuv420p"
        stream.time_base = Fraction(1, 25)
        stream.codec_context.thread_count = 1
        for i, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), "yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def _decoded_video(data: bytes) -> list[np.ndarray]:
    """The pictures of an mp4 by OpenCV, which reads files only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        path.write_bytes(data)
        capture = cv2.VideoCapture(str(path))
        pictures = []
        while True:
            there, bgr = capture.read()
            if not there:
                break
            pictures.append(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
        capture.release()
    return pictures


def _to_mu_law(voice: np.ndarray) -> np.ndarray:
    x = voice.astype(np.float32) / 32768
    y = np.sign(x) * np.log1p(_MU * np.abs(x)) / np.log1p(_MU)
    return np.rint((y + 1) * 127.5).astype(np.uint8)


def _from_mu_law(stored: np.ndarray) -> np.ndarray:
    y = stored.astype(np.float32) / 127.5 - 1
    x = np.sign(y) * np.expm1(np.abs(y) * np.log1p(_MU)) / _MU
    return np.rint(np.clip(x, -1, 1) * 32767).astype(np.int16)
