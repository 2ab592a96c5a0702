"""The scorer as the program uses it: onnxruntime, no torch, embeddings that can be kept.

scorer = SyncScorer.load("A")
faces = scorer.embed_faces(reader, track, times)       # once per track, or per chunk of a take
speech = scorer.embed_speech(voice)                     # once per voice
curve = scorer.score(faces, speech)
"""

import logging
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime

from core.faces.track import FaceTrack
from core.lip_engine import FrameSource
from core.models import model_files
from core.scorer.config import EMBEDDING_SIZE, ScorerConfig, load_config
from core.scorer.curve import Calibration, SyncCurve, load_calibration, sync_curve
from core.scorer.embeddings import FaceEmbeddings, SpeechEmbeddings
from core.scorer.inputs import face_reasons, speech_segments_of, visual_segments, voice_rows

logger = logging.getLogger(__name__)

Which = Literal["A", "B"]
MODEL_IDS: dict[Which, str] = {"A": "sync-scorer-a", "B": "sync-scorer-b"}


@dataclass(frozen=True, slots=True, eq=False)
class SyncScorer:
    """Both towers, ready to run.

    Attributes:
        which: "A" is the app's and the generator's, "B" the referee that only benchmarks use.
        config: what it sees and hears.
        calibration: turns cosines into probabilities.
        visual: runs (n, C, H, W) float32 segments to (n, 512).
        audio: likewise.
    """

    which: str
    config: ScorerConfig
    calibration: Calibration
    visual: onnxruntime.InferenceSession
    audio: onnxruntime.InferenceSession

    @staticmethod
    def load(which: Which = "A", *, threads: int = 0) -> "SyncScorer":
        """The shipped scorer; the same object again for the same arguments.

        Args:
            which: "A" or "B".
            threads: processor threads, 0 for as many as there are cores.

        Raises:
            ModelError: its files are missing or have the wrong hash.
        """
        return _load(which, threads)

    def embed_faces(
        self,
        source: FrameSource | None,
        track: FaceTrack,
        times: np.ndarray,
        *,
        start: int | None = None,
        stop: int | None = None,
    ) -> FaceEmbeddings:
        """One embedding for each frame of `track`, or of the part start … stop − 1.

        A part's embeddings equal those of the whole track as long as `source` has the pictures 80 ms around it; a live
        take may hand in a source in which those after `stop` are still the film's own, and embed the last two frames
        again with the next chunk.

        Args:
            source: the film's pictures, or a take's pasted into the film; None suffices for a scorer that sees landmarks.
            track: the face.
            times: (track.frame_count,) float64 seconds of the track's frames on the clock of the sound.
            start: first frame number, the track's first by default.
            stop: one past the last, the track's end by default.
        """
        start = track.first_frame if start is None else max(start, track.first_frame)
        stop = track.end_frame if stop is None else min(stop, track.end_frame)
        times = np.asarray(times, np.float64)
        if len(times) != track.frame_count:
            raise ValueError(f"{len(times)} times for {track.frame_count} frames")
        rows = slice(start - track.first_frame, stop - track.first_frame)
        blocks = [
            run_tower(self.visual, block)
            for block in visual_segments(self.config, source, track, times, start, stop)
        ]
        return FaceEmbeddings(start, times[rows], _joined(blocks), face_reasons(track, rows))

    def embed_speech(self, voice: np.ndarray, *, start: float = 0.0) -> SpeechEmbeddings:
        """Embeddings of `voice` ((N,) float32 mono 16 kHz), whose first sample sounds at `start` seconds of the film."""
        voice = np.asarray(voice, np.float32)
        blocks = [run_tower(self.audio, block) for block in speech_segments_of(self.config, voice)]
        return SpeechEmbeddings(start, _joined(blocks), voice_rows(voice))

    def score(self, faces: FaceEmbeddings, speech: SpeechEmbeddings) -> SyncCurve:
        """The curve of one face against one voice."""
        return sync_curve(faces, speech, self.calibration)


@cache
def _load(which: Which, threads: int) -> SyncScorer:
    visual, audio, config, calibration = model_files(MODEL_IDS[which])
    return open_scorer(which, visual, audio, config, calibration, threads=threads)


def open_scorer(
    which: str,
    visual: "os.PathLike[str]",
    audio: "os.PathLike[str]",
    config: "os.PathLike[str]",
    calibration: "os.PathLike[str]",
    *,
    threads: int = 0,
) -> SyncScorer:
    """A scorer from its four files, for benchmarks of unshipped ones."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    wanted = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    providers = [name for name in wanted if name in onnxruntime.get_available_providers()]
    sessions = [
        onnxruntime.InferenceSession(os.fspath(path), options, providers=providers)
        for path in (visual, audio)
    ]
    return SyncScorer(which, load_config(Path(config)), load_calibration(Path(calibration)), *sessions)


def run_tower(session: onnxruntime.InferenceSession, segments: np.ndarray) -> np.ndarray:
    """Embeddings (n, 512) float16 of one block of segments."""
    return session.run(None, {"segments": np.ascontiguousarray(segments, np.float32)})[0].astype(np.float16)


def _joined(blocks: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(blocks) if blocks else np.zeros((0, EMBEDDING_SIZE), np.float16)
