"""Timelines of other programs and of strangers: taken as they are seen, everything dropped is named, nothing stops the program."""

import json
import os
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import opentimelineio as otio
import pytest

from core.base import confined
from core.base.errors import MediaError, ProjectError
from core.base.timing import FrameRate
from core.project import edits, file
from core.project.media_facts import Found, probe_media
from core.project.media_items import MediaFacts
from core.timelines.reading import read_timeline
from core.timelines.writing import edl, write_timeline
from tests.core.project.conftest import base_project, facts

pytestmark = pytest.mark.slow

FAILING = Path(__file__).resolve().parents[4] / "shared" / "failing"
RATE = 25


def span(start, frames, rate=RATE):
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(frames, rate)
    )


def clip(name, frames=50, start=0, url="film.mp4", **more):
    return otio.schema.Clip(
        name, otio.schema.ExternalReference(url, span(0, 500)), span(start, frames), **more
    )


def track(*items, kind="Video", **more):
    return otio.schema.Track("", list(items), kind=kind, **more)


def written(path, *tracks):
    timeline = otio.schema.Timeline("Theirs")
    timeline.tracks.extend(tracks)
    otio.adapters.write_to_file(timeline, str(path))
    return path


def film_alone(rate=F(25)):
    """The base project without its dub, so that the film's own sound is heard."""
    project = base_project(rate)
    return edits.delete_items(project, [project.items_on("A2")[0].id]).project


def every_film(path):
    """A probe to which every name is a film of 20 s."""
    return Found("video", facts(20, F(25)))


def no_file(path):
    raise MediaError(f"{path} is not there.")


def cuts(imported):
    names = {medium.id: medium.name for medium in imported.project.media}
    return [
        (names[c.media], c.range.start * 25, c.range.end * 25, c.offset * 25)
        for c in imported.project.video_clips
    ]


def taken(path, probe=every_film, **more):
    imported = read_timeline(path, probe, **more)
    assert file.loads(file.dumps(imported.project)) == imported.project
    return imported


# --- what is seen is taken ------------------------------------------------------------------------------------------


def test_nested_sequences_are_taken_apart_with_what_is_cut_off_them(tmp_path):
    inner = otio.schema.Stack(
        "scene", [track(clip("a", 40), clip("b", 40, start=100, url="b.mp4"))], source_range=span(20, 50)
    )
    path = written(tmp_path / "n.otio", track(clip("first", 10), inner, clip("last", 10, url="b.mp4")))
    assert cuts(taken(path)) == [
        ("film.mp4", 0, 10, 0),
        ("film.mp4", 10, 30, 20),
        ("b.mp4", 30, 60, 100),
        ("b.mp4", 60, 70, 0),
    ]


def test_upper_tracks_cover_lower_ones_and_that_is_named(tmp_path):
    gap = otio.schema.Gap(source_range=span(0, 20))
    path = written(tmp_path / "v.otio", track(clip("low", 60)), track(gap, clip("high", 10, url="b.mp4")))
    imported = taken(path)
    assert cuts(imported) == [("film.mp4", 0, 20, 0), ("b.mp4", 20, 30, 0), ("film.mp4", 30, 60, 30)]
    assert imported.notes == [
        "Where picture tracks lie over each other the upper one is shown (V2 00:00:00:20 “high” over “low”)."
    ]


def test_what_is_switched_off_is_left_out_and_named(tmp_path):
    off = clip("off", 25)
    off.enabled = False
    dark = track(clip("never", 25, url="b.mp4"))
    dark.enabled = False
    path = written(tmp_path / "e.otio", track(off, clip("on", 25)), dark)
    imported = taken(path)
    assert cuts(imported) == [("film.mp4", 25, 50, 0)]
    assert imported.notes == [
        "Clips that are switched off are left out (V1 00:00:00:00 “off”).",
        "Tracks that are switched off are left out (V2 00:00:00:00).",
    ]


def test_a_final_cut_file_says_what_is_switched_off(tmp_path):
    project = film_alone()
    project = edits.split_items(project, [project.video_clips[0].id], F(2)).project
    path = tmp_path / "cut.xml"
    write_timeline(project, path)
    text = path.read_text()
    assert text.count("<out>50</out>") == 2  # picture and sound
    path.write_text(text.replace("<out>50</out>", "<out>50</out><enabled>FALSE</enabled>", 1))
    imported = taken(path, no_file)
    assert [clip.range.start for clip in imported.project.video_clips] == [2]
    assert imported.notes[0] == "Clips that are switched off are left out (V1 00:00:00:00 “film”)."


