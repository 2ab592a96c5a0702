"""``unisync score``: how well the lips in a film fit its voice, or another voice."""

import argparse
import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from app.paths import input_path, output_path
from core.base.errors import SettingsError
from core.base.whole_file import written_whole

if TYPE_CHECKING:
    import numpy as np

    from core.face_geometry.track import FaceTrack
    from core.media.reader import VideoReader
    from core.scorer.curve import SyncCurve
    from core.scorer.embeddings import FaceEmbeddings, SpeechEmbeddings
    from core.scorer.lse import LseFigures
    from core.scorer.score import SyncScorer


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb."""
    parser = verbs.add_parser("score", help="score how well lips and voice fit, over time")
    parser.add_argument("video", type=input_path, help="the film")
    parser.add_argument(
        "--audio", type=input_path, help="another voice to score, its start at the film's first frame"
    )
    parser.add_argument("--face", help="a person (P1) or a track number; every face by default")
    parser.add_argument("--scorer", choices=("A", "B"), default="A", help="B is the referee of benchmarks")
    parser.add_argument(
        "--json", type=output_path, metavar="OUT", help="write the curves as JSON, “-” for the terminal"
    )
    parser.add_argument("--png", type=output_path, metavar="OUT", help="draw the curves")
    parser.add_argument(
        "--lse",
        action="store_true",
        help="also LSE-D, LSE-C and offset, by the scorer's own networks (not comparable with published figures)",
    )
    parser.add_argument(
        "--syncnet",
        type=input_path,
        metavar="FILE",
        help="LSE by these published weights (syncnet_v2.model) of yours",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Scores every chosen face and prints one line for each."""
    from core.faces.analysis import analyse
    from core.media.audio import read_analysis
    from core.media.reader import VideoReader
    from core.scorer.score import SyncScorer

    scorer = SyncScorer.load(args.scorer)
    analysis = analyse(args.video)
    tracks = _chosen(analysis.tracks, args.face, args.video)
    voice = read_analysis(args.video if args.audio is None else args.audio)
    speech = scorer.embed_speech(voice)
    own_speech = None if args.audio is None else _own_speech(args.video, scorer)
    own_means: list[float | None] = []
    results: list[tuple[FaceTrack, SyncCurve]] = []
    figures: list[LseFigures | None] = []
    in_place: list[float | None] = []
    with VideoReader(args.video) as reader:
        for track in tracks:
            times = analysis.times[track.first_frame : track.end_frame]
            faces = scorer.embed_faces(reader, track, times)
            curve = scorer.score(faces, speech)
            results.append((track, curve))
            in_place.append(_mean_in_place(scorer, faces, speech, curve))
            if args.audio is None:
                own_means.append(curve.mean if in_place[-1] is None else in_place[-1])
            else:
                own_means.append(None if own_speech is None else _own_mean(scorer, faces, own_speech))
            figures.append(_lse(args, reader, track, times, faces, speech, voice))
    if args.json is not None:
        text = json.dumps(_report(results, figures, own_means, args), indent=1) + "\n"
        if str(args.json) == "-":
            sys.stdout.write(text)
            return 0
        _write(args.json, text)
    if args.png is not None:
        from core.scorer.plot import draw_curves

        names = [f"{track.person} · track {track.id}" for track, _ in results]
        draw_curves([curve for _, curve in results], names, args.png, title=args.video.name, own=own_means)
    for (track, curve), lse, mean, own_mean in zip(results, figures, in_place, own_means, strict=True):
        print(f"{track.person} track {track.id}: {_line(curve)}")
        if args.audio is not None and own_mean is not None and not math.isnan(own_mean):
            print(f"  The film's own voice has a mean of {own_mean:.2f}.")
        if mean is not None:
            print(f"  With the sound moved into place, the mean would be {mean:.2f}.")
        if lse is not None:
            print(
                f"  LSE-D {lse.distance:.3f}, LSE-C {lse.confidence:.3f}, offset {lse.offset:+d} frames of 40 ms "
                f"(by {_network(args)})"
            )
    return 0


