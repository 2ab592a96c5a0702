"""Projects and edits drawn by hypothesis, shared by the tests of this folder."""

from fractions import Fraction

from hypothesis import strategies as st

from core.base.timing import FrameRate, TimeRange
from core.face_geometry.track import PersonId
from core.lip_engine import LipSettings
from core.project import content_edits, edits
from core.project.ids import VIDEO_LANE, MediaId, person_lane
from core.project.media_items import MediaFacts
from core.project.model import Project
from core.project.segments import FaceIdentity, TakePiece

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)]


def facts(seconds, rate=None, *, audio=True):
    picture = (
        {"width": 640, "height": 360, "rate": FrameRate(rate), "frame_count": int(seconds * rate)}
        if rate
        else {}
    )
    return MediaFacts(
        Fraction(seconds), audio_channels=2 if audio else 0, sample_rate=48000 if audio else 0, **picture
    )


def base_project(rate=Fraction(25)):
    """Two films, two dubs, two people, one film clip and one dub clip on the timeline."""
    project = Project(name="Base")
    for kind, name, what in (
        ("video", "film", facts(60, rate)),
        ("video", "other", facts(20, Fraction(25))),
        ("audio", "dub", facts(60)),
        ("audio", "line", facts(5)),
    ):
        project = content_edits.add_media(project, kind, f"/media/{name}", name, what).project
    film, _, dub, _ = (medium.id for medium in project.media)
    project = content_edits.add_person(project, "Anna", (FaceIdentity(film, PersonId("P1")),)).project
    project = content_edits.add_person(project, "Ben").project
    project = edits.add_clip(project, film, Fraction(0)).project
    return edits.add_clip(project, dub, Fraction(0), lane="A2").project


def frame_times(project, low=0, high=70):
    rate = project.sequence.rate
    return st.integers(int(low * rate.value), int(high * rate.value)).map(rate.time_of)


@st.composite
def edit_steps(draw, project):
    """One edit with arguments that make sense for `project` (it may still be refused)."""
    items = [item.id for item in (*project.clips, *project.segments)]
    segments = [segment.id for segment in project.segments]
    people = [person.id for person in project.people]
    time = frame_times(project)
    by = st.integers(-400, 400).map(lambda n: project.sequence.rate.time_of(n))
    some = st.lists(st.sampled_from(items), min_size=1, max_size=3, unique=True) if items else st.just([])
    one = st.sampled_from(items) if items else st.just("none")
    some_segments = (
        st.lists(st.sampled_from(segments), min_size=1, max_size=3, unique=True) if segments else some
    )
    one_segment = st.sampled_from(segments) if segments else one
    lanes = [None, VIDEO_LANE, "A2", "A3", person_lane(None), *map(person_lane, people)]
    unit = st.floats(0, 1, allow_nan=False)
    start = draw(time)
    drafts = [
        edits.SegmentDraft(
            TimeRange(start, start + draw(st.integers(1, 200)) / project.sequence.rate.value),
            draw(st.sampled_from([m.id for m in project.media] or [MediaId("m0")])),
            Fraction(draw(st.integers(0, 500)), 100),
            draw(st.sampled_from([None, *people])),
        )
    ]
    piece = TakePiece(MediaId("m1"), TimeRange(start, start + 1), Fraction(0))
    return draw(
        st.sampled_from(
            [
                (edits.add_segments, [drafts], {}),
                (edits.add_segments, [drafts], {}),
                (
                    edits.add_clip,
                    [draw(st.sampled_from([m.id for m in project.media] or ["m0"])), start],
                    {"lane": draw(st.sampled_from([VIDEO_LANE, "A2", "A3"]))},
                ),
                (edits.move_items, [draw(some), draw(by)], {"lane": draw(st.sampled_from(lanes))}),
                (edits.move_items, [draw(some), draw(by)], {}),
                (edits.trim_start, [draw(one), draw(time)], {}),
                (edits.trim_end, [draw(one), draw(time)], {}),
                (edits.ripple_trim_start, [draw(one), draw(time)], {}),
                (edits.ripple_trim_end, [draw(one), draw(time)], {}),
                (edits.roll, [draw(one), draw(one), draw(time)], {}),
                (edits.slip, [draw(some), draw(by)], {}),
                (edits.split_items, [items, start], {}),
                (edits.delete_items, [draw(some)], {}),
                (edits.ripple_delete, [draw(some)], {}),
                (
                    content_edits.assign_person,
                    [draw(some_segments), draw(st.sampled_from([None, *people]))],
                    {},
                ),
                (
                    content_edits.set_lips,
                    [draw(some_segments)],
                    {"articulation": 0.5 + draw(unit), "silence": "original"},
                ),
                (content_edits.set_blend, [draw(some_segments)], {"feather": draw(unit) / 2}),
                (content_edits.set_segments, [draw(some_segments)], {"muted": draw(st.booleans())}),
                (
                    content_edits.add_take,
                    [draw(one_segment), "own_mouth", LipSettings(), (piece,)],
                    {"dub_range": draw(st.sampled_from([None, TimeRange(start, start + 1)]))},
                ),
                (
                    content_edits.add_marker,
                    [start, draw(st.sampled_from(["red", "blue"])), draw(st.text(max_size=8))],
                    {},
                ),
                (content_edits.set_in, [draw(st.none() | time)], {}),
                (content_edits.set_out, [draw(st.none() | time)], {}),
                (content_edits.add_person, [draw(st.text(max_size=8))], {}),
                (
                    content_edits.merge_people,
                    [draw(st.sampled_from(people or ["p0"])), draw(st.sampled_from(people or ["p0"]))],
                    {},
                ),
                (content_edits.remove_person, [draw(st.sampled_from(people or ["p0"]))], {}),
                (
                    content_edits.remove_media,
                    [[draw(st.sampled_from([m.id for m in project.media] or ["m0"]))]],
                    {},
                ),
            ]
        )
    )


@st.composite
def projects(draw):
    """A project some random edits away from `base_project`."""
    project = base_project(draw(st.sampled_from(RATES)))
    for _ in range(draw(st.integers(0, 8))):
        edit, arguments, options = draw(edit_steps(project))
        try:
            project = edit(project, *arguments, **options).project
        except edits.EditRefused:
            continue
    return project
