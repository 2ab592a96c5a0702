"""Frames by number: every clip shows its frame number, so a wrong one cannot hide."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from core.base.errors import MediaError
from core.media.audio import ANALYSIS_RATE, read_analysis
from core.media.reader import VideoReader
from tests.clips import CLIPS, Clip, ClipStore, click_times, heard_clicks, make_clip, number_in, picture

READABLE = [
    "cfr25", "cfr23976", "cfr5994", "vfr", "long_gop", "open_gop", "matroska", "transport_stream", "avi", "rotated",
    "upside_down", "rotated270", "ten_bit_422", "ten_bit_420", "full_chroma", "packed_422", "rgb", "odd_size",
    "late_picture", "one_frame",
]  # fmt: skip


@pytest.mark.parametrize("name", READABLE)
def test_every_frame_comes_once_in_order_with_its_time(clips: ClipStore, name: str) -> None:
    clip = CLIPS[name]
    with VideoReader(clips(name)) as reader:
        tick = reader.index.time_base
        seen = list(reader.frames())
        assert [d.number for d in seen] == list(range(clip.frames))
        assert all(abs(d.time - time) <= tick / 2 for d, time in zip(seen, clip.times(), strict=True))
        assert [d.frame.pts for d in seen] == reader.index.pts.tolist()
        assert reader.bad_frames == ()


@pytest.mark.parametrize("name", READABLE)
def test_random_access_gives_the_frame_asked_for(clips: ClipStore, name: str) -> None:
    chance = np.random.default_rng(3)
    with VideoReader(clips(name)) as reader:
        numbers = [*chance.integers(0, reader.frame_count, 12).tolist(), reader.frame_count - 1, 0]
        assert [number_in(reader.rgb(n)) for n in numbers] == numbers


@pytest.mark.parametrize("name", ["cfr2997", "vfr", "long_gop"])
def test_steps_and_loops_are_exact(clips: ClipStore, name: str) -> None:
    with VideoReader(clips(name)) as reader:
        end = reader.frame_count - 1
        walk = [*range(5, 15), *range(14, 4, -1), *range(end - 3, end + 1), *range(4), *range(40, 10, -3)]
        assert [number_in(reader.rgb(n, fast=True)) for n in walk] == walk


def test_a_seek_gives_the_same_samples_as_reading_through(clips: ClipStore) -> None:
    with VideoReader(clips("long_gop")) as reader:
        through = {d.number: d.frame.to_ndarray() for d in reader.frames(90, 130)}
    with VideoReader(clips("long_gop")) as reader:
        for number in (129, 91, 100, 99, 120, 110, 90):
            np.testing.assert_array_equal(reader.frame(number).frame.to_ndarray(), through[number])


def test_iteration_survives_random_access_in_between(clips: ClipStore) -> None:
    with VideoReader(clips("cfr25")) as reader:
        seen = []
        for decoded in reader.frames(10, 30):
            seen.append(decoded.number)
            if decoded.number % 7 == 0:
                assert number_in(reader.rgb(45)) == 45
                assert number_in(reader.rgb(2)) == 2
        assert seen == list(range(10, 30))


def test_part_of_a_film(clips: ClipStore) -> None:
    with VideoReader(clips("cfr25")) as reader:
        assert [d.number for d in reader.frames(47)] == [47, 48, 49]
        assert [d.number for d in reader.frames(48, 99)] == [48, 49]
        assert list(reader.frames(50)) == []
        with pytest.raises(IndexError):
            reader.frame(50)


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("cfr25", 5),
        ("bt601", 5),
        ("bt2020", 4),
        ("full_range", 4),
        ("untagged", 5),
        ("full_chroma", 4),
        ("ten_bit_422", 4),
        ("rgb", 0),
        ("rotated", 5),
        ("odd_size", 4),
    ],
)
def test_colours_come_back_as_drawn(clips: ClipStore, name: str, tolerance: int) -> None:
    clip = CLIPS[name]
    with VideoReader(clips(name)) as reader:
        for number in (0, 20):
            shown = reader.rgb(number).astype(int)
            drawn = picture(number, clip.size).astype(int)
            # Digits and cells have edges that 4:2:0 and the codec soften: the pattern between them is what counts.
            smooth = (np.abs(np.gradient(drawn[..., 0].astype(float))[0]) < 3)[..., None] & (drawn < 230)
            error = np.abs(shown - drawn)[smooth]
            assert np.median(error) <= max(1, tolerance / 4)
            assert np.percentile(error, 90) <= tolerance


def test_fast_pictures_are_close_to_accurate_ones(clips: ClipStore) -> None:
    with VideoReader(clips("cfr25")) as reader:
        difference = reader.rgb(5).astype(int) - reader.rgb(5, fast=True)
        assert abs(difference.mean()) < 1.5


def test_hdr_is_shown_in_sdr(clips: ClipStore) -> None:
    with VideoReader(clips("hdr_pq")) as reader:
        shown = reader.rgb(37)
        assert shown.dtype == np.uint8
        assert number_in(reader.rgb(37)) == 37
        # Code 235 of 255 in PQ is far above SDR white: the cells must be bright, and nothing may wrap around.
        assert shown[: 120 // 6, :].max() > 200


def test_pictures_may_not_be_written_into(clips: ClipStore) -> None:
    with VideoReader(clips("cfr25")) as reader, pytest.raises(ValueError, match="read-only"):
        reader.rgb(0)[0, 0] = 0


def test_damaged_frames_are_stood_in_for_and_counted(clips: ClipStore) -> None:
    with VideoReader(clips("damaged")) as reader:
        seen = list(reader.frames())
        assert [d.number for d in seen] == list(range(50))
        assert [d.frame.pts for d in seen] == reader.index.pts.tolist()
        assert reader.bad_frames == (17, 18)
        assert [d.number for d in seen if d.is_stand_in] == [17, 18]
        assert [number_in(reader.rgb(n)) for n in (15, 16, 17, 18, 19)] == [15, 16, 16, 16, 19]
    with VideoReader(clips("damaged")) as reader:
        assert number_in(reader.rgb(18)) == 16


def test_damage_that_other_frames_depend_on_keeps_the_timeline(clips: ClipStore) -> None:
    with VideoReader(clips("damaged_gop")) as reader:
        seen = list(reader.frames())
        assert [d.frame.pts for d in seen] == reader.index.pts.tolist()
        assert set(reader.bad_frames) >= {17, 18}
        assert [number_in(reader.rgb(n)) for n in (12, 36, 49)] == [12, 36, 49]


def test_truncated_film_is_read_as_far_as_it_goes(clips: ClipStore) -> None:
    with VideoReader(clips("truncated")) as reader:
        numbers = [number_in(reader.rgb(n)) for n in range(reader.frame_count)]
        whole = reader.frame_count - len(reader.bad_frames)
        assert len(reader.bad_frames) <= 3  # the frame the cut went through, and those that need it
        assert numbers[:whole] == list(range(whole))
        assert numbers[whole:] == [whole - 1] * len(reader.bad_frames)


def test_truncated_matroska_gives_true_times(clips: ClipStore) -> None:
    rate = CLIPS["matroska"].rate
    with VideoReader(clips("truncated_mkv")) as reader:
        shown = [(number_in(reader.rgb(d.number)), d.time) for d in reader.frames() if not d.is_stand_in]
        assert len(shown) > 20
        assert all(abs(time - number / rate) <= Fraction(1, 1000) for number, time in shown)


def test_film_whose_every_frame_is_rubbish_is_an_error(clips: ClipStore, tmp_path: Path) -> None:
    data = bytearray(clips("intra").read_bytes())
    with av.open(str(clips("intra"))) as source:
        spots = [(p.pos, p.size) for p in source.demux(video=0) if p.size]
    for position, size in spots:
        data[position : position + size] = b"\0" * size
    path = tmp_path / "rubbish.mp4"
    path.write_bytes(data)
    with pytest.raises(MediaError), VideoReader(path) as reader:
        list(reader.frames())


def test_sound_file_is_refused(clips: ClipStore) -> None:
    with pytest.raises(MediaError, match="no video stream"):
        VideoReader(clips("sound_only"))


def test_cache_keeps_to_its_bytes(clips: ClipStore) -> None:
    with VideoReader(clips("cfr25"), cache_bytes=200_000) as reader:
        for number in range(40):
            reader.frame(number)
        assert reader._cached_bytes <= 200_000
        assert reader._cached_bytes == sum(
            p.buffer_size for d in reader._cache.values() for p in d.frame.planes
        )


@pytest.mark.parametrize("name", [*READABLE, "hdr_pq", "bt601", "untagged", "full_range"])
def test_a_part_of_a_picture_is_that_part_of_the_whole(clips: ClipStore, name: str) -> None:
    with VideoReader(clips(name)) as reader:
        whole = reader.rgb(0, fast=True)
        height, width = whole.shape[:2]
        boxes = (
            (13, 7, 62, 45),
            (width - 31, height - 22, width + 40, height + 9),
            (-5, -9, width + 5, height + 5),
        )
        for box in boxes:
            part, (x, y) = reader.rgb_rect(0, box)
            assert (x, y) == (max(box[0], 0), max(box[1], 0))
            assert part.shape[:2] == (min(box[3], height) - y, min(box[2], width) - x)
            expected = whole[y : y + part.shape[0], x : x + part.shape[1]].astype(int)
            difference = np.abs(part.astype(int) - expected)
            # Chroma at the cut edges has one neighbour only, and odd widths take another way through swscale.
            assert difference.mean() < 2
            if name != "hdr_pq":  # quick tone mapping has 64 steps a channel: single pixels may jump one
                assert np.percentile(difference, 99) <= 8
                exact, _ = reader.rgb_rect(0, box, fast=False)
                inner = np.s_[y + 4 : y + part.shape[0] - 4, x + 4 : x + part.shape[1] - 4]
                away = exact[4:-4, 4:-4].astype(int) - reader.rgb(0)[inner]
                # swscale dithers, and reads chroma, from where the picture begins.
                assert abs(away.mean()) < 0.6
                assert np.percentile(np.abs(away), 99) <= 10
        assert reader.rgb_rect(0, (width + 5, 0, width + 50, 50))[0].size == 0


def test_the_way_to_a_frame_is_told_and_can_be_left(clips) -> None:
    with VideoReader(clips("long_gop")) as reader:
        passed: list[int] = []
        assert reader.approach(60, lambda near: passed.append(near.number) is None)
        assert passed
        assert passed == sorted(set(passed))
        assert passed[-1] < 60
        expected = reader.frame(60).frame.to_ndarray()
    with VideoReader(clips("long_gop")) as reader:
        assert not reader.approach(60, lambda near: near.number < 20)
        assert reader.approach(60, lambda _near: True)
        assert np.array_equal(reader.frame(60).frame.to_ndarray(), expected)
        assert not reader.bad_frames


AVI = Clip(suffix=".avi", frames=90, rate=Fraction(30000, 1001), sound_codec="pcm_s16le", time_base=Fraction(1001, 30000))


@pytest.mark.parametrize("codec", ["mpeg4", "libx264", "mpeg2video"])
def test_any_frame_of_an_avi_with_frames_out_of_order_is_that_frame_and_in_step(tmp_path: Path, codec: str) -> None:
    """AVI stores no times: programs that show a frame when its packet says are a frame and more too late."""
    path = make_clip(tmp_path / "film.avi", replace(AVI, codec=codec, options=(("bf", "2"), ("b_strategy", "0"))))
    with VideoReader(path) as reader:
        assert reader.frame_count == 90
        for number in (0, 1, 30, 31, 47, 12, 13, 71, 89, 35, 36):
            assert number_in(reader.rgb(number)) == number
        assert [number_in(reader.rgb(number)) for number in range(90)] == list(range(90))
    assert heard_clicks(read_analysis(path), ANALYSIS_RATE) == pytest.approx(click_times(90 * 1001 / 30000), abs=0.002)
