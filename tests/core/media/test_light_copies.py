"""Thumbnails and proxies."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from core.media.probe import probe, scan
from core.media.proxy import write_proxy
from core.media.reader import VideoReader
from core.media.thumbnails import thumbnails
from tests.clips import CLIPS, ClipStore, number_in


def test_thumbnails_are_the_frames_asked_for(clips: ClipStore) -> None:
    made = dict(thumbnails(clips("wide_pixels"), [40, 0, 13, 99], 96))
    assert list(made) == [0, 13, 40, 99]
    assert all(picture.shape == (96, round(160 * 64 / 45 * 96 / 120), 3) for picture in made.values())
    squeezed = {n: picture[:, ::1] for n, picture in made.items()}
    assert [number_in(squeezed[n]) for n in (0, 13, 40)] == [0, 13, 40]


def test_rough_thumbnails_take_the_key_frame_before(clips: ClipStore) -> None:
    _, index = scan(clips("cfr25"))
    assert index is not None
    key = index.keyframe_before(23)
    assert 0 < key < 23
    (_, near), (_, far) = (
        next(thumbnails(clips("cfr25"), [23], 120, tolerance=t)) for t in (Fraction(1), Fraction(1, 100))
    )
    assert (number_in(near), number_in(far)) == (key, 23)


@pytest.mark.parametrize("name", ["vfr", "rotated", "hdr_pq", "rgb", "late_picture"])
def test_proxy_has_the_same_frames_at_the_same_times(clips: ClipStore, tmp_path: Path, name: str) -> None:
    path = tmp_path / "proxy.mp4"
    steps = list(write_proxy(clips(name), path, height=90))
    source, before = scan(clips(name))
    made, after = scan(path)
    assert source.video is not None
    assert made.video is not None
    assert before is not None
    assert after is not None
    assert made.video.upright_size[1] == 90
    assert made.video.rotation == source.video.rotation
    assert len(after.keyframes) == len(after) == len(before)
    tick = Fraction(1, 2000)
    assert all(abs(after.time(n) - before.time(n)) <= tick for n in range(len(before)))
    assert steps == [(n + 1, 50) for n in range(50)]
    with VideoReader(clips(name)) as old, VideoReader(path) as new:
        assert [number_in(new.rgb(n)) for n in (0, 31, 7, 49)] == [0, 31, 7, 49]
        assert np.abs(old.rgb(9).mean(axis=(0, 1)) - new.rgb(9).mean(axis=(0, 1))).max() < 5


def test_proxy_never_grows_a_film(clips: ClipStore, tmp_path: Path) -> None:
    for _ in write_proxy(clips("cfr25"), tmp_path / "proxy.mp4"):
        pass
    video = probe(tmp_path / "proxy.mp4").video
    assert video is not None
    assert (video.width, video.height) == CLIPS["cfr25"].size


def test_a_stopped_proxy_leaves_nothing(clips: ClipStore, tmp_path: Path) -> None:
    steps = write_proxy(clips("cfr25"), tmp_path / "proxy.mp4")
    for _ in range(10):
        next(steps)
    assert list(tmp_path.iterdir())
    steps.close()
    assert list(tmp_path.iterdir()) == []
