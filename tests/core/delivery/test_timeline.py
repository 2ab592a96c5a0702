"""Films put together from stretches of numbered films, read back frame by frame and sample by sample."""

import wave
from dataclasses import replace
from fractions import Fraction as F

import av
import numpy as np
import pytest

from core.base.errors import Cancelled, SettingsError
from core.base.timing import FrameRate, TimeRange
from core.delivery.loudness import measure
from core.delivery.soundtrack import Soundtrack
from core.engine.runner import Engine
from core.jobs.cancel import CancelToken
from core.jobs.events import JobId, Note
from core.jobs.results import FilmWritten
from core.media.audio import AudioReader
from core.media.probe import probe
from core.media.reader import VideoReader
from core.planning.requests import Encoding, FilmCut, TimelineRequest
from core.planning.sound_parts import SoundPart
from core.takes.chunk_cache import ChunkCache
from tests.clips import heard_clicks, number_in
from tests.fields import doubled, woven


def span(start, end):
    return TimeRange(F(start), F(end))


@pytest.fixture
def export(tmp_path):
    """Renders cuts; gives the file and what was told at the end."""

    def render(cuts, rate, *, duration=None, name="out.mkv", picture="ffv1", told=None, **more):
        output = tmp_path / name
        length = duration if duration is not None else cuts[-1].at + cuts[-1].span.duration
        values = {"sound": (), "sound_like": None, **more}
        request = TimelineRequest(
            tuple(cuts),
            F(length),
            FrameRate(F(rate)) if rate else None,
            output=output,
            picture=picture,
            **values,
        )
        engine = Engine(ChunkCache(tmp_path / "chunks"))
        *events, last = engine.run(request, JobId("x"), CancelToken())
        if told is not None:
            told += [event.text for event in events if isinstance(event, Note)]
        assert isinstance(last, FilmWritten)
        return output, last

    return render


def numbers(path):
    """The number drawn in each frame, None for black ones, and when each is shown."""
    with VideoReader(path) as reader:
        pictures = [reader.rgb(n).copy() for n in range(reader.frame_count)]
        times = [reader.index.time(n) for n in range(reader.frame_count)]
    return [number_in(p) if p.max() > 40 else None for p in pictures], times


def raw_planes(path, frames=None):
    with VideoReader(path) as reader:
        return [
            [np.frombuffer(plane, np.uint8).copy() for plane in d.frame.planes]
            for d in reader.frames()
            if frames is None or d.number in frames
        ]


def test_cuts_of_one_film_with_a_gap_give_these_frames_and_black(clips, export):
    film = clips("cfr25")
    cuts = [FilmCut(film, span(1, "1.2"), F(0)), FilmCut(film, span("0.4", "0.6"), F("0.4"))]
    path, result = export(cuts, 25, duration="0.72")
    shown, times = numbers(path)
    assert shown == [25, 26, 27, 28, 29, *[None] * 5, 10, 11, 12, 13, 14, *[None] * 3]
    assert times == [F(n, 25) for n in range(18)]
    assert result.frames == 18
    assert result.notes == ()


def test_frames_pass_through_bit_for_bit(clips, export):
    film = clips("lossless")
    path, _ = export([FilmCut(film, span("0.4", "0.8"), F(0))], 25)
    for old, new in zip(raw_planes(film, range(10, 20)), raw_planes(path), strict=True):
        for a, b in zip(old, new, strict=True):
            assert (a == b).all()


@pytest.mark.parametrize("name", ["cfr23976", "cfr2997", "cfr5994"])
def test_cuts_at_fractional_rates_are_frame_exact(clips, export, name):
    film = clips(name)
    rate = probe(film).video.rate
    cuts = [
        FilmCut(film, TimeRange(rate.time_of(11), rate.time_of(17)), F(0)),
        FilmCut(film, TimeRange(rate.time_of(30), rate.time_of(34)), rate.time_of(6)),
    ]
    path, result = export(cuts, rate.value, name="out.mp4", picture="h264")
    shown, times = numbers(path)
    assert shown == [*range(11, 17), *range(30, 34)]
    assert times == [rate.time_of(n) for n in range(10)]
    assert probe(path).video.rate == rate
    assert result.notes == ()


def test_a_film_of_another_rate_is_retimed_and_the_notes_say_so(clips, export):
    cuts = [FilmCut(clips("cfr25"), span(0, 1), F(0)), FilmCut(clips("cfr2997"), span(0, 1), F(1))]
    path, result = export(cuts, 25)
    shown, _ = numbers(path)
    assert shown[:25] == list(range(25))
    assert shown[25:] == [int(F(k, 25) * F(30000, 1001)) for k in range(25)]
    (note,) = result.notes
    assert "cfr2997.mp4 has 29.97 frames a second and was re-timed to 25" in note
    assert "0 frames are shown again, 4 are left out" in note


