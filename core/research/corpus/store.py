"""Clips in WebDataset tar shards: small, streamed, and byte for byte the same when built again.

A clip or a scene is one sample: ``mp4`` (frames), ``flac`` (voice, 16 kHz), ``npz`` (landmarks, pose, visemes, masks) and ``json``
(who, which licence and split, phones, text, facts). Scenes lie in shards of their own.
"""

import io
import itertools
import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from core.base.errors import MediaError
from core.research.corpus.clips import FPS, SOUND_RATE, Clip
from core.research.corpus.phones import Phone
from core.research.corpus.scenes import Scene, Shot
from core.research.corpus.splits import Item, Split, checked_for_training, split_of

RENDERED_LICENCE = "Apache-2.0 (rendered by this project)"
_PARTS, _NONE = 32, -(2**24)
INDEX_NAME = "corpus.json"
SCENES = "scenes"  # their shards' names begin with it


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One line of the corpus index."""

    item: Item
    split: Split
    style: str
    frames: int
    shard: str
    facts: dict[str, float | int | str]


def encode_clip(clip: Clip, item: Item) -> dict[str, bytes | str]:
    """The clip as one WebDataset sample."""
    arrays = io.BytesIO()
    np.savez_compressed(
        arrays,
        times=clip.times,
        landmarks=_steps(clip.landmarks),
        pose=clip.pose,
        visemes=clip.visemes.astype(np.float16),
        mouth_masks=np.packbits(clip.mouth_masks > 0, axis=-1),
        occluder_masks=np.packbits(clip.occluder_masks > 0, axis=-1),
    )
    about = {
        "id": item.id,
        "person": item.person,
        "licence": item.licence,
        "training_allowed": item.training_allowed,
        "split": split_of(item),
        "style": clip.style,
        "text": clip.text,
        "phones": [[p.ipa, round(p.start, 4), round(p.end, 4)] for p in clip.phones],
        "facts": clip.facts,
    }
    return {
        "__key__": item.id,
        "mp4": encode_video(clip.frames),
        "flac": _encode_sound(clip.voice),
        "npz": arrays.getvalue(),
        "json": json.dumps(about, ensure_ascii=False, sort_keys=True).encode(),
    }


def decode_clip(sample: dict[str, bytes]) -> tuple[Clip, Item]:
    """The clip of a sample as `encode_clip` made it."""
    about = json.loads(sample["json"])
    with np.load(io.BytesIO(sample["npz"])) as arrays:
        data = {name: arrays[name] for name in arrays.files}
    frames = _decode_video(sample["mp4"])
    size = frames.shape[2]
    masks = {
        name: np.unpackbits(data[name], axis=-1)[..., :size] * np.uint8(255)
        for name in ("mouth_masks", "occluder_masks")
    }
    clip = Clip(
        about["id"],
        about["person"],
        about["style"],
        frames,
        data["times"],
        _from_steps(data["landmarks"]),
        data["pose"],
        data["visemes"].astype(np.float32),
        masks["mouth_masks"],
        masks["occluder_masks"],
        _decode_sound(sample["flac"]),
        tuple(Phone(*phone) for phone in about["phones"]),
        about["text"],
        about["facts"],
    )
    return clip, Item(about["id"], about["person"], about["licence"], about["training_allowed"])


def encode_scene(scene: Scene, item: Item) -> dict[str, bytes | str]:
    """The scene as one WebDataset sample."""
    arrays = io.BytesIO()
    np.savez_compressed(
        arrays,
        landmarks=np.stack([_steps(own) for own in scene.landmarks]),
        visemes=scene.visemes.astype(np.float16),
        shown=scene.shown,
        speaks=scene.speaks,
    )
    about = {
        "id": item.id,
        "people": scene.people,
        "licence": item.licence,
        "training_allowed": item.training_allowed,
        "split": split_of(item),
        "shots": [[shot.first, shot.stop, shot.framing, shot.cast] for shot in scene.shots],
        "phones": [[p.ipa, round(p.start, 4), round(p.end, 4)] for p in scene.phones],
        "facts": scene.facts,
    }
    return {
        "__key__": item.id,
        "mp4": encode_video(scene.frames),
        "flac": _encode_sound(scene.voice),
        "npz": arrays.getvalue(),
        "json": json.dumps(about, ensure_ascii=False, sort_keys=True).encode(),
    }


def decode_scene(sample: dict[str, bytes]) -> tuple[Scene, Item]:
    """The scene of a sample as `encode_scene` made it."""
    about = json.loads(sample["json"])
    with np.load(io.BytesIO(sample["npz"])) as arrays:
        data = {name: arrays[name] for name in arrays.files}
    scene = Scene(
        about["id"],
        tuple(about["people"]),
        _decode_video(sample["mp4"]),
        tuple(Shot(first, stop, framing, tuple(cast)) for first, stop, framing, cast in about["shots"]),
        np.stack([_from_steps(own) for own in data["landmarks"]]),
        data["visemes"].astype(np.float32),
        data["shown"],
        data["speaks"],
        _decode_sound(sample["flac"]),
        tuple(Phone(*phone) for phone in about["phones"]),
        about["facts"],
    )
    return scene, Item(about["id"], about["id"], about["licence"], about["training_allowed"])


def write_shard(path: Path, samples: Iterable[tuple[Clip | Scene, Item]]) -> tuple[StoredItem, ...]:
    """Writes one tar; the same samples give the same bytes. Returns its lines of the index."""
    import webdataset  # a development tool

    stored = []
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as file:
        writer = webdataset.TarWriter(file, user="corpus", group="corpus", mode=0o0644, mtime=0)
        for made, item in samples:
            is_scene = isinstance(made, Scene)
            writer.write(encode_scene(made, item) if is_scene else encode_clip(made, item))
            style = "scene" if is_scene else made.style
            stored.append(StoredItem(item, split_of(item), style, len(made.frames), path.name, made.facts))
        writer.close()
    os.replace(beside, path)
    return tuple(stored)


def write_json(path: Path, content: object) -> None:
    """Writes `content` whole or not at all, with sorted keys."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True), "utf-8")
    os.replace(beside, path)


