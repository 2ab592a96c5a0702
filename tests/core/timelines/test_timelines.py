"""Timelines written and read back in every format."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction as F

import opentimelineio as otio
import pytest

from app.main import main
from core.base.errors import MediaError, ProjectError
from core.project import content_edits, edits
from core.project.file import save_project
from core.project.ids import LaneId
from core.project.media_facts import Found
from core.project.sound import level_at, sound_plan
from core.timelines.reading import read_timeline
from core.timelines.writing import write_timeline
from tests.core.project.conftest import base_project, facts


def cut_project(rate=F(25), start_timecode=None):
    """Two pieces of one film and one of another, with a gap; a dub that starts late."""
    project = base_project(rate)
    film, other = project.media[0], project.media[1]
    if start_timecode is not None:
        known = replace(film.facts, start_timecode=start_timecode)
        project = content_edits.set_medium(project, film.id, facts=known).project
    time_of = project.sequence.rate.time_of
    project = edits.trim_end(project, project.video_clips[0].id, time_of(100)).project
    project = edits.split_items(project, [project.video_clips[0].id], time_of(60)).project
    project = edits.trim_start(project, project.video_clips[1].id, time_of(70)).project
    project = edits.add_clip(project, other.id, time_of(120)).project
    return content_edits.add_marker(project, time_of(30), "green", "look").project


def probe_for(project):
    def probe(path):
        for medium in project.media:
            if medium.path == str(path):
                return Found(medium.kind, medium.facts)
        raise MediaError(f"{path} is not there.")

    return probe


def pictures(project):
    paths = {medium.id: medium.path for medium in project.media}
    return [(paths[c.media], c.range, c.offset) for c in project.video_clips]


@pytest.mark.parametrize("suffix", [".otio", ".xml", ".edl"])
@pytest.mark.parametrize("rate", [F(25), F(24000, 1001), F(30000, 1001)], ids=str)
@pytest.mark.parametrize("start", [None, 90000])
def test_cuts_come_back_frame_for_frame(tmp_path, suffix, rate, start):
    project = cut_project(rate, start)
    if rate != 25:  # the other film has 25: re-timed timelines are tested below
        project = edits.delete_items(project, [project.video_clips[-1].id]).project
    path = tmp_path / f"cut{suffix}"
    write_timeline(project, path)
    back = read_timeline(path, probe_for(project), project.media).project
    assert pictures(back) == pictures(project)
    assert back.sequence.rate == project.sequence.rate
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".otio", ".xml"])
def test_sound_as_it_is_heard_comes_back(tmp_path, suffix):
    project = cut_project()
    dub = project.items_on("A2")[0]
    project = edits.trim_start(project, dub.id, F(2)).project
    path = tmp_path / f"cut{suffix}"
    write_timeline(project, path)
    back = read_timeline(path, probe_for(project)).project
    (clip,) = back.items_on("A2")
    assert (clip.range, clip.offset) == (project.items_on("A2")[0].range, F(2))
    assert back.medium(clip.media).path == "/media/dub"


@pytest.mark.parametrize("suffix", [".otio", ".xml", ".edl"])
@pytest.mark.parametrize("drop_frame", [True, False])
def test_how_timecode_counts_comes_back(tmp_path, suffix, drop_frame):
    project = base_project(F(30000, 1001))
    sequence = replace(project.sequence, drop_frame=drop_frame, start_frame=107892)
    project = replace(project, sequence=sequence)
    write_timeline(project, tmp_path / f"cut{suffix}")
    back = read_timeline(tmp_path / f"cut{suffix}", probe_for(project), project.media).project
    assert back.sequence == project.sequence


def test_markers_come_back(tmp_path):
    write_timeline(cut_project(), tmp_path / "cut.otio")
    (marker,) = read_timeline(tmp_path / "cut.otio", probe_for(cut_project())).project.markers
    assert (marker.time, marker.colour, marker.note) == (F(30, 25), "green", "look")


def test_mixed_rates_come_back_within_a_frame(tmp_path):
    project = cut_project(F(30000, 1001))
    write_timeline(project, tmp_path / "cut.otio")
    back = read_timeline(tmp_path / "cut.otio", probe_for(project)).project
    for (a_path, a, a_offset), (b_path, b, b_offset) in zip(pictures(project), pictures(back), strict=True):
        assert a_path == b_path
        assert abs(a.start - b.start) < F(1, 29)
        assert abs(a_offset - b_offset) < F(1, 29)


def test_missing_files_keep_their_place(tmp_path):
    project = cut_project()
    write_timeline(project, tmp_path / "cut.otio")

    def nothing(path):
        raise MediaError(f"{path} is not there.")

    back = read_timeline(tmp_path / "cut.otio", nothing).project
    assert pictures(back) == pictures(project)
    assert back.media[0].facts.duration == project.media[0].facts.duration


def test_what_cannot_be_taken_over_is_named(tmp_path):
    timeline = otio.schema.Timeline("Theirs")

    def clip(name, frames=50, **more):
        span = otio.opentime.TimeRange(
            otio.opentime.RationalTime(0, 25), otio.opentime.RationalTime(frames, 25)
        )
        return otio.schema.Clip(name, otio.schema.ExternalReference("film.mp4", span), span, **more)

    slow = clip("slow")
    slow.effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))
    fade = otio.schema.Transition(
        in_offset=otio.opentime.RationalTime(5, 25), out_offset=otio.opentime.RationalTime(5, 25)
    )
    nameless = otio.schema.Clip("x", otio.schema.MissingReference(), clip("x").source_range)
    first = otio.schema.Track("V1", [clip("a"), fade, slow, nameless], kind=otio.schema.TrackKind.Video)
    second = otio.schema.Track("V2", [clip("b")], kind=otio.schema.TrackKind.Video)
    timeline.tracks.extend([first, second])
    otio.adapters.write_to_file(timeline, str(tmp_path / "theirs.otio"))
    asked = []

    def probe(path):
        asked.append(path)
        return Found("video", facts(2, F(25)))

    imported = read_timeline(tmp_path / "theirs.otio", probe)
    assert asked == [tmp_path / "film.mp4"]
    assert [(clip.range.start, clip.range.end, clip.offset) for clip in imported.project.clips] == [
        (0, 2, 0),
        (2, 4, 0),
    ]
    assert imported.notes == [
        "Transitions are left out: there are only cuts (V1 00:00:02:00).",
        "Clips at another speed play at their own here (V1 00:00:02:00 “slow”, 50 %).",
        "Clips that name no file are left out (V1 00:00:04:00 “x”).",
        "Where picture tracks lie over each other the upper one is shown (V2 00:00:00:00 “b” over “a”).",
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.otio", "{", "no timeline that can be read"),
        ("a.xml", "<xmeml>", "no timeline that can be read"),
        ("a.edl", "nonsense", "no timeline that can be read|does not say its frame rate"),
        ("a.txt", "", "no timeline format"),
    ],
)
def test_something_else_is_refused(tmp_path, name, content, words):
    (tmp_path / name).write_text(content)
    with pytest.raises(ProjectError, match=words):
        read_timeline(tmp_path / name, probe_for(base_project()))


def test_nothing_is_left_when_it_cannot_be_written(tmp_path):
    with pytest.raises(ProjectError, match="cannot be written as"):
        write_timeline(cut_project(), tmp_path / "a.txt")
    with pytest.raises(ProjectError, match="cannot be written"):
        write_timeline(cut_project(), tmp_path / "gone" / "a.otio")
    bare = base_project()
    bare = edits.delete_items(bare, [c.id for c in bare.video_clips]).project
    with pytest.raises(ProjectError, match="no film"):
        write_timeline(bare, tmp_path / "a.otio")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def mixed():
    """A dub that fades in and is quieter, the film's own sound lowered under it, and a lane that is muted."""
    project = cut_project()
    dub = next(clip for clip in project.clips if clip.lane == "A2")
    project = content_edits.set_sound(project, [dub.id], gain_db=-6.0, fade_in=F(1)).project
    project = content_edits.set_under_dub(project, -12.0).project
    return content_edits.set_lane_sound(project, LaneId("A3"), muted=True).project


