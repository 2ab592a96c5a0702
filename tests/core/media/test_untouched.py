"""Groups of pictures in which nothing changes go into the new film as they are."""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from core.media.planes import copy_frame
from core.media.probe import scan
from core.media.reader import VideoReader
from core.media.untouched import CannotCopyError, Stretch, copied_groups
from core.media.writer import MediaWriter
from tests.clips import Clip, make_clip

LONG = Clip(frames=96, gop=12, sound=None, options=(("sc_threshold", "0"),))
PYRAMID = replace(LONG, b_frames=3, options=(*LONG.options, ("b-pyramid", "normal")))
CHANGED = range(30, 41)  # of the groups from 24 to 36 and from 36 to 48


def packets(path):
    with av.open(str(path)) as container:
        return {p.pts * p.time_base: bytes(p) for p in container.demux(video=0) if p.size}


def planes(path, frames=None):
    with VideoReader(path) as reader:
        return [
            (decoded.time, [bytes(plane) for plane in decoded.frame.planes])
            for decoded in reader.frames(*((frames.start, frames.stop) if frames else ()))
        ]


def rewritten(film, target, changed, preset="h264"):
    """`film` with the frames `changed` turned dark, as an export writes it; its groups."""
    info, index = scan(film, need_video=True)
    groups = copied_groups(info, index, changed, target, preset)
    stretches = groups.stretches if groups else [Stretch(range(len(index)), is_copied=False)]
    with VideoReader(film) as reader, MediaWriter(target, like=info, preset=preset, groups=groups) as writer:
        for stretch in stretches:
            if stretch.is_copied:
                assert sorted(writer.copy(stretch.frames)) == list(stretch.frames)
                continue
            for decoded in reader.frames(stretch.frames.start, stretch.frames.stop):
                frame = copy_frame(decoded.frame)
                if any(decoded.number in frames for frames in changed):
                    plane = frame.planes[0]
                    plane.update(bytes(len(bytes(plane))))
                writer.write(replace(decoded, frame=frame))
        assert writer.frames_written == len(index)
    return groups


@pytest.mark.parametrize(
    ("clip", "suffix"),
    [
        (LONG, ".mp4"),
        (replace(LONG, b_frames=0), ".mp4"),
        (PYRAMID, ".mp4"),
        (replace(PYRAMID, suffix=".mkv", rate=Fraction(24000, 1001)), ".mkv"),
        (replace(PYRAMID, suffix=".mkv"), ".mp4"),
        (replace(LONG, irregular=True), ".mp4"),
        (replace(LONG, suffix=".mov", start=Fraction(2, 5)), ".mkv"),
        (replace(LONG, rotation=90, size=(120, 160)), ".mov"),
    ],
)
def test_what_is_not_changed_is_the_source_byte_for_byte(tmp_path, clip, suffix):
    film = make_clip(tmp_path / f"film{clip.suffix}", clip)
    target = tmp_path / f"new{suffix}"
    groups = rewritten(film, target, [CHANGED])
    assert groups.copied == 72
    before, after = planes(film), planes(target)
    assert [time for time, _ in after] == pytest.approx([time for time, _ in before], abs=0.0011)
    for number, ((_, old), (_, new)) in enumerate(zip(before, after, strict=True)):
        if not 24 <= number < 48:
            assert new == old, number
    old, new = list(packets(film).values()), set(packets(target).values())
    assert sum(packet in new for packet in old) == 72
    dark = [np.frombuffer(new[0], np.uint8).mean() < 5 for _, new in after]
    assert [n for n, is_dark in enumerate(dark) if is_dark] == list(CHANGED)
    info, index = scan(target, need_video=True)
    was = scan(film, need_video=True)[0].video
    assert info.video.rotation == was.rotation
    assert (info.video.colour, info.video.pixel_aspect) == (was.colour, was.pixel_aspect)
    assert info.video.rate == was.rate
    assert float(index.duration) == pytest.approx(float(was.duration), abs=0.002)


@pytest.mark.parametrize("start", [0, 20, 28, 40, 70, 90])
def test_every_part_can_be_begun_with(tmp_path, start):
    film = make_clip(tmp_path / "film.mp4", PYRAMID)
    rewritten(film, tmp_path / "new.mp4", [CHANGED, range(80, 82)])
    frames = range(start, min(start + 9, 96))
    assert [p for _, p in planes(tmp_path / "new.mp4", frames)] == [
        p for _, p in planes(tmp_path / "new.mp4")[start : frames.stop]
    ]


@pytest.mark.parametrize("changed", [range(3), range(90, 96), range(96)])
def test_changes_at_either_end_and_everywhere(tmp_path, changed):
    film = make_clip(tmp_path / "film.mp4", LONG)
    groups = rewritten(film, tmp_path / "new.mp4", [changed])
    assert (groups.copied if groups else 0) == (0 if len(changed) == 96 else 84)
    after = planes(tmp_path / "new.mp4")
    assert [n for n, (_, p) in enumerate(after) if np.frombuffer(p[0], np.uint8).mean() < 5] == list(changed)


def test_prores_pictures_are_taken_over_one_by_one(tmp_path):
    clip = replace(
        LONG, suffix=".mov", codec="prores_ks", pixel_format="yuv422p10le", options=(("profile", "hq"),)
    )
    film = make_clip(tmp_path / "film.mov", clip)
    assert rewritten(film, tmp_path / "new.mov", [CHANGED], "prores").copied == 96 - len(CHANGED)
    old, new = packets(film), packets(tmp_path / "new.mov")
    assert [n for n, (a, b) in enumerate(zip(old.values(), new.values(), strict=True)) if a != b] == list(
        CHANGED
    )


@pytest.mark.parametrize(
    ("clip", "preset"),
    [
        (LONG, "hevc"),
        (replace(LONG, codec="libx265", options=(("x265-params", "log-level=none"),)), "h264"),
        (replace(LONG, suffix=".ts"), "h264"),
        (replace(LONG, pixel_format="yuv444p"), "h264"),
        (replace(LONG, gop=1, b_frames=0), "h264"),
        (replace(LONG, options=(("x264-params", "open-gop=1:keyint=12"),), b_frames=3), "h264"),
        (replace(LONG, suffix=".mov", codec="prores_ks", pixel_format="yuv422p10le"), "prores4444"),
    ],
    ids=[
        "other codec",
        "hevc",
        "no lengths",
        "other pixels",
        "single pictures",
        "open groups",
        "other profile",
    ],
)
def test_what_does_not_fit_is_encoded_as_a_whole(tmp_path, clip, preset):
    film = make_clip(tmp_path / f"film{clip.suffix}", clip)
    target = tmp_path / ("new.mov" if preset == "prores4444" else "new.mp4")
    info, index = scan(film, need_video=True)
    assert copied_groups(info, index, [CHANGED], target, preset) is None


def test_an_order_that_does_not_fit_is_noticed_and_leaves_nothing(tmp_path):
    film = make_clip(tmp_path / "film.mp4", LONG)
    info, index = scan(film, need_video=True)
    target = tmp_path / "new.mp4"
    groups = copied_groups(info, index, [CHANGED], target, "h264")
    groups.decode_times[24:48] += 10**6

    def write():
        with MediaWriter(target, like=info, groups=groups) as writer, VideoReader(film) as reader:
            list(writer.copy(range(24)))
            for decoded in reader.frames(24, 48):
                writer.write(decoded)
            list(writer.copy(range(48, 96)))

    with pytest.raises(CannotCopyError):
        write()
    assert list(tmp_path.glob("*new*")) == []
