"""The report of a dub, as data; `docs/report.md` explains each key to users."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from core.base.stages import StageTime, StageTimes, Whole
from core.base.whole_file import written_whole
from core.media.info import MediaInfo
from core.scorer.curve import SyncCurve, is_too_little

REPORT_VERSION = 1


@dataclass(frozen=True, slots=True)
class CurveFacts:
    """A score in three numbers; None where nothing, or too little to tell, could be judged."""

    mean_p_sync: float | None = None
    share_above_half: float | None = None
    offset_ms: float | None = None
    offset_confidence: float | None = None
    judged_seconds: float = 0.0

    @staticmethod
    def of(curves: Sequence[SyncCurve]) -> "CurveFacts":
        """The facts of several curves together; the offset is that of the longest one."""
        if not curves:
            return CurveFacts()
        p = np.concatenate([curve.p for curve in curves])
        known = p[np.isfinite(p)]
        if not len(known):
            return CurveFacts()
        longest = max(curves, key=lambda curve: curve.judged_s)
        judged_s = sum(curve.judged_s for curve in curves)
        if is_too_little(judged_s):
            return CurveFacts(judged_seconds=round(judged_s, 2))
        return CurveFacts(
            round(float(known.mean()), 4),
            round(float((known > 0.5).mean()), 4),
            round(longest.offset_ms, 1) if np.isfinite(longest.offset_ms) else None,
            round(longest.offset_confidence, 3),
            round(judged_s, 2),
        )


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """One dubbed segment."""

    person: str
    chosen_by: str
    range: tuple[float, float]
    frames: int
    frames_without_face: int
    frames_hidden: int
    synthesised_frames: int
    coverage: float | None  # share of the dubbed frames whose mouth the footage holds
    doubtful: tuple[
        tuple[int, int], ...
    ]  # first and last frame of each stretch the engine would look at again
    milder: dict[str, int]  # how many frames were made by each step the engine drew back by
    mouths_from: tuple[str, ...]  # paths of the films that could lend mouths
    take: int
    takes: int
    lips: dict[str, object]
    mask: dict[str, object]
    engine: str
    engine_version: str
    models: dict[str, str]
    score_source: CurveFacts
    score_source_with_dub: CurveFacts
    score_result: CurveFacts
    seconds_per_output_second: float
    notes: tuple[str, ...] = ()
    # Where something before the mouth keeps some of it as filmed: first and last frame, and the seconds the first is shown at.
    covered: tuple[tuple[int, int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the time went: of the whole, and of each stage, the dearest first."""

    seconds: float
    processor_seconds: float
    busy_cores: float
    stages: dict[str, StageTime]

    @staticmethod
    def of(times: StageTimes, whole: Whole) -> "Profile":
        """What was measured, rounded for people."""
        rows = sorted(times.stages.items(), key=lambda row: -row[1].processor_seconds)
        stages = {
            name: StageTime(round(row.seconds, 3), round(row.processor_seconds, 3), row.times)
            for name, row in rows
        }
        return Profile(
            round(whole.seconds, 3), round(whole.processor_seconds, 3), round(whole.busy, 2), stages
        )


@dataclass(frozen=True, slots=True)
class DubReport:
    """A whole dub."""

    input: dict[str, object]
    dub: dict[str, object]
    output: dict[str, object]
    segments: tuple[SegmentReport, ...]
    notes: tuple[str, ...]
    seconds: float
    peak_memory_bytes: int
    profile: Profile | None = None
    version: int = field(default=REPORT_VERSION)

    def write(self, path: Path) -> None:
        """Writes it as JSON, whole or not at all.

        Raises:
            MediaError: the disk is full, or it cannot be written.
        """
        with written_whole(path, "The report") as beside:
            beside.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", "utf-8")


def media_facts(info: MediaInfo) -> dict[str, object]:
    """What a report says about a file."""
    facts: dict[str, object] = {"path": str(info.path), "bytes": info.size, "duration": float(info.duration)}
    if info.video is not None:
        video = info.video
        facts["video"] = {
            "codec": video.codec,
            "size": list(video.upright_size),
            "frames": video.frame_count,
            "rate": str(video.rate.value),
            "variable_rate": video.is_vfr,
            "pixel_format": video.pixel_format,
            "timecode": video.timecode,
        }
    facts["audio"] = [
        {"codec": a.codec, "rate": a.rate, "layout": a.layout, "duration": float(a.duration)}
        for a in info.audio
    ]
    return facts
