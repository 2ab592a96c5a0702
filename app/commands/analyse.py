"""``unisync analyse``: shots, faces and people of a film."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.paths import input_path, output_folder, output_path
from core.base.errors import MediaError
from core.base.whole_file import written_whole

if TYPE_CHECKING:
    from core.face_geometry.track import FaceTrack
    from core.faces.analysis import Analysis


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb."""
    parser = verbs.add_parser("analyse", help="find shots, faces and people in a film")
    parser.add_argument("video", type=input_path, help="the film")
    parser.add_argument(
        "--json", type=output_path, metavar="OUT", help="write shots and tracks as JSON, “-” for the terminal"
    )
    parser.add_argument(
        "--preview", type=output_path, metavar="OUT", help="write the film with its faces drawn in (.mp4)"
    )
    parser.add_argument(
        "--sheet", type=output_path, metavar="OUT", help="write a contact sheet of faces (.png)"
    )
    parser.add_argument(
        "--backend",
        choices=("auto", "mediapipe", "insightface"),
        default="auto",
        help="which networks find the faces (default: the best that is installed)",
    )
    parser.add_argument("--cache", type=output_folder, metavar="FOLDER", help="where analyses are kept")
    parser.add_argument("--no-speaking", action="store_true", help="do not work out who speaks how much")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Analyses the film and prints one line per person; returns 0."""
    from app.progress import StageProgress
    from core.faces.analysis import analyse
    from core.faces.backend import backend_licence

    to_terminal = str(args.json) == "-"
    with StageProgress("Finding faces") as shown:
        analysis = analyse(args.video, backend=args.backend, cache=args.cache, progress=shown.update)
    if args.json is not None:
        text = json.dumps(report(analysis, args.video), indent=1) + "\n"
        if to_terminal:
            sys.stdout.write(text)
        else:
            _write(args.json, text.encode())
    if args.preview is not None:
        from core.faces.preview import write_preview

        with StageProgress("Drawing the preview") as shown:
            write_preview(args.video, analysis, args.preview, progress=shown.update)
    if args.sheet is not None:
        import cv2

        from core.faces.preview import contact_sheet

        sheet = contact_sheet(args.video, analysis)
        _write(args.sheet, cv2.imencode(".png", sheet[:, :, ::-1])[1].tobytes())
    if to_terminal:
        return 0
    seen = analysis.frames_with_face() / max(analysis.frame_count, 1)
    print(
        f"{args.video.name}: {analysis.frame_count} frames, {_plural(len(analysis.shots), 'shot')}, "
        f"{seen:.1%} of frames with a face ({analysis.backend}, {backend_licence(analysis.backend)})"
    )
    shares = {} if args.no_speaking or not analysis.tracks else speaking_shares(args.video, analysis)
    for person in sorted(
        {str(track.person) for track in analysis.tracks}, key=lambda name: (len(name), name)
    ):
        tracks = analysis.tracks_of(person)
        frames = sum(track.frame_count for track in tracks)
        print(
            f"  {person}: {_plural(len(tracks), 'track')}, {_plural(frames, 'frame')}, shots {_shots(tracks)}"
            + (f", speaks {100 * shares[person]:.0f} % of the voice" if person in shares else "")
        )
    if not analysis.tracks:
        print("  No face was found.")
    return 0


def speaking_shares(video: Path, analysis: "Analysis") -> dict[str, float]:
    """For each person the share of the film's voice that their lips speak; empty for a film without sound."""
    from core.media.audio import read_analysis
    from core.media.reader import VideoReader
    from core.scorer.score import SyncScorer
    from core.scorer.speaking import who_speaks

    try:
        voice = read_analysis(video)
    except MediaError:
        return {}
    scorer = SyncScorer.load("A")
    with VideoReader(video) as reader:
        faces = {
            track.id: scorer.embed_faces(reader, track, analysis.times[track.first_frame : track.end_frame])
            for track in analysis.tracks
        }
    result = who_speaks(faces, scorer.embed_speech(voice), scorer.calibration)
    shares: dict[str, float] = {}
    for track in analysis.tracks:
        shares[str(track.person)] = shares.get(str(track.person), 0.0) + result.shares[track.id]
    return shares


def report(analysis: "Analysis", video: Path) -> dict[str, object]:
    """What ``--json`` writes: facts, shots, and each track with its boxes, pose and quality per frame."""
    return {
        "video": str(video),
        "key": analysis.key,
        "backend": analysis.backend,
        "frames": analysis.frame_count,
        "width": analysis.width,
        "height": analysis.height,
        "frames_with_face": analysis.frames_with_face(),
        "shots": [
            {
                "index": shot.index,
                "first_frame": shot.first_frame,
                "end_frame": shot.end_frame,
                "opening": shot.opening,
                "start_seconds": round(float(analysis.times[shot.first_frame]), 6),
            }
            for shot in analysis.shots
        ],
        "tracks": [
            {
                "id": track.id,
                "person": track.person,
                "shot": track.shot,
                "first_frame": track.first_frame,
                "frames": track.frame_count,
                "boxes": [[round(float(v), 2) for v in box] for box in track.boxes],
                "yaw_pitch_roll": [[round(float(v), 2) for v in pose] for pose in track.pose],
                "quality": [round(float(v), 4) for v in track.quality],
            }
            for track in analysis.tracks
        ],
        "landmarks": str(analysis.folder),
    }


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _shots(tracks: "tuple[FaceTrack, ...]") -> str:
    return ", ".join(str(shot + 1) for shot in sorted({track.shot for track in tracks}))


def _write(path: Path, data: bytes) -> None:
    with written_whole(path) as beside:
        beside.write_bytes(data)