def test_slow_films_repeat_frames(clips, export):
    cuts = [
        FilmCut(clips("cfr5994"), span(0, "0.5"), F(0)),
        FilmCut(clips("cfr25"), span(0, "0.5"), F("0.5")),
    ]
    path, result = export(cuts, F(60000, 1001))
    shown, _ = numbers(path)
    late = shown[30:]
    assert late == [int((F(k * 1001, 60000) - F(1, 2)) * 25) for k in range(30, 30 + len(late))]
    assert "17 frames are shown again" in result.notes[0]


def test_a_cut_film_of_variable_rate_keeps_every_frames_own_time(clips, export):
    film = clips("vfr")
    with VideoReader(film) as reader:
        times = [reader.index.time(n) for n in range(reader.frame_count)]
    cuts = [
        FilmCut(film, TimeRange(times[5], times[12]), F(0)),
        FilmCut(film, TimeRange(times[30], times[36]), times[12] - times[5]),
    ]
    path, result = export(cuts, None, name="out.mp4", picture="h264")
    shown, found = numbers(path)
    assert shown == [*range(5, 12), *range(30, 36)]
    expected = [times[n] - times[5] for n in range(5, 12)]
    expected += [times[12] - times[5] + times[n] - times[30] for n in range(30, 36)]
    assert found == expected
    assert result.notes == ()


def test_a_film_of_variable_rate_among_others_shows_what_was_on_screen(clips, export):
    film = clips("vfr")
    path, result = export([FilmCut(film, span(0, 1), F(0)), FilmCut(clips("cfr25"), span(0, 1), F(1))], 25)
    with VideoReader(film) as reader:
        expected = [reader.index.number_at(F(k, 25)) for k in range(25)]
    assert numbers(path)[0] == [*expected, *range(25)]
    assert "a variable rate" in result.notes[0]


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("rotated", (slice(0, 120), slice(34, 124))),  # 120x160 upright: 90 wide in the middle
        ("rotated270", (slice(0, 120), slice(34, 124))),
        ("upside_down", (slice(0, 120), slice(0, 160))),
        ("wide_pixels", (slice(18, 102), slice(0, 160))),  # 228 x 120 shown: 84 lines
        ("full_range", (slice(0, 120), slice(0, 160))),
        ("bt601", (slice(0, 120), slice(0, 160))),
        ("ten_bit_422", (slice(0, 120), slice(0, 160))),
        ("hdr_pq", (slice(0, 120), slice(0, 160))),
    ],
)
def test_other_pictures_are_fitted_upright_in_shape_and_colour(clips, export, name, area):
    first, other = clips("cfr25"), clips(name)
    path, result = export(
        [FilmCut(first, span(0, "0.2"), F(0)), FilmCut(other, span(0, "0.2"), F("0.2"))], 25
    )
    with VideoReader(path) as reader, VideoReader(other) as source:
        assert (reader.info.video.width, reader.info.video.height, reader.info.video.rotation) == (
            160,
            120,
            0,
        )
        found, wanted = reader.rgb(7), source.rgb(2)
        inside = found[area]
        assert number_in(inside) == 2
        outside = np.ones(found.shape[:2], bool)
        outside[area] = False
        assert found[outside].size == 0 or found[outside].max() < 40
        assert np.abs(inside.mean(axis=(0, 1)) - wanted.mean(axis=(0, 1))).max() < 4
    assert any("fitted into the finished film" in note for note in result.notes)


def test_hdr_first_still_gives_an_sdr_film(clips, export):
    cuts = [FilmCut(clips("hdr_pq"), span(0, "0.2"), F(0)), FilmCut(clips("cfr25"), span(0, "0.2"), F("0.2"))]
    path, result = export(cuts, 25)
    assert not probe(path).video.colour.is_hdr
    assert "hdr_pq.mp4 was tone-mapped to SDR" in result.notes[0]


def test_sound_follows_the_cuts_and_two_voices_are_mixed(clips, export):
    film, dub = clips("cfr25"), clips("sound_wav")
    parts = (
        SoundPart(span(0, 1), film, F("0.5")),
        SoundPart(span("0.5", "1.5"), dub, F("0.2"), gain=0.5),
    )
    path, _ = export([FilmCut(film, span(0, "1.5"), F(0))], 25, sound=parts, sound_like=dub)
    with AudioReader(path) as reader:
        sound = np.concatenate(list(reader.blocks(as_float=True)))
        rate = reader.rate
    assert len(sound) == round(1.5 * rate)
    # The film clicks at 0.25, 0.75, 1.25 …; heard from 0.5 on: at 0.25 and 0.75. The dub from 0.2 on: at 0.55 and 1.05.
    assert np.allclose(heard_clicks(sound[:, 0], rate), [0.25, 0.55, 0.75, 1.05], atol=0.002)
    with AudioReader(dub) as reader:
        own = np.concatenate(list(reader.blocks(as_float=True)))
    late = slice(round(1.02 * rate), round(1.5 * rate))
    moved = own[late.start - round(0.3 * rate) : late.stop - round(0.3 * rate)]
    assert np.abs(sound[late] - moved / 2).max() < 2e-4


