"""The scorer as the program uses it: onnxruntime, no torch, embeddings that can be kept.

scorer = SyncScorer.load("A")
faces = scorer.embed_faces(reader, track, times)       # once per track, or per chunk of a take
speech = scorer.embed_speech(voice)                     # once per voice
curve = scorer.score(faces, speech)
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime

from core.base.models import model_files
from core.base.onnx_network import open_network
from core.base.stages import stage
from core.face_geometry.track import FaceTrack
from core.lip_engine import FrameSource
from core.scorer.agreement import beside, expected_movement, seen_movement
from core.scorer.config import EMBEDDING_SIZE, ScorerConfig, load_config
from core.scorer.curve import Calibration, SyncCurve, load_calibration, sync_curve
from core.scorer.embeddings import FaceEmbeddings, SpeechEmbeddings
from core.scorer.inputs import face_reasons, speech_segments_of, visual_segments, voice_rows

logger = logging.getLogger(__name__)

Which = Literal["A", "B"]
"""Ten seconds of film take under a second of one core: moving them to a graphics card would not pay."""
MODEL_IDS: dict[Which, str] = {"A": "sync-scorer-a", "B": "sync-scorer-b"}


@dataclass(frozen=True, slots=True, eq=False)
class VisualTower:
    """One visual representation and the network that embeds it: (n, C, H, W) float32 segments to (n, 512)."""

    config: ScorerConfig
    session: onnxruntime.InferenceSession


@dataclass(frozen=True, slots=True, eq=False)
class SyncScorer:
    """All towers, ready to run.

    Several visual towers trained against one audio tower live in one space; their embeddings are added.

    Attributes:
        which: "A" is the app's and the generator's, "B" the referee that only benchmarks use.
        visuals: what it sees.
        audio_config: what it hears.
        audio: runs speech segments to (n, 512).
        calibration: turns cosines into probabilities.
    """

    which: str
    visuals: tuple[VisualTower, ...]
    audio_config: ScorerConfig
    audio: onnxruntime.InferenceSession
    calibration: Calibration

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

    @property
    def sees_pictures(self) -> bool:
        """Whether it looks at pixels; else landmarks are all it wants of a face."""
        return any(tower.config.visual == "rgb" for tower in self.visuals)

    def embed_faces(
        self,
        source: FrameSource | None,
        track: FaceTrack,
        times: np.ndarray,
        *,
        start: int | None = None,
        stop: int | None = None,
        rest: np.ndarray | None = None,
    ) -> FaceEmbeddings:
        """One embedding for each frame of `track`, or of the part start … stop − 1.

        A part's embeddings equal those of the whole track as long as `source` has the pictures 80 ms around it and `track`
        the landmarks 0.44 s around it; a live take may hand in a source in which those after `stop` are still the film's
        own, and embed the last frames (`core.scorer.agreement.REACH_FRAMES`) again with the next chunk.

        Args:
            source: the film's pictures, or a take's pasted into the film; None suffices for a scorer that sees landmarks.
            track: the face.
            times: (track.frame_count,) float64 seconds of the track's frames on the clock of the sound.
            start: first frame number, the track's first by default.
            stop: one past the last, the track's end by default.
            rest: the person's resting face (`core.appearance.landmarks.resting_face` of the whole track); needed when
                `track` is a short piece, whose own median would hide a mouth that stays open.
        """
        start = track.first_frame if start is None else max(start, track.first_frame)
        stop = track.end_frame if stop is None else min(stop, track.end_frame)
        times = np.asarray(times, np.float64)
        if len(times) != track.frame_count:
            raise ValueError(f"{len(times)} times for {track.frame_count} frames")
        rows = slice(start - track.first_frame, stop - track.first_frame)
        parts = []
        for tower in self.visuals:
            segments = visual_segments(tower.config, source, track, times, start, stop, rest)
            parts.append(_joined([run_tower(tower.session, block) for block in segments]))
        vectors, share = fused(parts), self.calibration.movement
        if share:
            vectors = beside(vectors, seen_movement(track.landmarks, times, rows), share)
        return FaceEmbeddings(start, times[rows], vectors, face_reasons(track, rows))

    def embed_speech(self, voice: np.ndarray, *, start: float = 0.0) -> SpeechEmbeddings:
        """Embeddings of `voice` ((N,) float32 mono 16 kHz), whose first sample sounds at `start` seconds of the film."""
        voice = np.asarray(voice, np.float32)
        blocks = [run_tower(self.audio, block) for block in speech_segments_of(self.audio_config, voice)]
        vectors, share = _joined(blocks), self.calibration.movement
        if share:
            vectors = beside(vectors, expected_movement(voice, len(vectors)), share)
        return SpeechEmbeddings(start, vectors, voice_rows(voice))

    @stage("scoring")
    def score(self, faces: FaceEmbeddings, speech: SpeechEmbeddings) -> SyncCurve:
        """The curve of one face against one voice."""
        return sync_curve(faces, speech, self.calibration)


@cache
def _load(which: Which, threads: int) -> SyncScorer:
    return open_scorer(which, model_files(MODEL_IDS[which]), threads=threads)


def open_scorer(which: str, files: Sequence[Path], *, threads: int = 0) -> SyncScorer:
    """A scorer from its files, which are told apart by their endings.

    ``…-visual.onnx`` (one per representation, each with its ``….json`` of the same beginning), ``…-audio.onnx`` with its
    configuration likewise, and ``…-calibration.json``. Others are left alone.
    """

    def configuration(path: Path, ending: str) -> ScorerConfig:
        return load_config(path.with_name(path.name.removesuffix(ending) + ".json"))

    visuals = tuple(
        VisualTower(configuration(path, "-visual.onnx"), open_network(path, threads=threads))
        for path in files
        if path.name.endswith("-visual.onnx")
    )
    audio = next(path for path in files if path.name.endswith("-audio.onnx"))
    calibration = next(path for path in files if path.name.endswith("-calibration.json"))
    return SyncScorer(
        which,
        visuals,
        configuration(audio, "-audio.onnx"),
        open_network(audio, threads=threads),
        load_calibration(calibration),
    )


def fused(parts: Sequence[np.ndarray]) -> np.ndarray:
    """(n, 512) float16 of length one: the direction of the sum of several towers' embeddings of the same frames."""
    if len(parts) == 1:
        return parts[0]
    total = np.sum([part.astype(np.float32) for part in parts], axis=0)
    return (total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-6)).astype(np.float16)


@stage("scoring")
def run_tower(session: onnxruntime.InferenceSession, segments: np.ndarray) -> np.ndarray:
    """Embeddings (n, 512) float16 of one block of segments."""
    return session.run(None, {"segments": np.ascontiguousarray(segments, np.float32)})[0].astype(np.float16)


def _joined(blocks: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(blocks) if blocks else np.zeros((0, EMBEDDING_SIZE), np.float16)
