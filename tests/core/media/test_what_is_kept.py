"""Properties of a picture that are easily lost: kept by every preset that can, and named by every one that cannot."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.codec.context import Flags
from av.filter import Graph
from av.video.format import VideoFormat

from core.delivery.encoding import fields_notes
from core.media.deinterlace import whole_pictures
from core.media.picture_notes import picture_notes
from core.media.presets import PRESETS
from core.media.probe import probe
from core.media.reader import VideoReader
from core.media.writer import MediaWriter
from core.planning.requests import Encoding
from tests.fields import combs, woven

SUFFIX = {
    "h264": ".mp4",
    "hevc": ".mp4",
    "prores": ".mov",
    "prores4444": ".mov",
    "dnxhr": ".mov",
    "ffv1": ".mkv",
}
MUXER = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
MASTERING = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
QUICK = {"h264": {"preset": "ultrafast"}, "hevc": {"preset": "ultrafast", "x265-params": "log-level=none"}}


def encoded(
    path: Path, codec: str, pixel_format: str, size=(256, 144), options=None, fields=False, alpha=None
) -> Path:
    """Ten moving frames."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height, stream.pix_fmt = *size, pixel_format
        graph = None
        if fields:
            stream.codec_context.flags |= Flags.interlaced_dct | Flags.interlaced_me
            graph = Graph()
            source = graph.add_buffer(
                width=size[0], height=size[1], format=VideoFormat(pixel_format), time_base=Fraction(1, 25)
            )
            graph.link_nodes(source, graph.add("setfield", "mode=bff"), graph.add("buffersink")).configure()
        for number in range(10):
            rgba = np.zeros((size[1], size[0], 4), np.uint8)
            rgba[..., 0] = np.arange(size[0]) % 200 + 5 * number
            rgba[..., 3] = 255 if alpha is None else alpha
            frame = av.VideoFrame.from_ndarray(rgba, "rgba").reformat(format=pixel_format)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            if graph is not None:
                graph.push(frame)
                frame = graph.pull()
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def through(source: Path, folder: Path, preset: str):
    """(what the written film is, the notes told before)"""
    target = folder / f"out-{preset}{SUFFIX[preset]}"
    with (
        VideoReader(source) as reader,
        MediaWriter(target, like=reader.info, preset=preset, options=QUICK.get(preset)) as writer,
    ):
        notes = picture_notes(reader.info.video, PRESETS[preset], MUXER[target.suffix])
        for decoded in reader.frames():
            writer.write(decoded)
    return probe(target).video, notes, target


@pytest.mark.parametrize("preset", PRESETS)
def test_hdr10_data_are_kept_or_named(tmp_path, preset):
    params = f"log-level=none:hdr10=1:master-display={MASTERING}:max-cll=1000,400:colorprim=9:transfer=16:colormatrix=9"
    source = encoded(tmp_path / "in.mp4", "libx265", "yuv420p10le", options={"x265-params": params})
    before = probe(source).video
    assert (before.mastering, before.light) == (MASTERING, (1000, 400))
    after, notes, _ = through(source, tmp_path, preset)
    is_kept = (after.mastering, after.light) == (MASTERING, (1000, 400))
    assert is_kept == (preset == "hevc")
    assert any("HDR10" in note for note in notes) != is_kept
    assert after.bit_depth >= 10


@pytest.mark.parametrize("preset", PRESETS)
def test_the_fields_of_an_interlaced_film_are_kept_or_named(tmp_path, preset):
    source = encoded(tmp_path / "in.mov", "prores_ks", "yuv422p10le", fields=True)
    assert probe(source).video.is_interlaced
    after, _notes, _ = through(source, tmp_path, preset)
    assert after.is_interlaced == (preset in ("h264", "prores", "prores4444", "ffv1"))
    like = probe(source).video
    told = fields_notes(like, like, PRESETS[preset], "in.mov", Encoding())
    assert any("interlaced" in note for note in told) != after.is_interlaced


@pytest.mark.parametrize("preset", PRESETS)
def test_deinterlaced_pictures_are_whole_and_keep_their_numbers(tmp_path, preset):
    film, target = woven(tmp_path / "in.mov"), tmp_path / f"out{SUFFIX[preset]}"
    assert min(list(combs(film))[1:]) > 80
    with VideoReader(film) as reader:
        like = replace(reader.info, video=replace(reader.video, is_interlaced=False))
        with MediaWriter(target, like=like, preset=preset, options=QUICK.get(preset)) as writer:
            for number, decoded in enumerate(whole_pictures(reader.video, reader.frames())):
                assert decoded.number == number
                writer.write(decoded)
        times = reader.index.seconds()
    assert max(combs(target)) < 30
    after = probe(target).video
    assert (after.frame_count, after.is_interlaced) == (10, False)
    with VideoReader(target) as reader:
        assert reader.index.seconds() == pytest.approx(times, abs=0.0006)
        # The first field is the one that is kept: the bar is where it was then.
        bar = np.flatnonzero(reader.rgb(5)[72].mean(axis=1) > 130)
    assert bar.min() == pytest.approx(20 + 10 * 10, abs=2)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("kind", ["prores", "gif-like"])
def test_transparency_is_kept_or_named(tmp_path, preset, kind):
    steps = np.linspace(0, 255, 256)[None].repeat(144, axis=0).astype(np.uint8)
    if kind == "prores":
        options = {"profile": "4444", "alpha_bits": "16"}
        source = encoded(tmp_path / "in.mov", "prores_ks", "yuva444p10le", options=options, alpha=steps)
    else:
        source = encoded(tmp_path / "in.mov", "png", "rgba", alpha=steps)
    _after, notes, target = through(source, tmp_path, preset)
    is_kept = preset in ("prores4444", "ffv1")
    assert any("Transparency" in note for note in notes) != is_kept
    if is_kept:
        with VideoReader(target) as reader:
            alpha = reader.frame(5).frame.reformat(format="rgba").to_ndarray()[..., 3]
        assert np.abs(alpha.astype(int) - steps).max() <= 2


@pytest.mark.parametrize(
    ("codec", "pixel_format", "size", "preset", "expected", "words"),
    [
        ("ffv1", "yuv420p", (255, 143), "h264", "yuv420p", "255x143 becomes 256x144"),
        ("ffv1", "yuv422p10le", (256, 144), "h264", "yuv420p", "10 bits become 8"),
        ("ffv1", "yuv422p10le", (256, 144), "hevc", "yuv420p10le", "4:2:0"),
        ("ffv1", "yuv444p", (256, 144), "h264", "yuv420p", "4:2:0"),
    ],
)
def test_what_players_do_not_take_is_converted_and_told(
    tmp_path, codec, pixel_format, size, preset, expected, words
):
    source = encoded(tmp_path / "in.mkv", codec, pixel_format, size=size)
    after, notes, _ = through(source, tmp_path, preset)
    assert after.pixel_format == expected
    assert any(words in note for note in notes)


def test_an_ordinary_film_has_nothing_to_be_told_of(tmp_path):
    source = encoded(tmp_path / "in.mp4", "libx264", "yuv420p")
    assert [through(source, tmp_path, preset)[1] for preset in ("h264", "hevc", "ffv1")] == [(), (), ()]