@pytest.mark.parametrize(
    ("item", "note"),
    [
        (clip("title.png", 50, url="title.png"), "Still pictures are left out (V1 00:00:01:00 “title.png”, 2.00 s)."),
        (
            otio.schema.Clip("t", otio.schema.GeneratorReference("t", "Text"), span(0, 50)),
            "Titles, colours and other made pictures are left out (V1 00:00:01:00 “t”).",
        ),
        (
            otio.schema.Clip("s", otio.schema.ImageSequenceReference("file:///seq/", rate=25), span(0, 50)),
            "Films that lie as single pictures are left out; join them into one file first (V1 00:00:01:00 “s”).",
        ),
        (
            otio.schema.Clip("x", otio.schema.MissingReference(), span(0, 50)),
            "Clips that name no file are left out (V1 00:00:01:00 “x”).",
        ),
        (clip("beyond", 50, start=600), "Clips that lie outside their files are left out (V1 00:00:01:00 “beyond”)."),
        (clip("gone", 50, url="http://example.org/f.mp4"), "Clips that name no file are left out (V1 00:00:01:00 “gone”)."),
        (clip("odd", 50, url="file://[x"), "Clips that name no file are left out (V1 00:00:01:00 “odd”)."),
    ],
)  # fmt: skip
def test_everything_left_out_is_named_with_its_place_and_leaves_a_gap(tmp_path, item, note):
    path = written(tmp_path / "s.otio", track(clip("a", 25), item, clip("b", 25)))
    imported = taken(path)
    assert cuts(imported) == [("film.mp4", 0, 25, 0), ("film.mp4", 75, 100, 0)]
    assert note in imported.notes


def test_effects_speeds_and_shortened_clips_are_named(tmp_path):
    slow, frozen, graded = clip("slow"), clip("frozen"), clip("graded")
    slow.effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))
    frozen.effects.append(otio.schema.FreezeFrame())
    graded.effects.append(otio.schema.Effect(effect_name="Colour"))
    long = clip("long", 100, start=450)
    path = written(tmp_path / "fx.otio", track(slow, frozen, graded, long))
    imported = taken(path)
    assert cuts(imported)[-1] == ("film.mp4", 150, 200, 450)
    assert imported.notes == [
        "Clips at another speed play at their own here (V1 00:00:00:00 “slow”, 50 %).",
        "Frozen pictures move here (V1 00:00:02:00 “frozen”).",
        "Effects are left out (V1 00:00:04:00 “graded”: Colour).",
        "Clips that are longer than their files end with them (V1 00:00:06:00 “long”, 2.00 s shorter).",
    ]


def test_sound_that_left_its_picture_is_named_and_other_sound_is_taken(tmp_path):
    def sound_or_film(path):
        return Found("audio", facts(20)) if path.suffix == ".wav" else every_film(path)

    own = clip("own", 50)
    early = clip("early", 25, start=200)
    voice = clip("voice", 30, start=5, url="voice.wav")
    path = written(
        tmp_path / "a.otio", track(clip("a", 50)), track(own, early, kind="Audio"), track(voice, kind="Audio")
    )
    imported = taken(path, sound_or_film)
    assert [(c.lane, c.range.start * 25, c.offset * 25) for c in imported.project.clips] == [
        ("A2", 0, 5),
        ("V1", 0, 0),
    ]
    assert imported.notes == [
        "A film's own sound follows its picture; where it was cut apart from it, it is left out (A1 00:00:02:00 “early”)."
    ]


def test_pictures_whose_sound_was_taken_off_or_ends_sooner_are_named(tmp_path):
    whole, cut, mute = clip("whole", 50), clip("cut", 50, start=100), clip("mute", 25, start=200)
    sounds = track(clip("whole", 50), clip("cut", 30, start=100), kind="Audio")
    imported = taken(written(tmp_path / "a.otio", track(whole, cut, mute), sounds))
    assert imported.notes == [
        "A film's own sound follows its picture; where it was taken off or ends sooner, it is heard "
        "(V1 00:00:02:00 “cut”, V1 00:00:04:00 “mute”)."
    ]
    # A timeline without any sound says nothing of it.
    assert taken(written(tmp_path / "b.otio", track(clip("whole", 50)))).notes == []


def test_many_places_are_counted(tmp_path):
    stills = [clip(f"{n}", 25, url=f"{n}.png") for n in range(20)]
    imported = taken(written(tmp_path / "m.otio", track(clip("a", 25), *stills)))
    assert imported.notes[0].endswith("“11”, 1.00 s and 8 more).")


