"""Projects of Kdenlive: of the old kind with one timeline, of the new kind with sequences, and what is named instead of taken."""

from fractions import Fraction as F

import pytest

from core.base.errors import ProjectError
from core.project.media_facts import Found
from core.timelines.reading import read_timeline
from tests.core.project.conftest import facts

PROFILE = '<profile width="640" height="360" frame_rate_num="30000" frame_rate_den="1001"/>'


def producer(name, resource, service="avformat", more=""):
    return (
        f'<producer id="{name}" in="0" out="599"><property name="resource">{resource}</property>'
        f'<property name="mlt_service">{service}</property><property name="length">600</property>{more}</producer>'
    )


def entry(name, first, last, more=""):
    return f'<entry producer="{name}" in="{first}" out="{last}">{more}</entry>'


def playlist(name, *items):
    return f'<playlist id="{name}">{"".join(items)}</playlist>'


def track(name, *playlists, is_sound=False, more=""):
    about = '<property name="kdenlive:audio_track">1</property>' if is_sound else ""
    inner = "".join(f'<track hide="audio" producer="{each}"/>' for each in playlists)
    return f'<tractor id="{name}">{about}{inner}{more}</tractor>'


def old(folder, body, tracks, guides="[]"):
    path = folder / "old.kdenlive"
    path.write_text(
        f'<mlt root="{folder}">{PROFILE}<playlist id="main_bin">'
        f'<property name="kdenlive:docproperties.guides">{guides}</property></playlist>'
        '<producer id="black_track"/>'
        f'{body}<tractor id="main" global_feed="1"><track producer="black_track"/>{tracks}</tractor></mlt>'
    )
    return path


def film(path):
    return Found(
        "audio" if path.suffix == ".wav" else "video",
        facts(20, None if path.suffix == ".wav" else F(30000, 1001)),
    )


def taken(imported):
    rate = F(30000, 1001)
    return [
        (c.lane, round(c.range.start * rate), round(c.range.duration * rate), round(c.offset * rate))
        for c in imported.project.clips
    ]


def test_cuts_gaps_guides_and_sounds_of_a_project_are_taken(tmp_path):
    body = (
        producer("a", "film.mp4") + producer("b", "/elsewhere/dub.wav")
        + playlist("p", entry("a", 100, 149), '<blank length="00:00:01.001"/>', entry("a", "00:00:00.000", "00:00:00.634"))
        + playlist("q", '<blank length="10"/>', entry("b", 0, 99))
        + track("t0", "q", is_sound=True) + track("t1", "p")
    )  # fmt: skip
    tracks = '<track producer="t0"/><track producer="t1"/>'
    guides = '[{"comment": "Weak sync 0.31", "pos": 42, "type": 6}]'
    imported = read_timeline(old(tmp_path, body, tracks, guides), film)
    assert sorted(taken(imported)) == [("A2", 10, 100, 0), ("V1", 0, 50, 100), ("V1", 80, 20, 0)]
    assert {medium.path for medium in imported.project.media} == {
        str(tmp_path / "film.mp4"),
        "/elsewhere/dub.wav",
    }
    (marker,) = imported.project.markers
    assert (marker.time, marker.note, marker.colour) == (F(42 * 1001, 30000), "Weak sync 0.31", "red")
    assert imported.project.sequence.rate.value == F(30000, 1001)


def test_a_new_project_shows_the_sequence_that_was_open_with_sequences_in_it(tmp_path):
    inner = '<tractor id="{1}"><property name="kdenlive:clipname">Inner</property><track producer="t0"/></tractor>'
    outer = (
        '<tractor id="{2}"><property name="kdenlive:clipname">Outer</property>'
        '<property name="kdenlive:sequenceproperties.guides">[{"comment": "x", "pos": 5, "type": 3}]</property>'
        '<track producer="black"/><track producer="t1"/></tractor>'
    )
    path = tmp_path / "new.kdenlive"
    path.write_text(
        f"<mlt>{PROFILE}"
        + producer("a", str(tmp_path / "film.mp4"))
        + producer("black", "black", "color", '<property name="kdenlive:playlistid">black_track</property>')
        + playlist("p", entry("a", 200, 299))
        + track("t0", "p")
        + inner
        + playlist("q", '<blank length="7"/>', entry("{1}", 20, 39))
        + track("t1", "q")
        + outer
        + '<playlist id="main_bin"/><tractor id="last"><property name="kdenlive:projectTractor">1</property>'
        '<track producer="{2}"/></tractor></mlt>'
    )
    imported = read_timeline(path, film)
    assert imported.project.name == "Outer"
    assert taken(imported) == [("V1", 7, 20, 220)]
    assert len(imported.project.markers) == 1


def test_what_cannot_be_taken_is_named(tmp_path):
    blur = '<filter><property name="kdenlive_id">box_blur</property></filter>'
    own = '<filter><property name="mlt_service">volume</property><property name="internal_added">237</property></filter>'
    body = (
        producer("a", "film.mp4") + producer("slow", "0.5:film.mp4", "timewarp") + producer("t", "", "kdenlivetitle")
        + producer("s", "still.png", "qimage") + producer("n", "shots/.all.png", "qimage")
        + playlist("p", entry("a", 0, 49, blur + own), entry("slow", 60, 99), entry("t", 0, 9), entry("s", 0, 9), entry("n", 0, 9))
        + playlist("off", entry("a", 0, 9))
        + track("t0", "p") + track("t1", "off")
    )  # fmt: skip
    imported = read_timeline(
        old(tmp_path, body, '<track producer="t0"/><track producer="t1" hide="both"/>'), film
    )
    assert taken(imported) == [("V1", 0, 50, 0), ("V1", 50, 40, 30)]
    notes = "\n".join(imported.notes)
    for words in ("box_blur", "50 %", "made pictures", "Still pictures", "single pictures", "switched off"):
        assert words in notes
    assert "volume" not in notes


@pytest.mark.parametrize(
    "text", ["<mlt/>", "<html></html>", f"<mlt>{PROFILE}</mlt>", f'<mlt>{PROFILE}<tractor id="a"><track producer="a"/></tractor></mlt>', "x"]
)  # fmt: skip
def test_what_is_no_project_is_refused_in_one_sentence(tmp_path, text):
    path = tmp_path / "x.kdenlive"
    path.write_text(text)
    with pytest.raises(ProjectError, match=r"x\.kdenlive"):
        read_timeline(path, film)
