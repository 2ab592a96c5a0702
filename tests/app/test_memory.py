"""What a dub of a stretch needs of memory does not grow with the film around it."""

import json
import subprocess
import sys
from pathlib import Path

import av
import pytest

from tests.clips import ClipStore
from tests.talking import cut_dub, cut_film

pytestmark = pytest.mark.slow

_FRAMES = 25
_GROWTH = 48 << 20  # bytes: the decoded frames that readers keep


def repeated(film: Path, times: int, path: Path) -> Path:
    """`film`'s picture `times` times over."""
    with av.open(str(film)) as source:
        packets = [packet for packet in source.demux(video=0) if packet.size]
        length = sum(packet.duration for packet in packets)
        with av.open(str(path), "w") as out:
            stream = out.add_stream_from_template(source.streams.video[0])
            for turn in range(times):
                for packet in packets:
                    packet.stream = stream
                    packet.pts, packet.dts = packet.pts + turn * length, packet.dts + turn * length
                    out.mux(packet)
                    packet.pts, packet.dts = packet.pts - turn * length, packet.dts - turn * length
    return path


@pytest.fixture
def report_of(tmp_path):
    """The report of a dub of the first second of a film."""
    sound = cut_dub(tmp_path / "dub.flac", 0.9)

    def run(film):
        report = tmp_path / f"{film.stem}.json"
        command = [sys.executable, "-m", "app.main", "dub", film, "--audio", sound, "--range", "0-1"]
        output = tmp_path / f"{film.stem}-dubbed.mp4"
        subprocess.run([*command, "--report", report, "-o", output], check=True, capture_output=True, timeout=300)
        return json.loads(report.read_text("utf-8"))

    return run


def test_a_film_ten_times_as_long_needs_no_more_for_the_same_stretch(tmp_path, report_of):
    short = cut_film(tmp_path / "short.mp4", _FRAMES, height=180)
    long = repeated(short, 10, tmp_path / "long.mp4")
    reports = report_of(short), report_of(long)
    assert reports[1]["peak_memory_bytes"] <= reports[0]["peak_memory_bytes"] + _GROWTH
    assert reports[1]["output"]["frames"] == 10 * _FRAMES
    assert reports[1]["output"]["copied_frames"] == 9 * _FRAMES  # what the range leaves alone is not encoded again


def test_frames_that_are_kept_take_what_is_counted(clips: ClipStore):
    """A frame that was turned into RGB once held half a megabyte of tables as long as it was kept."""
    read = """
import sys
from core.media.reader import VideoReader
from core.base.memory import peak_memory_bytes
with VideoReader(sys.argv[1]) as reader:
    for number in range(20):
        reader.rgb(number)
    before = peak_memory_bytes()
    for number in range(20, 200):
        reader.rgb(number, fast=number % 2 == 0)
    print(peak_memory_bytes() - before)
"""
    made = subprocess.run(
        [sys.executable, "-c", read, clips("long_gop")], check=True, capture_output=True, text=True, timeout=300
    )
    assert int(made.stdout) < 30 << 20
