"""Gains, fades, lanes, ducking and the background: what the plan says, and that playback hears what is exported."""

import wave
from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest

from core.base.errors import ProjectError
from core.base.timing import FrameRate, TimeRange
from core.delivery.mix import Mix
from core.engine.runner import Engine
from core.jobs.cancel import CancelToken
from core.jobs.events import Done, JobId
from core.media.audio import AudioReader
from core.project import content_edits, edits
from core.project.edits import SegmentDraft
from core.project.export_plan import export_request
from core.project.file import dumps, loads
from core.project.ids import LaneId
from core.project.media_items import MediaFacts
from core.project.model import Project
from core.project.sound import level_at, sound_parts, sound_plan
from core.takes.chunk_cache import ChunkCache
from tests.clips import CLIPS, make_clip
from tests.core.project.conftest import base_project

RATE = 48000
A1, A2, A3 = LaneId("A1"), LaneId("A2"), LaneId("A3")


def span(start, end):
    return TimeRange(F(start), F(end))


def with_segments(*ranges):
    project = base_project()
    drafts = [SegmentDraft(span(a, b), project.media[2].id, F(a), project.people[0].id) for a, b in ranges]
    return edits.add_segments(project, drafts).project


def level(project, media, t):
    return sum(level_at(each, F(t)) for each in sound_plan(project) if each.media == project.media[media].id)


def test_gain_and_fades_of_a_segment_are_heard_and_split_with_it():
    project = with_segments((10, 14))
    (segment,) = project.segments
    project = content_edits.set_sound(
        project, [segment.id], gain_db=-6.0, fade_in=F(1), fade_out=F(2)
    ).project
    full = 10 ** (-6 / 20)
    assert level(project, 2, 10) == 0
    assert level(project, 2, "10.5") == pytest.approx(full / 2)
    assert level(project, 2, "11.5") == pytest.approx(full)
    assert level(project, 2, 13) == pytest.approx(full / 2)
    project = edits.split_items(project, [segment.id], F(11)).project
    assert [(s.fade_in, s.fade_out) for s in project.segments] == [(1, 0), (0, 2)]
    assert level(project, 2, "10.5") == pytest.approx(full / 2)
    assert level(project, 2, 11) == pytest.approx(full)


def test_fades_longer_than_the_item_meet_inside_it():
    project = with_segments((10, 14))
    project = content_edits.set_sound(project, [project.segments[0].id], fade_in=F(9), fade_out=F(3)).project
    assert level(project, 2, 13) == pytest.approx(1)
    assert level(project, 2, "13.5") == pytest.approx(0.5)


def test_under_the_dub_the_films_sound_is_silent_or_as_low_as_asked_for():
    project = with_segments((10, 14), (20, 22))
    assert level(project, 0, 12) == 0
    project = content_edits.set_under_dub(project, -12.0).project
    low = 10 ** (-12 / 20)
    assert level(project, 0, 12) == pytest.approx(low)
    assert level(project, 0, 17) == 1
    assert low < level(project, 0, "14.1") < 1
    assert low < level(project, 0, "19.9") < 1
    assert level(project, 0, 21) == pytest.approx(low)
    muted = content_edits.set_segments(project, [project.segments[0].id], muted=True).project
    assert level(muted, 0, 12) == 1  # nothing is heard there that it would have to give way to


def test_a_recording_without_segments_lowers_the_film_all_along():
    project = content_edits.set_under_dub(base_project(), -20.0).project
    assert level(project, 0, 30) == pytest.approx(0.1)


def test_lanes_are_muted_soloed_and_turned_up():
    project = with_segments((10, 14))
    person = project.segments[0].lane
    muted = content_edits.set_lane_sound(project, person, muted=True).project
    assert level(muted, 2, 12) == 0
    assert level(muted, 0, 12) == 0  # another lane stays as it was
    louder = content_edits.set_lane_sound(project, person, gain_db=6.0).project
    assert level(louder, 2, 12) == pytest.approx(10 ** (6 / 20))
    solo = content_edits.set_lane_sound(project, A1, solo=True).project
    assert {each.lane for each in sound_plan(solo)} <= {A1}
    back = content_edits.set_lane_sound(solo, A1, solo=False).project
    assert back.lane_sounds == ()
    assert sound_plan(back) == sound_plan(project)


def test_background_is_heard_over_the_film_and_under_the_dub():
    project = with_segments((10, 14))
    facts = MediaFacts(F(60), audio_channels=2, sample_rate=48000)
    project = content_edits.add_media(project, "audio", "/music.wav", "music.wav", facts).project
    project = edits.add_clip(project, project.media[-1].id, F(0), lane=A3).project
    assert level(project, -1, 12) == 0
    project = content_edits.set_lane_sound(project, A3, role="background", gain_db=-6.0).project
    for t in (5, 12, 40):
        assert level(project, -1, t) == pytest.approx(10 ** (-6 / 20))
    alone = edits.delete_items(project, [c.id for c in project.clips if c.lane == A2]).project
    assert level(alone, 0, 40) == 1  # background is no dub: the film goes on beside it


