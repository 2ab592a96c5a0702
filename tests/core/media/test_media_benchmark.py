"""The media benchmark at toy size: that it measures what it says."""

from pathlib import Path

import pytest

from core.media.probe import scan
from core.media.reader import VideoReader
from core.research.benchmark.media import (
    loop_film,
    make_film,
    measure_export,
    measure_peak,
    measure_rectangle,
    measure_seeks,
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("benchmark") / "film.mp4", seconds=4, group=30, size=(320, 180))


def test_seek_figures_are_of_this_film(film: Path) -> None:
    figures = measure_seeks(film, seeks=5)
    assert figures.longest_group == 30
    assert figures.frames_per_second > 0
    assert len(figures.cold.wall) == 5
    assert "p95" in str(figures.near)
    reading, replacing = measure_rectangle(film, side=64, turns=3)
    assert len(reading.wall) == len(replacing.wall) == 3


def test_both_sides_export_the_same_frames(film: Path, tmp_path: Path) -> None:
    figures = measure_export(film, tmp_path, frames=10)
    assert figures.ours_wall > 0
    assert len(scan(tmp_path / "ours.mp4")[1]) == 10
    if figures.ffmpeg_wall is not None:
        assert len(scan(tmp_path / "ffmpeg.mp4")[1]) == 10


def test_looped_film_repeats_itself(film: Path, tmp_path: Path) -> None:
    looped = loop_film(film, tmp_path / "looped.mp4", 3)
    index = scan(looped)[1]
    assert len(index) == 300
    assert index.constant_rate() is not None
    with VideoReader(looped) as reader:
        assert (reader.rgb(7) == reader.rgb(107)).all()


def test_peak_memory_is_of_a_whole_export(film: Path, tmp_path: Path) -> None:
    assert measure_peak(film, tmp_path / "out.mp4") > 30 << 20
    assert len(scan(tmp_path / "out.mp4")[1]) == 100
