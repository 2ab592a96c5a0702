"""What the towers say about one face and about one voice; small, and worth keeping per track and per take."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

WhyUnknown = Literal["", "silence", "no face", "profile"]
WHY_UNKNOWN: tuple[WhyUnknown, ...] = ("", "silence", "no face", "profile")
SPEECH_RATE = 50
"""Embeddings of a voice per second: one every 20 ms, half a frame at 25 fps."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceEmbeddings:
    """One face through F frames.

    Attributes:
        first_frame: number of the first frame.
        times: (F,) float64 seconds of the frames on the clock of the film.
        vectors: (F, D) float16. The towers' 512 numbers have length one; a scorer that weighs expected and seen movement, too,
            shortens them and lays 63 more beside (`core.scorer.agreement.beside`).
        reasons: (F,) uint8 index into `WHY_UNKNOWN`; 0 where the face can be judged.
    """

    first_frame: int
    times: np.ndarray
    vectors: np.ndarray
    reasons: np.ndarray

    @property
    def frame_count(self) -> int:
        """Number of frames, F."""
        return len(self.times)

    def part(self, start: int, stop: int) -> "FaceEmbeddings":
        """Frames numbered start … stop − 1 of the film."""
        rows = slice(start - self.first_frame, stop - self.first_frame)
        return FaceEmbeddings(start, self.times[rows], self.vectors[rows], self.reasons[rows])

    def with_chunk(self, chunk: "FaceEmbeddings") -> "FaceEmbeddings":
        """The same face with `chunk`'s frames put in place of its own, or joined on at the end.

        Raises:
            ValueError: the chunk would leave a gap.
        """
        row = chunk.first_frame - self.first_frame
        if not 0 <= row <= self.frame_count:
            raise ValueError(
                f"chunk at frame {chunk.first_frame} does not touch frames {self.first_frame}+{self.frame_count}"
            )

        def joined(own: np.ndarray, new: np.ndarray) -> np.ndarray:
            return np.concatenate([own[:row], new, own[row + len(new) :]])

        return FaceEmbeddings(
            self.first_frame,
            joined(self.times, chunk.times),
            joined(self.vectors, chunk.vectors),
            joined(self.reasons, chunk.reasons),
        )


@dataclass(frozen=True, slots=True, eq=False)
class SpeechEmbeddings:
    """One voice, every 20 ms.

    Attributes:
        start: seconds of the first vector on the film's clock.
        vectors: (M, D) float16, as in `FaceEmbeddings`.
        speaks: (M,) float32 probability that the voice is active.
    """

    start: float
    vectors: np.ndarray
    speaks: np.ndarray

    def rows_at(self, times: np.ndarray) -> np.ndarray:
        """Row nearest to each of `times` (any shape); −1 outside the voice."""
        rows = np.round((times - self.start) * SPEECH_RATE).astype(int)
        return np.where((rows >= 0) & (rows < len(self.vectors)), rows, -1)

    def shifted(self, seconds: float) -> "SpeechEmbeddings":
        """The same voice sounding `seconds` later."""
        return SpeechEmbeddings(self.start + seconds, self.vectors, self.speaks)