def test_chapters_and_timecode_go_along(clips, export):
    film = clips("chapters")
    cuts = [FilmCut(film, span("0.8", "1.2"), F(0))]
    path, _ = export(cuts, 25, name="out.mov", picture="h264", start_timecode="00:00:10:05")
    info = probe(path)
    assert info.video.timecode == "00:00:10:05"
    assert [(c.title, round(float(c.start), 2), round(float(c.end), 2)) for c in info.chapters] == [
        ("One", 0, 0.2),
        ("Two", 0.2, 0.4),
    ]


@pytest.fixture(scope="module")
def rich(clips, tmp_path_factory):
    """A film with a second sound in French, and a tag."""
    path = tmp_path_factory.mktemp("rich") / "rich.mkv"
    with av.open(str(clips("cfr25"))) as source, av.open(str(path), "w") as out:
        out.metadata["artist"] = "Anna"
        kinds = [source.streams.video[0], *[source.streams.audio[0]] * 2]
        targets = [out.add_stream_from_template(stream) for stream in kinds]
        targets[2].metadata["language"] = "fra"
        for packet in [packet for packet in source.demux() if packet.dts is not None]:
            for target in targets[:1] if packet.stream.type == "video" else targets[1:]:
                packet.stream = target
                out.mux(packet)
    return path


@pytest.mark.parametrize("count", [1, 2])
def test_what_a_cut_film_holds_besides_is_named_before_and_its_tags_stay(clips, export, rich, count):
    cuts = [FilmCut(rich, span(0, 1), F(0)), FilmCut(clips("cfr25"), span(0, 1), F(1))][:count]
    told = []
    path, result = export(cuts, 25, name="out.mp4", picture="h264", told=told)
    (note,) = result.notes
    assert note.endswith("of rich.mkv: left out, because the film is cut.")
    assert note.startswith("The sound track")
    assert "fra" in note
    assert told == [note]
    with av.open(str(path)) as container:
        assert container.metadata.get("artist") == ("Anna" if count == 1 else None)
        assert len(container.streams.audio) == 0  # no sound was asked for


def test_cancelled_or_impossible_exports_leave_nothing(clips, export, tmp_path):
    film = clips("cfr25")
    with pytest.raises(SettingsError, match="no film"):
        export([FilmCut(film, span(0, 1), F(0))], 25, duration=0)
    copy = tmp_path / "film.mp4"
    copy.write_bytes(film.read_bytes())
    with pytest.raises(SettingsError, match="also an input"):
        export([FilmCut(copy, span(0, 1), F(0))], 25, name="film.mp4", picture="h264")
    token = CancelToken()
    request = TimelineRequest(
        (FilmCut(film, span(0, 2), F(0)),), F(2), FrameRate(F(25)), (), None, tmp_path / "no.mkv", "ffv1"
    )
    events = Engine(ChunkCache(tmp_path / "chunks")).run(request, JobId("x"), token)
    next(events)
    token.cancel()
    with pytest.raises(Cancelled):
        list(events)
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["film.mp4"]


@pytest.mark.parametrize(("rate", "is_fitted"), [(25, False), (10, False), (25, True)])
def test_cuts_of_interlaced_films_are_deinterlaced_when_asked_for(clips, export, tmp_path, rate, is_fitted):
    film, told = woven(tmp_path / "fields.mov"), []
    cuts = [FilmCut(film, span("0.08", "0.32"), F(0))]
    if is_fitted:  # into another film's picture, where its fields would have no place
        cuts = [FilmCut(clips("cfr25"), span(0, "0.08"), F(0)), replace(cuts[0], at=F("0.08"))]
    path, _ = export(cuts, rate, told=told)
    assert min(doubled(path)[-2:]) > 8
    assert any("“fields.mov” is interlaced and its pictures are fitted" in note for note in told) == is_fitted
    path, _ = export(cuts, rate, told=told, encoding=Encoding(deinterlace=True))
    assert max(doubled(path)[-2:]) < 6
    assert not probe(path).video.is_interlaced
    assert "“fields.mov” is deinterlaced: a whole picture is made of the first field of each." in told


def test_the_sound_of_a_cut_film_is_brought_to_the_loudness_asked_for(export, clips, tmp_path):
    quiet = tmp_path / "quiet.wav"
    tone = 0.02 * np.sin(2 * np.pi * 440 * np.arange(48000 * 2) / 48000)
    with wave.open(str(quiet), "wb") as out:
        out.setparams((1, 2, 48000, 0, "NONE", ""))
        out.writeframes((tone * 32767).astype("<i2").tobytes())
    parts = (SoundPart(span(0, 2), quiet, F(0)),)
    cuts = [FilmCut(clips("cfr25"), span(0, "0.4"), F(0))]
    path, written = export(cuts, 25, duration=2, sound=parts, sound_like=quiet, loudness="ebu")
    assert written.loudness.after.lufs == pytest.approx(-23, abs=0.5)
    assert measure(Soundtrack((SoundPart(span(0, 2), path, F(0)),), path)).lufs == pytest.approx(-23, abs=0.5)
    path, written = export(cuts, 25, duration=2, sound=parts, sound_like=quiet, name="as-mixed.mkv")
    assert written.loudness is None
    assert measure(Soundtrack((SoundPart(span(0, 2), path, F(0)),), path)).lufs < -33
