"""Damaged project files: listed, and written out again as timelines."""

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from app.lab.fuzz_targets.door import ask
from core.base.errors import ProjectError
from core.base.timing import FrameRate, TimeRange
from core.face_geometry.track import PersonId
from core.lip_engine import LipSettings
from core.project import content_edits, edits, file
from core.project.media_items import MediaFacts
from core.project.model import Project
from core.project.segments import FaceIdentity, TakePiece
from core.research.fuzzing.mutations import damaged
from core.research.fuzzing.runner import Fault

VERSION_1 = (
    '{"format": "unisync-project", "version": 1, "project": {"name": "Old", "fps": "30000/1001", "media": [{"id": "m1", "kind": "video",'
    ' "name": "a.mov", "path": "/a.mov", "facts": {"duration": "20", "rate": "30000/1001"}}, {"id": "m2", "kind": "audio", "name":'
    ' "b.wav", "path": "/b.wav", "facts": {"duration": "20"}}], "clips": [{"id": "c3", "media": "m1", "lane": "V1", "start": "0", "end":'
    ' "10"}], "segments": [{"id": "s4", "start": "1", "end": "2", "person": null, "dub": "m2", "mode": "mute", "grow": 0.1}]}}'
)


def a_project(rate: Fraction) -> Project:
    """Films, sounds, people, cuts, a segment with a take, markers."""
    project = Project(name="Fuzzed")
    film = MediaFacts(
        Fraction(60), 640, 360, FrameRate(rate), round(60 * rate), audio_channels=2, sample_rate=48000
    )
    sound = MediaFacts(Fraction(60), audio_channels=1, sample_rate=48000)
    project = content_edits.add_media(project, "video", "/media/film.mp4", "film.mp4", film).project
    project = content_edits.add_media(project, "audio", "/media/dub.wav", "dub.wav", sound).project
    picture, dub = (medium.id for medium in project.media)
    project = content_edits.add_person(project, "Anna", (FaceIdentity(picture, PersonId("P1")),)).project
    project = edits.add_clip(project, picture, Fraction(0)).project
    project = edits.split_items(project, [project.video_clips[0].id], rate**-1 * 300).project
    draft = edits.SegmentDraft(TimeRange(Fraction(1), Fraction(3)), dub, Fraction(0), project.people[0].id)
    project = edits.add_segments(project, [draft]).project
    piece = TakePiece(picture, TimeRange(Fraction(1), Fraction(3)), Fraction(0), 25, 75, 0, "ab" * 16)
    segment = project.segments[0].id
    project = content_edits.add_take(project, segment, "own-mouth", LipSettings(), (piece,)).project
    project = content_edits.add_marker(project, Fraction(1), "red", "look").project
    return replace(project, in_point=Fraction(1), out_point=Fraction(20))


def seeds(folder: Path) -> list[bytes]:
    """Project files of both formats."""
    del folder
    rates = (Fraction(25), Fraction(30000, 1001))
    return [*(file.dumps(a_project(rate)).encode() for rate in rates), VERSION_1.encode()]


def case(folder: Path, draw: random.Random, made: list[bytes]) -> str:
    """One damaged project; what loads can be saved and comes back the same, and is written as a timeline."""
    path = folder / "case.unisync"
    path.write_bytes(damaged(draw.choice(made), draw, made))
    if ask(folder, ["timeline", "list", str(path), *draw.choice(([], ["--json"]))]):
        return "refused"
    try:
        project = file.load_project(path)
        again = file.loads(file.dumps(project).encode("utf-8").decode("utf-8"))
    except ProjectError as error:
        raise Fault("unsaveable", f"loads and cannot be saved and loaded: {error}") from error
    if again != project:
        raise Fault("changed", "comes back otherwise than it was saved")
    output = folder / f"out{draw.choice(('.otio', '.edl', '.xml'))}"
    return (
        "exported"
        if ask(folder, ["timeline", "export", str(path), "-o", str(output)], [output]) == 0
        else "not exported"
    )