def read_index(path: Path) -> tuple[StoredItem, ...]:
    """The lines of an index file.

    Raises:
        MediaError: there is none.
    """
    if not path.is_file():
        raise MediaError(
            f"{path} is missing: no corpus there.", hint="Build one with “unisync lab corpus build”."
        )
    return tuple(
        StoredItem(**{**line, "item": Item(**line["item"])}) for line in json.loads(path.read_text())
    )


def read_shards(folder: Path, split: Split | None = None) -> Iterator[tuple[Clip, Item]]:
    """All clips of a corpus folder, or those of one split, shard after shard.

    Raises:
        MediaError: the folder holds no corpus.
        SettingsError: the training split holds what may not be trained on.
    """
    for sample in _chosen(folder, split, scenes=False):
        clip, item = decode_clip(sample)
        if split == "train":
            checked_for_training([item])
        yield clip, item


def read_scenes(folder: Path, split: Split | None = None) -> Iterator[tuple[Scene, Item]]:
    """All scenes of a corpus folder, or those of one split.

    Raises:
        MediaError: the folder holds no corpus.
    """
    yield from (decode_scene(sample) for sample in _chosen(folder, split, scenes=True))


def _chosen(folder: Path, split: Split | None, *, scenes: bool) -> Iterator[dict[str, bytes]]:
    shards = sorted(folder.glob("*.tar"))
    if not shards:
        raise MediaError(f"{folder} holds no corpus.", hint="Build one with “unisync lab corpus build”.")
    for shard in shards:
        if shard.name.startswith(SCENES) != scenes:
            continue
        for sample in _samples(shard):
            if split is None or json.loads(sample["json"])["split"] == split:
                yield sample


def _samples(shard: Path) -> Iterator[dict[str, bytes]]:
    """The samples of one shard: members of one key lie together, as WebDataset writes them."""
    with tarfile.open(shard) as archive:
        for key, members in itertools.groupby(archive, key=lambda member: member.name.partition(".")[0]):
            sample = {}
            for member in members:
                file = archive.extractfile(member)
                if file is None:
                    raise MediaError(
                        f"{shard} is damaged: “{member.name}” is no file.", hint="Build the corpus again."
                    )
                sample[member.name[len(key) + 1 :]] = file.read()
            yield sample


def _steps(landmarks: np.ndarray) -> np.ndarray:
    """(F, 468, 3) int32: change from frame to frame in `_PARTS` of a pixel, which compresses well; `_NONE` is NaN."""
    whole = np.where(np.isnan(landmarks), _NONE, np.rint(np.nan_to_num(landmarks) * _PARTS)).astype(np.int32)
    return np.diff(whole, axis=0, prepend=np.int32(0))


def _from_steps(steps: np.ndarray) -> np.ndarray:
    whole = np.cumsum(steps, axis=0, dtype=np.int32)
    return np.where(whole == _NONE, np.nan, whole / np.float32(_PARTS)).astype(np.float32)


def encode_video(frames: np.ndarray) -> bytes:
    """(F, H, W, 3) uint8 RGB as an H.264 file at 25 fps, the same bytes on every run."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        # x264's fastest routines depend on the state other libraries leave the processor in (llvmpipe does).
        options = {"crf": "18", "preset": "fast", "x264-params": "cpu-independent=1"}
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "yuv420p"
        stream.time_base = Fraction(1, FPS)
        stream.codec_context.thread_count = 1
        for i, picture in enumerate(frames):
            # OpenCV converts, not FFmpeg: swscale's last bits depend on where the buffer lies in memory.
            planes = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def _decode_video(data: bytes) -> np.ndarray:
    with av.open(io.BytesIO(data)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def _encode_sound(voice: np.ndarray) -> bytes:
    target = io.BytesIO()
    samples = (np.clip(voice, -1, 1) * 32767).astype(np.int16)[None]
    with av.open(target, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=SOUND_RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = SOUND_RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def _decode_sound(data: bytes) -> np.ndarray:
    with av.open(io.BytesIO(data)) as container:
        pieces = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return (np.concatenate(pieces) / 32767).astype(np.float32)