# --- only media are opened ------------------------------------------------------------------------------------------


def test_only_media_are_ever_opened(tmp_path):
    asked = []

    def probe(path):
        asked.append(path)
        return every_film(path)

    (tmp_path / "notes.txt").write_text("secret")
    os.mkfifo(tmp_path / "pipe.mp4")
    names = (
        "/etc/passwd",
        "notes.txt",
        "pipe.mp4",
        "../../../etc/shadow",
        "",
        "/dev/zero",
        "film\0.mp4",
        "a.mp4",
    )
    clips = [clip(f"c{i}", 25, url=name) for i, name in enumerate(names)]
    imported = taken(written(tmp_path / "evil.otio", track(*clips)), probe)
    assert {path.name for path in asked} <= {"a.mp4", "pipe.mp4"}
    assert [note for note in imported.notes if "neither film nor sound" in note]
    with pytest.raises(MediaError):
        probe_media(tmp_path / "pipe.mp4")


def test_a_film_that_moved_is_found_beside_the_timeline_and_among_the_known(tmp_path):
    (tmp_path / "take [1].mov").write_bytes(b"x")
    path = written(
        tmp_path / "t.otio",
        track(clip("a", 25, url="file:///C:/Films/take%20[1].mov"), clip("b", 25, url="/old/film")),
    )
    known = base_project().media
    imported = taken(path, known=known)
    assert [medium.path for medium in imported.project.media] == [
        str(tmp_path / "take [1].mov"),
        "/media/film",
    ]


# --- EDLs -----------------------------------------------------------------------------------------------------------

EVENT = "{n:03d}  {reel:8} V     C        {a} {b} {c} {d}\n* FROM CLIP NAME:  {name}\n"


def write_edl(path, *events, fcm="NON-DROP FRAME"):
    lines = [f"TITLE: Theirs\nFCM: {fcm}\n"]
    lines += [
        EVENT.format(n=n, reel="AX", a=a, b=b, c=c, d=d, name=name)
        for n, (name, a, b, c, d) in enumerate(events, 1)
    ]
    path.write_text("".join(lines))
    return path


def film_at(rate):
    return lambda path: Found("video", MediaFacts(F(7200), 640, 360, FrameRate(rate), 100))


def test_an_edl_is_read_at_the_rate_its_timecodes_and_films_allow(tmp_path):
    (tmp_path / "a.mov").write_bytes(b"x")
    path = write_edl(tmp_path / "x.edl", ("a", "00:00:01:00", "00:00:02:24", "01:00:00:00", "01:00:01:24"))
    imported = taken(path, film_at(F(25)))
    assert imported.project.sequence.rate.value == 25
    assert imported.project.sequence.start_frame == 90000
    (cut,) = imported.project.video_clips
    assert (cut.range.start, cut.range.end, cut.offset) == (0, F(49, 25), 1)
    assert taken(path, film_at(F(30000, 1001))).project.sequence.rate.value == F(30000, 1001)
    assumed = taken(path, film_at(F(24)))  # frame 24 does not exist at that rate
    assert assumed.project.sequence.rate.value == 25
    assert (
        assumed.notes[0]
        == "The EDL does not say its frame rate: 25 is assumed; its highest frame number is 24."
    )
    assert taken(path, film_at(F(24)), rate=FrameRate(F(50))).project.sequence.rate.value == 50


def test_an_edl_that_could_be_any_rate_asks(tmp_path):
    path = write_edl(
        tmp_path / "x.edl", ("a.mov", "00:00:01:00", "00:00:02:10", "01:00:00:00", "01:00:01:10")
    )
    with pytest.raises(ProjectError, match="--rate"):
        read_timeline(path, no_file)
    imported = taken(path, no_file, rate=FrameRate(F(25)))
    assert [(medium.name, medium.kind) for medium in imported.project.media] == [("a.mov", "video")]


def test_clips_of_an_edl_whose_files_are_nowhere_keep_their_cuts(tmp_path):
    path = write_edl(
        tmp_path / "x.edl",
        ("shot 7", "10:00:05:00", "10:00:06:24", "01:00:00:00", "01:00:01:24"),
        ("shot 7", "10:00:01:00", "10:00:02:00", "01:00:01:24", "01:00:02:24"),
    )
    imported = taken(path, no_file)
    (medium,) = imported.project.media
    assert (medium.name, medium.kind, medium.facts.start_timecode) == ("shot 7", "video", 25 * 36001)
    assert [(c.range.start * 25, c.offset * 25) for c in imported.project.video_clips] == [(0, 100), (49, 0)]
    assert "Files that were not found are kept as missing (shot 7)." in imported.notes


