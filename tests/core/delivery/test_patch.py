from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import av
import numpy as np
import opentimelineio as otio
import pytest

from core.base.timing import FrameRate, format_timecode, parse_timecode
from core.delivery.patch import Cover, Cut, PatchFacts, Stretch, covers, laid_out, write_sound
from core.delivery.patch_timelines import write_timelines
from core.takes.compositor import Patch

RATES = [
    (Fraction(24000, 1001), "01:00:00:00"),
    (Fraction(25), "10:00:00:00"),
    (Fraction(30000, 1001), "00:59:59;28"),
    (Fraction(60000, 1001), "00:00:00:00"),
]


class Boxes:
    """Frames that change."""

    def __init__(self, changed):
        self._changed = set(changed)

    def boxes(self, number):
        return ((0, 0, 2, 2),) if number in self._changed else ()


def test_stretches_hold_what_changes_and_handles_that_the_film_has():
    compositor = Boxes([*range(5, 20), *range(25, 30), *range(60, 62)])
    found = covers(compositor, range(100), range(64), handles=4)
    assert found == [Cover(range(1, 34), range(5, 30), 1), Cover(range(56, 64), range(60, 62), 56)]
    assert covers(Boxes([]), range(100), range(100), handles=0) == []  # above: a short rest is no end


def test_of_a_cut_film_only_what_is_seen_is_covered_where_the_timeline_shows_it():
    found = covers(Boxes(range(100)), range(100), range(40, 50), handles=4, first_frame=7)
    assert found == [Cover(range(40, 50), range(40, 50), 7)]
    assert covers(Boxes([45]), range(100), range(40, 50), handles=2, first_frame=7) == [
        Cover(range(43, 48), range(45, 46), 10)
    ]


def test_a_patch_is_empty_where_the_film_shows():
    alpha = np.array([[0, 0.5], [1, 1]], np.float32)
    picture = laid_out(Patch((2, 1, 4, 3), np.full((2, 2, 3), 200, np.uint8), alpha), (0, 0, 6, 4))
    assert picture.shape == (4, 6, 4)
    assert picture[1, 2].tolist() == [0, 0, 0, 0]
    assert picture[1, 3].tolist() == [200, 200, 200, 128]
    assert picture[2, 2].tolist() == [200, 200, 200, 255]
    assert picture.astype(int).sum() == 3 * 600 + 128 + 2 * 255


def facts(rate, start, kind="prores4444", *, cropped=False):
    suffix = {"prores4444": ".mov", "ffv1": ".mkv", "png": ""}[kind]
    count = FrameRate(rate)
    timecodes = [
        format_timecode(parse_timecode(start, count) + frame, count, drop_frame=";" in start)
        for frame in (10, 50)
    ]
    box = (200, 100, 64, 48) if cropped else (0, 0, 640, 360)
    clips = (
        Stretch(f"a.patch01{suffix}", 10, 20, timecodes[0], (10, 29), box),
        Stretch(f"a.patch02{suffix}", 50, 5, timecodes[1], (50, 54), box),
    )
    cuts = (Cut("/films/a.mov", 0, 100, 0, 100, start, has_sound=True),)
    return PatchFacts(
        "/films/a.mov", 640, 360, str(rate), 100, start, ";" in start, "a.dub.wav", kind, clips, cuts, cropped
    )  # fmt: skip


@pytest.mark.parametrize(("rate", "start"), RATES)
@pytest.mark.parametrize("suffix", [".otio", ".xml"])
def test_timelines_place_each_clip_on_its_frame(tmp_path, rate, start, suffix):
    names = write_timelines(facts(rate, start), tmp_path, [(12, "Weak sync 0.31")], into=tmp_path)
    assert names == ("a.otio", "a.xml", "a.edl", "a.mlt", "a.kdenlive")

    timeline = otio.adapters.read_from_file(str(tmp_path / f"a{suffix}"))
    if isinstance(timeline, otio.schema.SerializableCollection):
        timeline = timeline[0]
    film, lips = timeline.video_tracks()
    first = parse_timecode(start, FrameRate(rate))
    assert round(timeline.global_start_time.to_frames()) == first
    (whole,) = film.find_clips()
    assert whole.trimmed_range().duration.to_frames() == 100
    clips = list(lips.find_clips())
    starts = [round(clip.range_in_parent().start_time.to_frames()) for clip in clips]
    assert starts == [10, 50]
    assert [clip.trimmed_range().duration.to_frames() for clip in clips] == [20, 5]
    assert (
        Path(clips[0].media_reference.target_url.removeprefix("file://").removeprefix("localhost")).name
        == "a.patch01.mov"
    )
    text = (tmp_path / "a.xml").read_text()
    assert ("<displayformat>DF</displayformat>" in text) == (";" in start)
    assert "Weak sync 0.31" in text


def test_the_edl_holds_the_film_alone(tmp_path):
    write_timelines(facts(Fraction(25), "10:00:00:00"), tmp_path, [], into=tmp_path)
    text = (tmp_path / "a.edl").read_text()
    assert text.count("FROM CLIP NAME") == 1
    assert "10:00:00:00 10:00:04:00" in text


def test_pictures_are_named_by_the_timecode_frames_they_count_from(tmp_path):
    write_timelines(facts(Fraction(25), "00:00:10:00", "png"), tmp_path, [], into=tmp_path)
    timeline = otio.adapters.read_from_file(str(tmp_path / "a.otio"))
    clip = next(iter(timeline.video_tracks()[1].find_clips()))
    assert clip.media_reference.target_url_for_image_number(0).endswith("a.patch01/a.patch01.0000260.png")


class Tone:
    rate, layout, bits = 48000, "stereo", 0

    def blocks(self):
        yield np.linspace(-1, 1, 4800, dtype=np.float32).reshape(-1, 2)
        yield np.zeros((100, 2), np.float32)


def test_the_sound_carries_its_time_stamp_and_every_sample(tmp_path):
    write_sound(path := tmp_path / "a.wav", Tone(), Fraction(3600))
    with av.open(str(path)) as container:
        assert int(container.metadata["time_reference"]) == 3600 * 48000
        samples = np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in container.decode(audio=0)])
    assert np.array_equal(samples, np.concatenate(list(Tone().blocks())))


def test_kdenlive_finds_the_films_sound_muted_below_the_pictures_and_the_dub_under_it(tmp_path):
    """As its window shows it: it numbers sound tracks downwards from the pictures, and reads inside of a track whether it is muted."""
    write_timelines(facts(Fraction(25), "00:00:00:00"), tmp_path, [], into=tmp_path)
    root = ElementTree.parse(tmp_path / "a.kdenlive").getroot()
    tracks = {each.get("id"): each for each in root.iter("tractor")}
    names = [each.get("producer") for each in tracks["timeline"].findall("track")][1:]
    heard = []
    for name in names[:2]:
        inner = tracks[name].findall("track")
        playlist = next(each for each in root.iter("playlist") if each.get("id") == inner[0].get("producer"))
        producer = playlist.find("entry").get("producer")
        resource = next(
            p.findtext("property[@name='resource']") for p in root.iter("producer") if p.get("id") == producer
        )
        heard.append((Path(resource).name, {each.get("hide") for each in inner}))
    assert heard == [("a.dub.wav", {"video"}), ("a.mov", {"both"})]
