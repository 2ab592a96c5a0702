"""What a film holds beside its picture and first sound goes along into every container, in step, or is named."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.packet import Packet
from av.stream import Disposition

from core.media.audio import AudioReader
from core.media.companions import _NO_STYLE, plan_companions
from core.media.reader import VideoReader
from core.media.writer import MediaWriter
from tests.clips import CLIPS, heard_clicks, make_clip
from tests.sample_array import SampleArray

LINES = [(500, 400, "Hello"), (1200, 500, "Nice <i>hat</i>")]  # milliseconds
PICTURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    """A Matroska film with three sounds, a subtitle, an attached font and tags; its second sound clicks as the first."""
    folder = tmp_path_factory.mktemp("rich")
    plain = make_clip(folder / "plain.mkv", replace(CLIPS["cfr25"], frames=50, sound="stereo"))
    path = folder / "rich.mkv"
    with av.open(str(plain)) as source, av.open(str(path), "w") as out:
        out.metadata.update({"artist": "Anna", "comment": "A remark", "title": "The film", "studio": "Own"})
        picture = out.add_stream_from_template(source.streams.video[0])
        first = out.add_stream_from_template(source.streams.audio[0])
        first.metadata["language"] = "eng"
        second = out.add_stream("flac", rate=48000, layout="mono")
        second.metadata.update({"language": "fra", "title": "Commentary"})
        second.disposition = Disposition.comment
        third = out.add_stream("libopus", rate=48000, layout="mono")
        third.metadata["language"] = "deu"
        lines = out.add_stream("srt")
        lines.codec_context.subtitle_header = _NO_STYLE
        lines.codec_context.time_base = Fraction(1, 1000)
        lines.metadata["language"] = "spa"
        lines.disposition = Disposition.forced
        out.add_attachment("font.ttf", "font/ttf", b"not really a font")
        packets = [packet for packet in source.demux() if packet.dts is not None]
        for packet in packets:
            packet.stream = picture if packet.stream.type == "video" else first
            out.mux(packet)
        with AudioReader(plain) as sound:
            mono = np.concatenate(list(sound.blocks(as_float=True)))[:, :1]
        for stream in (second, third):
            for start in range(0, len(mono), 960):
                block = np.ascontiguousarray(mono[start : start + 960].T)
                frame = av.AudioFrame.from_ndarray(block, "fltp", "mono")
                frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        for start, length, text in LINES:
            packet = Packet(text.encode())
            packet.pts = packet.dts = start
            packet.duration, packet.time_base, packet.stream = length, Fraction(1, 1000), lines
            out.mux(packet)
    return path


def written(source: Path, target: Path, preset: str, rule: str = "replace") -> tuple[object, tuple[str, ...]]:
    """The film through reader and writer with a new sound and what goes along; returns the notes."""
    muxer = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}[target.suffix]
    plan = plan_companions(source, muxer, rule)
    sound = SampleArray(np.zeros((48000, 1), np.float32), 48000)
    with (
        VideoReader(source) as reader,
        MediaWriter(
            target, like=reader.info, preset=preset, audio=sound, companions=plan, language="ita"
        ) as writer,
    ):
        for decoded in reader.frames():
            writer.write(decoded)
    return plan.notes


def streams(path: Path):
    with av.open(str(path)) as found:
        return [(s.type, s.codec_context.name, s.metadata.get("language")) for s in found.streams if s.codec_context]


def subtitle_lines(path: Path):
    """(start, length in milliseconds, text)"""
    told = []
    with av.open(str(path)) as found:
        stream = found.streams.subtitles[0]
        for packet in found.demux(stream):
            data = bytes(packet)
            if stream.codec_context.name == "mov_text":
                data = data[2 : 2 + int.from_bytes(data[:2], "big")]
            if data:
                scale = packet.time_base * 1000
                told.append((round(packet.pts * scale), round(packet.duration * scale), data.decode()))
    return told


@pytest.mark.parametrize(("suffix", "preset"), [(".mkv", "ffv1"), (".mp4", "h264"), (".mov", "prores")])
def test_sounds_subtitles_languages_and_tags_go_along(rich, tmp_path, suffix, preset):
    target = tmp_path / f"out{suffix}"
    notes = written(rich, target, preset)
    found = streams(target)
    assert [language for kind, _, language in found if kind == "audio"] == ["ita", "fra", "ger" if suffix == ".mov" else "deu"]
    assert [language for kind, _, language in found if kind == "subtitle"] == ["spa"]
    with av.open(str(target)) as film:
        tags = {key.lower(): value for key, value in film.metadata.items()}
        assert [tags.get(key) for key in ("artist", "comment", "title")] == ["Anna", "A remark", "The film"]
        sounds = film.streams.audio
        assert sounds[0].disposition & Disposition.default
        assert not any(sound.disposition & Disposition.default for sound in sounds[1:])
        assert suffix == ".mov" or film.streams.subtitles[0].disposition & Disposition.forced
    told = subtitle_lines(target)
    assert [(start, length) for start, length, _ in told] == [(start, length) for start, length, _ in LINES]
    assert next(text for *_, text in told) == "Hello"
    for track in (1, 2):  # in step with the picture
        with AudioReader(rich, track=track) as was, AudioReader(target, track=track) as now:
            before, after = (np.concatenate(list(r.blocks(as_float=True)))[:, 0] for r in (was, now))
        assert np.allclose(heard_clicks(after, 48000), heard_clicks(before, 48000), atol=0.003)
    if suffix == ".mkv":
        assert notes == ()
        with av.open(str(target)) as film:
            (font,) = film.streams.attachments
            assert (font.name, bytes(font.data)) == ("font.ttf", b"not really a font")
            assert tags["studio"] == "Own"
    else:
        assert any("attached file" in note for note in notes)
        assert any("studio" in note.lower() for note in notes)


def test_a_copied_sound_is_the_same_sample_by_sample(rich, tmp_path):
    written(rich, tmp_path / "out.mkv", "ffv1")
    with AudioReader(rich, track=1) as was, AudioReader(tmp_path / "out.mkv", track=1) as now:
        before, after = (np.concatenate(list(reader.blocks())) for reader in (was, now))
    np.testing.assert_array_equal(before, after)


def test_what_a_container_does_not_take_is_encoded_anew_or_named(rich, tmp_path):
    notes = written(rich, tmp_path / "out.mov", "prores")
    assert any("sound track 2 (flac, fra, Commentary) is encoded anew" in note for note in notes)


def test_the_films_own_sounds_are_added_or_left_out_as_asked(rich, tmp_path):
    written(rich, tmp_path / "add.mkv", "ffv1", "add")
    assert [lang for kind, _, lang in streams(tmp_path / "add.mkv") if kind == "audio"] == ["ita", "eng", "fra", "deu"]
    notes = written(rich, tmp_path / "only.mkv", "ffv1", "only-dub")
    assert [lang for kind, _, lang in streams(tmp_path / "only.mkv") if kind == "audio"] == ["ita"]
    assert sum("only the dub was asked for" in note for note in notes) == 3


def test_a_films_only_sound_has_no_number(clips):
    (note,) = plan_companions(clips("cfr25"), "mp4", "only-dub").notes
    assert note.startswith("The sound track (aac")
    assert note.endswith("is left out: only the dub was asked for.")


def test_a_subtitle_comes_back_from_mp4_into_matroska(rich, tmp_path):
    written(rich, tmp_path / "there.mp4", "h264")
    written(tmp_path / "there.mp4", tmp_path / "back.mkv", "ffv1")
    assert subtitle_lines(tmp_path / "back.mkv")[0] == (*LINES[0][:2], "Hello")


def test_times_stay_when_the_picture_begins_late(clips, tmp_path):
    """A film whose picture begins after its sound: what goes along keeps its distance to the picture."""
    source = clips("late_picture")
    plan = plan_companions(source, "matroska", "add")
    with (
        VideoReader(source) as reader,
        MediaWriter(tmp_path / "out.mkv", like=reader.info, preset="ffv1", companions=plan) as writer,
    ):
        for decoded in reader.frames():
            writer.write(decoded)
    with AudioReader(source) as was, AudioReader(tmp_path / "out.mkv") as now:
        before, after = (np.concatenate(list(reader.blocks(as_float=True)))[:, 0] for reader in (was, now))
    assert np.allclose(heard_clicks(after, 48000), heard_clicks(before, 48000), atol=0.003)