@pytest.mark.parametrize("separator", [":", ";"])
def test_drop_frame_is_taken_from_the_fcm_line(tmp_path, separator):
    (tmp_path / "a.mov").write_bytes(b"x")
    times = ("00:00:00{0}00", "00:01:00{0}02", "01:00:00{0}00", "01:01:00{0}02")
    path = write_edl(tmp_path / "x.edl", ("a", *(t.format(separator) for t in times)), fcm="DROP FRAME")
    imported = taken(path, film_at(F(30000, 1001)))
    assert imported.project.sequence.drop_frame
    (cut,) = imported.project.video_clips
    assert cut.range.duration * F(30000, 1001) == 1800


def test_edls_say_how_they_count_and_where_they_begin(tmp_path):
    rate = F(30000, 1001)
    project = base_project(rate)
    assert project.sequence.drop_frame
    text = edl(project)
    assert "\nFCM: DROP FRAME\n" in text
    assert "00:00:00;00" in text
    project = replace(project, sequence=replace(project.sequence, drop_frame=False, start_frame=108000))
    text = edl(project)
    assert "\nFCM: NON-DROP FRAME\n" in text
    assert " 01:00:00:00 01:00:59:28\n" in text
    assert ";" not in text
    write_timeline(project, tmp_path / "x.edl")
    back = taken(tmp_path / "x.edl", film_at(rate), known=project.media).project
    assert back.sequence == project.sequence


def test_source_and_record_that_disagree_are_named(tmp_path):
    path = write_edl(
        tmp_path / "x.edl",
        ("a.mov", "00:00:01:00", "00:00:02:24", "01:00:00:00", "01:00:01:00"),
        ("a.mov", "00:00:05:00", "00:00:06:00", "01:00:01:00", "01:00:02:00"),
    )
    assert any("record times do not agree" in note for note in taken(path, no_file).notes)


# --- Final Cut ------------------------------------------------------------------------------------------------------


def test_final_cut_xml_is_whole(tmp_path):
    """Drop-frame is written as such, no clip is an empty reference to an equal one, and no rate is there twice."""
    from xml.etree import ElementTree as ET

    project = film_alone(F(30000, 1001))
    project = edits.add_clip(project, project.media[3].id, F(70), lane="A2").project
    write_timeline(project, tmp_path / "x.xml")
    tree = ET.parse(tmp_path / "x.xml")
    assert [item.text for item in tree.iterfind(".//sequence/timecode/displayformat")] == ["DF"]
    items = list(tree.iter("clipitem"))
    assert len(items) == 3  # the film, its sound, the dub
    assert all(len(item.findall("rate")) == 1 and item.find("start") is not None for item in items)
    assert [item.findtext("sourcetrack/mediatype") for item in items] == [None, "audio", "audio"]


