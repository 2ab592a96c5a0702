"""What `probe` says about films whose every property is known, and about files that are no films."""

import os
from fractions import Fraction
from pathlib import Path

import pytest

from core.base.errors import MediaError
from core.media.colour import ColourTags
from core.media.probe import probe, scan
from tests.clips import CLIPS, ClipStore


@pytest.mark.parametrize(
    "name", ["cfr25", "cfr23976", "cfr2997", "cfr5994", "matroska", "transport_stream", "avi", "open_gop"]
)
def test_constant_rate_is_exact(clips: ClipStore, name: str) -> None:
    video = probe(clips(name)).video
    assert video is not None
    assert video.rate.value == CLIPS[name].rate
    assert not video.is_vfr
    assert video.frame_count == CLIPS[name].frames


def test_variable_rate_is_found_and_its_average_is_exact(clips: ClipStore) -> None:
    clip = CLIPS["vfr"]
    info, index = scan(clips("vfr"))
    assert info.video is not None
    assert index is not None
    assert info.video.is_vfr
    assert info.video.rate.value == (clip.frames - 1) / clip.times()[-1]
    assert [index.time(n) for n in range(len(index))] == clip.times()


@pytest.mark.parametrize(
    ("name", "rotation"), [("rotated", 90), ("upside_down", 180), ("rotated270", 270), ("cfr25", 0)]
)
def test_rotation(clips: ClipStore, name: str, rotation: int) -> None:
    video = probe(clips(name)).video
    assert video is not None
    assert video.rotation == rotation
    assert video.upright_size == CLIPS[name].size


def test_pixel_aspect_widens_the_display_size(clips: ClipStore) -> None:
    video = probe(clips("wide_pixels")).video
    assert video is not None
    assert video.pixel_aspect == Fraction(64, 45)
    assert video.display_size == (round(160 * 64 / 45), 120)


@pytest.mark.parametrize("name", ["bt601", "bt2020", "hdr_pq", "untagged", "full_range", "ten_bit_422"])
def test_colour_tags(clips: ClipStore, name: str) -> None:
    video = probe(clips(name)).video
    assert video is not None
    assert video.colour == ColourTags(*CLIPS[name].colour)
    assert video.colour.is_hdr == (name == "hdr_pq")


@pytest.mark.parametrize(
    ("name", "pixel_format", "bits"),
    [("ten_bit_422", "yuv422p10le", 10), ("full_chroma", "yuv444p", 8), ("packed_422", "uyvy422", 8)],
)
def test_pixel_format(clips: ClipStore, name: str, pixel_format: str, bits: int) -> None:
    video = probe(clips(name)).video
    assert video is not None
    assert (video.pixel_format, video.bit_depth) == (pixel_format, bits)


def test_timecode_chapters_and_start(clips: ClipStore) -> None:
    video = probe(clips("timecode")).video
    late = probe(clips("late_picture")).video
    assert video is not None
    assert late is not None
    assert video.timecode == "01:00:00;02"
    assert late.start == Fraction(2, 5)
    chapters = probe(clips("chapters")).chapters
    assert [(c.title, c.start, c.end) for c in chapters] == [("One", 0, 1), ("Two", 1, 2)]


@pytest.mark.parametrize(
    ("name", "rate", "channels", "layout", "bits"),
    [
        ("cfr25", 48000, 2, "stereo", 0),
        ("mono44", 44100, 1, "mono", 0),
        ("surround", 48000, 6, "5.1", 16),
        ("sound_wav", 48000, 2, "stereo", 16),
        ("sound_wav24", 48000, 2, "stereo", 24),
    ],
)
def test_sound_streams(clips: ClipStore, name: str, rate: int, channels: int, layout: str, bits: int) -> None:
    audio = probe(clips(name)).audio[0]
    assert (audio.rate, audio.channels, audio.layout, audio.bits) == (rate, channels, layout, bits)
    assert abs(audio.duration - 2) < Fraction(1, 20)


def test_sound_only_has_no_picture(clips: ClipStore) -> None:
    assert probe(clips("sound_only")).video is None
    with pytest.raises(MediaError, match="no video stream"):
        probe(clips("sound_only"), need_video=True)


def test_silent_film_has_no_sound(clips: ClipStore) -> None:
    assert not probe(clips("silent")).has_audio
    with pytest.raises(MediaError, match="no sound"):
        probe(clips("silent"), need_audio=True)


def test_truncated_film_counts_what_is_there(clips: ClipStore) -> None:
    info, index = scan(clips("truncated"))
    assert info.video is not None
    assert index is not None
    assert index.is_truncated
    assert not info.video.is_vfr
    assert 100 < info.video.frame_count < 130
    assert info.video.declared_frame_count == 200


def _missing(folder: Path) -> Path:
    return folder / "no such file.mp4"


def _empty(folder: Path) -> Path:
    path = folder / "empty.mp4"
    path.write_bytes(b"")
    return path


def _text(folder: Path) -> Path:
    path = folder / "text.txt"
    path.write_text("Dear diary\n" * 50)
    return path


def _rubbish(folder: Path) -> Path:
    path = folder / "rubbish.mp4"
    path.write_bytes(bytes(range(256)) * 40)
    return path


def _still(folder: Path) -> Path:
    import cv2
    import numpy as np

    path = folder / "still.png"
    cv2.imwrite(str(path), np.zeros((20, 20, 3), np.uint8))
    return path


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_missing, "does not exist"),
        (lambda folder: folder, "is a folder"),
        (_empty, "is empty"),
        (_text, "not a video or sound file"),
        (_rubbish, "not a video or sound file"),
        (_still, "still picture"),
    ],
)
def test_what_is_no_film_is_refused_in_one_sentence(tmp_path: Path, make: object, sentence: str) -> None:
    with pytest.raises(MediaError, match=sentence) as caught:
        probe(make(tmp_path))
    assert "\n" not in str(caught.value)


def test_recording_without_its_index_is_told_apart(clips: ClipStore) -> None:
    with pytest.raises(MediaError, match="has no index"):
        probe(clips("no_index"))


@pytest.mark.parametrize(
    "name",
    ["a b.mp4", 'it\'s "quoted".mp4', "émoji 🎬.mp4", "-dash.mp4", "http:x%03d.mp4", "n" * 251 + ".mp4"],
)
@pytest.mark.skipif(os.name == "nt", reason="Windows forbids some of these names")
def test_odd_names_are_read(clips: ClipStore, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(clips("cfr25").read_bytes())
    info = probe(path)
    assert info.video is not None
    assert info.video.frame_count == 50
