"""An engine process that makes grey chunks at once: for the window's side of the conversation.

It is a real process behind the real pipe; only the models are not there.
"""

import json
import os
import signal
import time
from dataclasses import asdict

import numpy as np
from safetensors.numpy import save_file

from core.base.blobs import BlobStore
from core.base.content_hash import content_key
from core.base.errors import Cancelled, SettingsError
from core.base.models import file_sha256, user_data_dir
from core.base.torch_library import torch_is_missing
from core.engine.worker import serve
from core.jobs.events import ChunkReady, Done, Note, Progress, ScoreReady
from core.jobs.results import FilmAnalysed, FilmWritten, Levelling, Loudness, PatchWritten, PersonLearnt
from core.lip_engine import LipChunk
from core.planning.requests import (
    AdaptRequest,
    AnalyseRequest,
    ExportRequest,
    PatchRequest,
    ScoreRequest,
    TakeRequest,
    TimelineRequest,
    TorchRequest,
)
from core.takes.chunk_cache import ChunkCache
from core.takes.lips import installed_generator

CHUNK = 10
FRAMES_PER_SECOND = 25
DOUBTED = range(12, 15)  # frames after a take's first that the engine doubts


def main(commands, cancels):
    serve(commands, cancels, run)


def run(request, job, token):
    if isinstance(request, TakeRequest):
        yield from _take(request, job, token)
    elif isinstance(request, ScoreRequest):
        yield ScoreReady(job, "source:0", (0.5, 1.5, 2.5), (0.9, 0.8, float("nan")))
        yield Done(job)
    elif isinstance(request, AnalyseRequest):
        yield Progress(job, "faces", 1, 2)
        folder = user_data_dir() / "faces" / request.video.stem
        if not folder.is_dir():
            raise Cancelled  # the test puts the faces there itself
        while not (user_data_dir() / "go").exists():
            time.sleep(0.01)
        yield FilmAnalysed(job, folder)  # cancelled or not: a result that was on its way
    elif isinstance(request, AdaptRequest):
        yield from _adapt(request, job, token)
    elif isinstance(request, TorchRequest):
        yield Progress(job, "fetch", 1, 2)
        (user_data_dir() / "no torch").unlink()
        yield Done(job)
    elif isinstance(request, ExportRequest | TimelineRequest):
        yield Progress(job, "export", 5, 10)
        while (user_data_dir() / "hold").exists():
            token.check()
            yield Progress(job, "export", 6, 10)
            time.sleep(0.02)
        if (user_data_dir() / "full").exists():
            raise SettingsError("The disk is full.", hint="Free some space.")
        request.output.write_bytes(b"film")
        notes = [f"{len(request.cuts)} pieces"] if isinstance(request, TimelineRequest) else []
        facts = {"frames": 10, "duration": 0.4, "bytes": 4, "codec": "h264", "pixel_format": "yuv420p", "audio": ()}
        made = {"encoder": "libx264", "bad_frames": (), "credentials": "signed", "notes": tuple(notes)}
        if request.loudness != "off":
            made["loudness"] = Levelling(request.loudness, Loudness(-31.0, -9.0, 4.0), Loudness(-23.0, -1.2, 4.0))
        yield FilmWritten(job, **facts, **made)
    elif isinstance(request, PatchRequest):
        yield Progress(job, "patch", 5, 10)
        folder = request.film.output.parent
        folder.mkdir()
        (folder / "patch.json").write_text(json.dumps({"asked": asdict(request.settings), "stem": request.film.output.stem, "weak_below": request.weak_below}))
        yield PatchWritten(job, folder, 1, 10, ("a.otio", "a.kdenlive"))
    else:
        raise SettingsError("The fake engine does not know that.")


def _adapt(request, job, token):
    """Learns nothing and says that it did; for one minute that it gained nothing."""
    for done in range(5):
        token.check()
        yield Progress(job, "learning", done, 5, 5.0 - done)
        time.sleep(0.02)
    while (user_data_dir() / "learn on").exists():
        token.check()
        yield Progress(job, "learning", 4, 5, 1.0)
        time.sleep(0.02)
    facts = {"before": 4.0, "after": 3.0, "steps": 9, "seconds_per_step": 0.1}
    metadata = {"adaptation": json.dumps({**facts, "base": file_sha256(installed_generator())})}
    blob = BlobStore().put(lambda path: save_file({"lora_A": np.zeros(2)}, path, metadata=metadata))
    yield PersonLearnt(job, "" if request.minutes == 1 else blob, facts["before"], facts["after"])


def _take(request, job, token):
    spec = request.spec
    if (user_data_dir() / "no torch").exists():
        raise torch_is_missing("hybrid")
    if spec.lips.preset == "draft":
        raise SettingsError("Draft is not to be had here.", hint="Choose final.")
    first = int(np.ceil(float(spec.range.start) * FRAMES_PER_SECOND))
    end = int(np.ceil(float(spec.range.end) * FRAMES_PER_SECOND))
    key = content_key({"voice": str(spec.voice), "first": first, "end": end, "seed": spec.lips.seed})
    cache = ChunkCache(user_data_dir() / "cache" / "chunks")
    frame = cache.done_until(key, first)
    if frame > first:
        yield ChunkReady(job, key, first, frame)
    if (user_data_dir() / "short of memory").exists():
        yield Note(job, "There was not enough memory for 12 pictures at once; it goes on with 6.")
    deadly = user_data_dir() / "die"
    while frame < end:
        token.check()
        count = min(CHUNK, end - frame)
        cache.write(key, grey_chunk(frame, count, first=first))
        frame += count
        yield ChunkReady(job, key, frame - count, frame)
        yield Progress(job, "lips", frame - first, end - first, 1.0)
        times = tuple((first + i) / FRAMES_PER_SECOND for i in range(frame - first))
        yield ScoreReady(job, key, times, tuple(_fit(i, spec.lips.seed) for i in range(frame - first)))
        if deadly.exists():
            deadly.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.02)
    yield Done(job)


def _fit(frame, seed):
    """Badly at the end of every two seconds; the third take is the best in all, the second from 0.8 s to 1.2 s."""
    if frame % 50 >= 40:
        return 0.2
    return 0.99 if seed == 1 and 20 <= frame < 30 else 0.95 if seed == 2 else 0.9


def grey_chunk(start, count, size=32, first=None):
    """Grey squares from frame `start` on; with `first`, a take's first frame, some are doubted."""
    affine = np.tile(np.array([[1, 0, 60], [0, 1, 60]], np.float32), (count, 1, 1))
    doubted = [float(first is not None and start + n - first in DOUBTED) for n in range(count)]
    return LipChunk(
        start,
        np.full((count, size, size, 3), 128, np.uint8),
        affine,
        np.zeros((count, 468, 2), np.float32),
        np.ones(count, np.float32),
        np.zeros(count, bool),
        doubts=np.array(doubted, np.float32),
    )