FCPXML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.9"><resources>
<format id="r1" frameDuration="1001/30000s" width="640" height="360"/>
<asset id="r2" name="a" src="file:///films/a.mov" start="0s" duration="300300/30000s" hasVideo="1" format="r1"/>
</resources><library><event name="E"><project name="Cut"><sequence format="r1" duration="90090/30000s"><spine>
<asset-clip ref="r2" name="a" offset="0s" start="1001/30000s" duration="29029/30000s" format="r1"/>
<asset-clip ref="r2" name="off" offset="29029/30000s" start="0s" duration="1001/30000s" format="r1" enabled="0"/>
<asset-clip ref="r2" name="b" offset="30030/30000s" start="60060/30000s" duration="29029/30000s" format="r1"/>
<title ref="r9" name="Hello" offset="0s" duration="1001/30000s"/>
</spine></sequence></project></event></library></fcpxml>
"""


def test_final_cut_pro_x_is_read_to_the_frame(tmp_path):
    path = tmp_path / "cut.fcpxml"
    path.write_text(FCPXML)
    imported = taken(path, no_file)
    rate = F(30000, 1001)
    assert imported.project.sequence.rate.value == rate
    assert [
        (c.range.start * rate, c.range.end * rate, c.offset * rate) for c in imported.project.video_clips
    ] == [
        (0, 29, 1),
        (30, 59, 60),
    ]
    assert "Clips that are switched off are left out (V1 00:00:00;29 “off”)." in imported.notes
    assert "Titles are left out (“Hello”)." in imported.notes


# --- strangers ------------------------------------------------------------------------------------------------------

TIME = {"OTIO_SCHEMA": "RationalTime.1"}


def otio_file(path, start):
    timeline = json.loads(
        otio.adapters.write_to_string(otio.schema.Timeline("x", tracks=[track(clip("a"))]), "otio_json")
    )
    timeline["global_start_time"] = start
    path.write_text(json.dumps(timeline))
    return path


@pytest.mark.parametrize(
    "content",
    [
        "", "5", "null", "[]", '"x"', '{"OTIO_SCHEMA":"Evil.1","x":1}', "{" * 5000, "[" * 200_000, '{"OTIO_SCHEMA": "Timeline.99"}',
        '{"OTIO_SCHEMA": "Timeline.1", "tracks": 7}', '{"OTIO_SCHEMA": "Timeline.1", "tracks": null}', "\ud800",
    ],
    ids=lambda text: ascii(text)[:20],
)  # fmt: skip
def test_odd_files_are_refused_in_one_sentence(tmp_path, content):
    path = tmp_path / "odd.otio"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(ProjectError) as caught:
        read_timeline(path, no_file)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize(
    ("value", "rate"),
    [(0, 0), (1, -25), (1, 1e-300), (1e300, 25), (1, 1e300), ("NaN", 25), (1, "NaN"), ("Infinity", 25)],
)
def test_times_that_are_none_are_refused(tmp_path, value, rate):
    path = otio_file(tmp_path / "t.otio", {**TIME, "value": 7.5, "rate": 8.5})
    text = path.read_text().replace("7.5", str(value)).replace("8.5", str(rate))
    path.write_text(text)
    with pytest.raises(ProjectError):
        read_timeline(path, no_file)


@pytest.mark.parametrize("name", ["x.xml", "x.fcpxml", "x.edl"])
@pytest.mark.parametrize(
    "content", ["", "<xmeml>", "<xmeml/>", "<a>" * 100_000, "\0\0\0", "001  A V C 0 0 0 0\n", "é" * 9]
)
def test_other_formats_are_refused_too(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="latin-1")
    with pytest.raises(ProjectError):
        read_timeline(tmp_path / name, no_file)


def test_a_billion_laughs_cost_a_sentence(tmp_path):
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    (tmp_path / "x.xml").write_text(f'<!DOCTYPE x [<!ENTITY l0 "ha">{entities}]><xmeml>&l9;</xmeml>')
    with pytest.raises(ProjectError):
        read_timeline(tmp_path / "x.xml", no_file)


@pytest.mark.parametrize("name", ["missing.otio", ".", "folder.otio"])
def test_what_is_no_file_is_refused(tmp_path, name):
    (tmp_path / "folder.otio").mkdir()
    with pytest.raises(ProjectError):
        read_timeline(tmp_path / name, no_file)


@pytest.mark.parametrize("name", ["i7", "i10", "i13", "i5_deep", "i109"])
def test_files_that_once_broke_the_program(name):
    path = FAILING / f"{name}.otio"
    if not path.is_file():
        pytest.skip("kept aside: their like is made above")
    with pytest.raises(ProjectError):
        read_timeline(path, no_file)


# --- the child ------------------------------------------------------------------------------------------------------


def child(tmp_path, monkeypatch, body):
    (tmp_path / "a_child.py").write_text(body)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "a_child"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "stops its reader"),
        ("while True: pass", "too long|stops its reader"),
        ("import time; time.sleep(1000)", "too long"),
        ("x = []\nwhile True: x.append(bytearray(2**24))", "memory"),
        ("import sys; sys.exit(7)", "stops its reader"),
    ],
)
def test_a_child_that_dies_hangs_or_grows_ends_in_one_sentence(tmp_path, monkeypatch, body, why):
    with pytest.raises(confined.Stopped, match=why):
        confined.run(child(tmp_path, monkeypatch, body), [], seconds=2, megabytes=400)


def test_a_child_gives_back_bytes_or_says_why_not(tmp_path, monkeypatch):
    name = child(
        tmp_path,
        monkeypatch,
        "import sys\nfrom core.base import confined\nif sys.argv[1] == 'no': confined.refuse('is\\n odd')\nprint(sys.argv[1])",
    )
    assert confined.run(name, ["fine"]).strip() == b"fine"
    with pytest.raises(confined.Refused, match=r"^is odd$"):
        confined.run(name, ["no"])
