"""The shape of pixels goes into a Matroska file's header, and all else stays where it was."""

import zlib
from dataclasses import replace
from fractions import Fraction

import av
import pytest

from core.media.audio import read_analysis
from core.media.companions import plan_companions
from core.media.matroska_aspect import _elements, set_pixel_aspect
from core.media.presets import PRESETS
from core.media.probe import probe
from core.media.reader import VideoReader
from core.media.writer import MediaWriter
from tests.clips import CLIPS, make_clip, number_in, sound_samples
from tests.sample_array import SampleArray

SUFFIX = {"mp4": ".mp4", "mov": ".mov", "matroska": ".mkv"}
CHAPTERS = (("One", Fraction(0), Fraction(1)), ("Two", Fraction(1), Fraction(2)))
WIDE = replace(CLIPS["matroska"], size=(256, 144), pixel_aspect=Fraction(64, 45), chapters=CHAPTERS)


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """A film of wide pixels with everything that fills a table of contents: sound, chapters, tags, an attached file."""
    folder = tmp_path_factory.mktemp("wide")
    plain = make_clip(folder / "plain.mkv", WIDE)
    path = folder / "wide.mkv"
    with av.open(str(plain)) as source, av.open(str(path), "w") as out:
        out.metadata["artist"] = "Anna"
        streams = {s.index: out.add_stream_from_template(s) for s in source.streams}
        out.add_attachment("font.ttf", "font/ttf", b"not really a font")
        out.set_chapters(source.chapters())
        for packet in source.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                out.mux(packet)
    return path


@pytest.mark.parametrize("preset", [name for name, preset in PRESETS.items() if "matroska" in preset.containers])
def test_every_codec_keeps_the_aspect_in_matroska_and_everything_else(tmp_path, wide, preset):
    target = tmp_path / "out.mkv"
    sound = SampleArray(sound_samples(WIDE), WIDE.sound_rate)
    with (
        VideoReader(wide) as reader,
        MediaWriter(
            target, like=reader.info, preset=preset, audio=sound, companions=plan_companions(wide, "matroska")
        ) as writer,
    ):
        for decoded in reader.frames():
            writer.write(decoded)
    info = probe(target)
    assert info.video.pixel_aspect == Fraction(64, 45)
    assert [mark.title for mark in info.chapters] == ["One", "Two"]
    with av.open(str(target), options={"err_detect": "crccheck+explode"}) as container:
        assert container.metadata["ARTIST" if "ARTIST" in container.metadata else "artist"] == "Anna"
        assert [each.name for each in container.streams.attachments] == ["font.ttf"]
        header = container.streams.video[0].sample_aspect_ratio
    assert header == Fraction(64, 45)
    with VideoReader(target) as reader:  # also after jumps, which go by the table of contents
        assert [number_in(reader.rgb(n)) for n in (40, 3, 25)] == [40, 3, 25]
    assert len(read_analysis(target)) == pytest.approx(len(read_analysis(wide)), abs=200)
    assert_whole(target)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_container_a_preset_names_takes_it(tmp_path, wide, preset):
    for muxer in PRESETS[preset].containers:
        target = tmp_path / f"out{SUFFIX[muxer]}"
        with VideoReader(wide) as reader, MediaWriter(target, like=reader.info, preset=preset) as writer:
            writer.write(reader.frame(0))
        assert probe(target).video.frame_count == 1


def test_pixels_can_be_given_another_shape_again(tmp_path, wide):
    path = tmp_path / "again.mkv"
    path.write_bytes(wide.read_bytes())
    before = path.stat().st_size
    assert set_pixel_aspect(path, Fraction(12, 11), 256, 144)
    assert path.stat().st_size == before
    assert_whole(path)
    assert shape(path) == (256 * 12, 144 * 11)


@pytest.mark.parametrize("content", [b"", b"\0" * 400, b"no film at all" * 40])
def test_what_is_no_such_file_is_left_alone(tmp_path, content):
    path = tmp_path / "other.mkv"
    path.write_bytes(content)
    assert not set_pixel_aspect(path, Fraction(2), 160, 120)
    assert path.read_bytes() == content


def test_without_a_gap_nothing_is_changed(tmp_path, wide):
    path = tmp_path / "tight.mkv"
    data = bytearray(wide.read_bytes())
    gap = data.index(b"\xec", data.index(bytes.fromhex("114d9b74")))
    data[gap] = 0xBF  # any other element
    path.write_bytes(data)
    assert not set_pixel_aspect(path, Fraction(2), 160, 120)
    assert path.read_bytes() == data


def elements(data, start, end):
    return {each.id: each for each in reversed(list(_elements(data, start, end)))}


def assert_whole(path):
    """Its parts follow one another without a hole, the table of contents points at them, the checksums are theirs."""
    data = path.read_bytes()
    segment = elements(data, 0, len(data))[0x18538067]
    parts = list(_elements(data, segment.data, len(data)))
    assert parts[-1].end == len(data)
    places = {each.start - segment.data: each.id for each in parts}
    (contents,) = [each for each in parts if each.id == 0x114D9B74]
    for entry in _elements(data, contents.data, contents.end):
        if entry.id == 0x4DBB:
            inner = elements(data, entry.data, entry.end)
            target, place = (int.from_bytes(data[inner[n].data : inner[n].end], "big") for n in (0x53AB, 0x53AC))
            assert places[place] == target
    for each in parts:
        if each.id in (0x114D9B74, 0x1654AE6B, 0x1549A966):
            first = next(_elements(data, each.data, each.end))
            if first.id == 0xBF:
                assert data[first.data : first.end] == zlib.crc32(data[first.end : each.end]).to_bytes(4, "little")


def shape(path):
    data = path.read_bytes()
    segment = elements(data, 0, len(data))[0x18538067]
    tracks = elements(data, segment.data, len(data))[0x1654AE6B]
    video = elements(data, (track := elements(data, tracks.data, tracks.end)[0xAE]).data, track.end)[0xE0]
    inner = elements(data, video.data, video.end)
    return tuple(int.from_bytes(data[inner[n].data : inner[n].end], "big") for n in (0x54B0, 0x54BA))