def _own_speech(video: Path, scorer: "SyncScorer") -> "SpeechEmbeddings | None":
    """The film's own voice, which tells what a good score is for its faces; None where it has no sound."""
    from core.media.audio import read_analysis
    from core.media.reader import VideoReader

    with VideoReader(video) as reader:
        has_sound = reader.info.has_audio
    return scorer.embed_speech(read_analysis(video)) if has_sound else None


def _own_mean(scorer: "SyncScorer", faces: "FaceEmbeddings", speech: "SpeechEmbeddings") -> float:
    """The mean with the film's own voice, moved into place where it is surely off."""
    curve = scorer.score(faces, speech)
    moved = _mean_in_place(scorer, faces, speech, curve)
    return curve.mean if moved is None else moved


def _mean_in_place(
    scorer: "SyncScorer", faces: "FaceEmbeddings", speech: "SpeechEmbeddings", curve: "SyncCurve"
) -> float | None:
    """The mean with the sound moved into place, where `curve` says that it is surely off."""
    from core.scorer.curve import offset_words

    if offset_words(curve.offset_ms, curve.offset_confidence) is None:
        return None
    return scorer.score(faces, speech.shifted(-curve.offset_ms / 1000)).mean


def _network(args: argparse.Namespace) -> str:
    return "SyncNet" if args.syncnet else f"our own network of scorer {args.scorer}"


def _lse(
    args: argparse.Namespace,
    reader: "VideoReader",
    track: "FaceTrack",
    times: "np.ndarray",
    faces: "FaceEmbeddings",
    speech: "SpeechEmbeddings",
    voice: "np.ndarray",
) -> "LseFigures | None":
    from core.scorer.lse_film import lse_by_scorer, lse_by_syncnet

    if args.syncnet is not None:
        return lse_by_syncnet(args.syncnet, reader, track, times, voice)
    return lse_by_scorer(faces, speech) if args.lse else None


def _chosen(tracks: "tuple[FaceTrack, ...]", face: str | None, video: Path) -> "list[FaceTrack]":
    chosen = [track for track in tracks if face is None or face in (str(track.person), str(track.id))]
    if not chosen:
        known = ", ".join(sorted({str(track.person) for track in tracks})) or "none"
        raise SettingsError(
            f"No face “{face}” was found in {video}." if face else f"No face was found in {video}.",
            hint=f"Faces found: {known}.",
        )
    return chosen


def _report(
    results: "list[tuple[FaceTrack, SyncCurve]]",
    figures: "list[LseFigures | None]",
    own_means: list[float | None],
    args: argparse.Namespace,
) -> dict[str, object]:
    faces = [
        {
            "person": str(track.person),
            "track": int(track.id),
            "first_frame": track.first_frame,
            **curve.to_json(),
            "own_voice_mean": None if own is None or math.isnan(own) else round(own, 4),
            **({} if lse is None else {"lse": asdict(lse) | {"network": _network(args)}}),
        }
        for (track, curve), lse, own in zip(results, figures, own_means, strict=True)
    ]
    report: dict[str, object] = {
        "video": str(args.video),
        "audio": None if args.audio is None else str(args.audio),
        "scorer": args.scorer,
    }
    # One face is the usual case, and its figures then lie where a script looks first.
    best = max(range(len(faces)), key=lambda index: len(results[index][1].times))
    return report | {key: faces[best][key] for key in ("judged_seconds", "mean", "share_above_half", "offset_ms", "offset_confidence",
                                                       "drift_ms_per_min", "offsets", "curve")} | {"faces": faces}  # fmt: skip


def _line(curve: "SyncCurve") -> str:
    if math.isnan(curve.mean):
        return curve.sentence()
    return (
        f"{curve.sentence()} Mean {curve.mean:.2f} over {curve.judged_s:.1f} s of speech, {100 * curve.share_above_half:.0f} % above one half; "
        f"offset {curve.offset_ms:+.0f} ms (confidence {curve.offset_confidence:.2f})."
    )


def _write(path: Path, text: str) -> None:
    with written_whole(path) as beside:
        beside.write_text(text, encoding="utf-8")
