"""Quality, bit rate, size and sound of finished films, as asked for; refusals and what is told beforehand."""

from fractions import Fraction as F

import pytest

from core.base.errors import SettingsError
from core.base.timing import FrameRate, TimeRange
from core.delivery.encoding import check_encoding, encoded_as, told_beforehand
from core.delivery.export import export as export_film
from core.engine.runner import Engine
from core.jobs.cancel import CancelToken
from core.jobs.events import JobId
from core.media.probe import probe, scan
from core.planning.requests import Encoding, ExportRequest, FilmCut, TimelineRequest
from core.planning.sound_parts import SoundPart
from core.takes.chunk_cache import ChunkCache
from core.takes.film import Film
from tests.fields import combs, woven


@pytest.fixture
def export(tmp_path, clips):
    def render(film="cfr25", picture="h264", suffix=".mp4", **values):
        path = clips(film)
        whole = TimeRange(F(0), F(1))
        output = tmp_path / f"out{len(list(tmp_path.iterdir()))}{suffix}"
        request = TimelineRequest(
            (FilmCut(path, whole, F(0)),), F(1), FrameRate(F(25)), (SoundPart(whole, path),), path, output,
            picture, encoding=Encoding(**values),
        )  # fmt: skip
        list(Engine(ChunkCache(tmp_path / "chunks")).run(request, JobId("x"), CancelToken()))
        return probe(output)

    return render


def test_quality_and_bit_rate_change_the_size_of_the_file(export):
    usual, worse, tiny = export(), export(quality=45), export(bit_rate=100)
    assert worse.size < usual.size
    assert tiny.video.frame_count == worse.video.frame_count == 25
    assert tiny.size < usual.size


def test_the_picture_is_made_smaller_in_its_shape(export):
    info = export(height=60)
    assert info.video.upright_size == (80, 60)
    assert info.video.frame_count == 25


def test_a_turned_film_stays_turned(clips):
    info = probe(clips("rotated"))
    small = encoded_as(info, Encoding(height=80))
    assert small.video.upright_size[1] == 80
    assert small.video.rotation == info.video.rotation
    assert encoded_as(info, Encoding(height=info.video.upright_size[1])) is info


def test_sound_codec_and_channels_are_as_asked_for(export):
    info = export("lossless", "ffv1", ".mkv", audio_codec="pcm", audio_layout="mono")
    assert info.audio[0].codec.startswith("pcm")
    assert info.audio[0].layout == "mono"


@pytest.mark.parametrize(
    ("name", "picture", "values", "words"),
    [
        ("a.mov", "prores", {"quality": 20}, "one quality only"),
        ("a.mp4", "h264", {"quality": 20, "bit_rate": 1000}, "Either"),
        ("a.mp4", "h264", {"quality": 52}, "between 0 and 51"),
        ("a.mp4", "h264", {"bit_rate": 1}, "between 100"),
        ("a.mp4", "h264", {"height": 10}, "between 16"),
        ("a.mp4", "h264", {"audio_codec": "pcm"}, "PCM sound does not go"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(tmp_path, name, picture, values, words):
    with pytest.raises(SettingsError, match=words):
        check_encoding(tmp_path / name, picture, Encoding(**values))


def test_what_is_lost_is_told_before(clips, tmp_path):
    film = clips("surround")
    told = told_beforehand(
        (film,), tmp_path / "o.mp4", "h264", "replace", Encoding(height=60, audio_layout="stereo"), is_whole=True
    )
    assert any("made smaller: 80x60 instead of 160x120" in note for note in told)
    assert any("mixed down from 5.1" in note for note in told)
    assert told_beforehand((clips("cfr25"),), tmp_path / "o.mp4", "h264", "replace", Encoding(), is_whole=True) == ()


def test_a_whole_film_is_encoded_as_asked_for(clips, tmp_path):
    path = clips("cfr25")
    info, index = scan(path, need_video=True)
    film = Film(info, index, analysis=None)  # nobody's lips are made

    def written(name, **values):
        output = tmp_path / name
        request = ExportRequest(path, (), (), None, output, encoding=Encoding(**values))
        list(export_film(request, film, ChunkCache(tmp_path / "chunks"), JobId("x"), CancelToken()))
        return probe(output)

    plain, asked = written("plain.mp4"), written("asked.mp4", quality=40, height=60, audio_layout="mono")
    assert asked.video.upright_size == (80, 60)
    assert asked.video.frame_count == plain.video.frame_count == 50
    assert (plain.audio[0].layout, asked.audio[0].layout) == ("stereo", "mono")
    assert asked.size < plain.size
    assert abs(asked.audio[0].duration - plain.audio[0].duration) < F(1, 10)


def test_a_whole_film_is_deinterlaced_before_it_is_made_smaller(tmp_path):
    path = woven(tmp_path / "in.mov")
    info, index = scan(path, need_video=True)

    def worst(name, **values):
        request = ExportRequest(path, (), (), None, tmp_path / name, encoding=Encoding(height=120, **values))
        film = Film(info, index, analysis=None)  # nobody's lips are made
        list(export_film(request, film, ChunkCache(tmp_path / "chunks"), JobId("x"), CancelToken()))
        return max(combs(request.output))

    assert worst("whole.mp4", deinterlace=True) < 30 < worst("fields.mp4")


def test_what_becomes_of_fields_is_told_before(clips, tmp_path):
    fields, whole = woven(tmp_path / "fields.mov"), clips("cfr25")

    def told(*films, picture="prores", **values):
        notes = told_beforehand(
            films, tmp_path / "o.mov", picture, "replace", Encoding(**values), is_whole=len(films) == 1
        )
        return [note for note in notes if "interlaced" in note]

    assert told(fields) == []
    assert ["its pictures are fitted into others" in note for note in told(fields, height=120)] == [True]
    assert ["HEVC (H.265) cannot say so here" in note for note in told(fields, picture="hevc")] == [True]
    assert ["its pictures are fitted into others" in note for note in told(whole, fields)] == [True]
    assert [note.split(":")[0] for note in told(whole, fields, deinterlace=True)] == [
        "“cfr25.mp4” is not marked as interlaced",
        "“fields.mov” is deinterlaced",
    ]