def heard(project, media):
    return next(each for each in sound_plan(project) if each.media == media)


def test_final_cut_holds_gains_and_fades_as_keyframes_of_its_level(tmp_path, mixed):
    notes = write_timeline(mixed, tmp_path / "cut.xml")
    dub = next(medium for medium in mixed.media if medium.kind == "audio")
    root = ET.parse(tmp_path / "cut.xml").getroot()
    items = [item for item in root.find(".//sequence/media/audio").iter("clipitem") if item.findtext("name") == dub.name]
    (item,) = items
    effect = item.find("filter/effect")
    assert effect.findtext("effectid") == "audiolevels"
    first = int(item.findtext("in"))
    keys = {int(key.findtext("when")) - first: float(key.findtext("value")) for key in effect.iter("keyframe")}
    half = 10 ** (-6 / 20)
    assert keys[0] == pytest.approx(0, abs=1e-5)
    assert keys[25] == pytest.approx(half, abs=1e-4)
    stretch = heard(mixed, dub.id)
    for frame, value in keys.items():
        assert value == pytest.approx(level_at(stretch, stretch.range.start + F(frame, 25)), abs=1e-4)
    films = [each for each in root.find(".//sequence/media/audio").iter("clipitem") if each not in items]
    ducked = [float(value.text) for each in films for value in each.iter("value")]
    assert min(ducked) == pytest.approx(10 ** (-12 / 20), abs=1e-4), "lowered under the dub"
    assert notes == ("What is muted is left out: A3.",)
    plain = cut_project()
    write_timeline(plain, tmp_path / "plain.xml")
    assert "audiolevels" not in (tmp_path / "plain.xml").read_text(), "what is heard as recorded needs no filter"


def test_otio_holds_them_as_effects_and_an_edl_says_that_it_holds_none(tmp_path, mixed):
    notes = write_timeline(mixed, tmp_path / "cut.otio")
    timeline = otio.adapters.read_from_file(str(tmp_path / "cut.otio"))
    dub = next(medium for medium in mixed.media if medium.kind == "audio")
    clip = next(each for each in timeline.find_clips() if each.name == dub.name)
    (effect,) = clip.effects
    assert effect.metadata["unisync"]["gain_db"] == -6.0
    assert next(list(point) for point in effect.metadata["unisync"]["levels"]) == [0, 0.0]
    assert any("no word of its own" in note for note in notes)
    assert "the picture alone" in write_timeline(mixed, tmp_path / "cut.edl")[0]
    assert write_timeline(cut_project(), tmp_path / "plain.otio") == ()


def test_the_command_says_what_is_lost(tmp_path, mixed, capsys):
    save_project(mixed, tmp_path / "cut.unisync")
    assert main(["timeline", "export", str(tmp_path / "cut.unisync"), "-o", str(tmp_path / "cut.edl")]) == 0
    assert "sound, gains and fades are not in it" in capsys.readouterr().out