def test_sound_survives_the_project_file_and_wrong_values_are_named():
    project = with_segments((10, 14))
    project = content_edits.set_sound(project, [project.segments[0].id], gain_db=-3.0, fade_in=F(1, 3)).project
    project = content_edits.set_lane_sound(project, A3, role="background", solo=True).project
    project = content_edits.set_under_dub(project, -9.0).project
    assert loads(dumps(project)) == project
    with pytest.raises(ProjectError, match=r"lane_sounds\[0\]\.role"):
        loads(dumps(project).replace('"background"', '"loud"'))
    far = content_edits.set_sound(project, [project.segments[0].id], gain_db=400.0, fade_in=F(-5)).project
    assert (loads(dumps(far)).segments[0].gain_db, loads(dumps(far)).segments[0].fade_in) == (48.0, 0)


def test_a_film_that_is_all_muted_is_exported_silent_and_a_plain_one_as_it_is(tmp_path):
    project = base_project()
    dubs = [clip.id for clip in project.clips if clip.lane != "V1"]
    project = edits.delete_items(project, dubs).project
    assert export_request(project, tmp_path / "o.mp4", "h264").sound == ()
    quiet = content_edits.set_sound(project, [project.clips[0].id], gain_db=-3.0).project
    (part,) = export_request(quiet, tmp_path / "o.mp4", "h264").sound
    assert part.gain == pytest.approx(10 ** (-3 / 20))
    muted = content_edits.set_lane_sound(project, A1, muted=True).project
    (part,) = export_request(muted, tmp_path / "o.mp4", "h264").sound
    assert part.path is None


@pytest.fixture
def mixed_project(tmp_path):
    """A film, a voice in another rate and music: ducked, faded, turned down, over all of a timeline of two seconds."""
    rng = np.random.default_rng(4)
    film = make_clip(tmp_path / "film.mkv", replace(CLIPS["lossless"], sound_codec="flac"))
    files = {"voice": ("mono44", 44100, 1), "music": ("sound_wav", 48000, 2)}
    for name, (_, rate, channels) in files.items():
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(rate)
            noise = rng.normal(0, 4000, (2 * rate, channels)).cumsum(axis=0) % 8000 - 4000
            file.writeframes(noise.astype("<i2").tobytes())
    project = Project()
    facts = MediaFacts(F(2), 160, 120, FrameRate(F(25)), 50, audio_channels=2, sample_rate=48000)
    project = content_edits.add_media(project, "video", str(film), "film", facts).project
    for name, (_, rate, channels) in files.items():
        sound = MediaFacts(F(2), audio_channels=channels, sample_rate=rate)
        project = content_edits.add_media(project, "audio", str(tmp_path / f"{name}.wav"), name, sound).project
    project = content_edits.add_person(project, "Anna").project
    project = edits.add_clip(project, project.media[0].id, F(0)).project
    project = edits.add_clip(project, project.media[2].id, F(0), lane=A3).project
    draft = SegmentDraft(span("0.4", "1.2"), project.media[1].id, F("0.2"), project.people[0].id)
    project = edits.add_segments(project, [draft]).project
    project = content_edits.set_sound(
        project, [project.segments[0].id], gain_db=-2.0, fade_in=F(1, 10), fade_out=F(1, 5)
    ).project
    project = content_edits.set_lane_sound(project, A3, role="background", gain_db=-8.0).project
    project = content_edits.set_lane_sound(project, A1, gain_db=-1.0).project
    return content_edits.set_under_dub(project, -15.0).project


def test_what_is_heard_is_what_is_exported_sample_by_sample(mixed_project, tmp_path):
    project = mixed_project
    marked = span(0, "1.6")
    parts = sound_parts(project, marked)
    heard = Mix(parts, RATE, "stereo")
    played = np.concatenate([heard.block(n, 2400) for n in range(0, round(1.6 * RATE), 2400)])
    heard.close()
    request = replace(
        export_request(project, tmp_path / "out.mkv", "ffv1", span=marked),
        sound_like=tmp_path / "music.wav",
    )
    *_, last = Engine(ChunkCache(tmp_path / "chunks")).run(request, JobId("x"), CancelToken())
    assert isinstance(last, Done)
    with AudioReader(tmp_path / "out.mkv") as reader:
        assert (reader.rate, reader.layout) == (RATE, "stereo")
        written = np.concatenate(list(reader.blocks(as_float=True)))
    assert written.shape == played.shape
    assert np.abs(played).max() > 0.1
    assert np.abs(written - played).max() <= 2**-23 + 1e-9  # the file has 24 bits
    silent = content_edits.set_lane_sound(project, A3, muted=True).project
    other = Mix(sound_parts(silent, marked), RATE, "stereo")
    assert np.abs(other.block(0, RATE) - played[:RATE]).max() > 0.01
    other.close()
