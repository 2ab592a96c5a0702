"""A long film costs minutes to read through: each command does so once, whatever it asks the film."""

from collections import Counter
from pathlib import Path

import core.media.probe as probe_module
from app.main import main
from core.media.probe import probe
from tests.talking import cut_dub, cut_film


def test_a_dub_reads_the_packets_of_its_film_once(tmp_path, monkeypatch):
    film, dub = cut_film(tmp_path / "film.mp4", 30), cut_dub(tmp_path / "dub.flac", 1.2)
    read, passes = probe_module.read_index, Counter()

    def counted(container, stream, path):
        passes[Path(path).name] += 1
        return read(container, stream, path)

    monkeypatch.setattr(probe_module, "read_index", counted)
    assert main(["dub", str(film), "--audio", str(dub), "-o", str(tmp_path / "out.mp4")]) == 0
    assert passes["film.mp4"] == 1
    assert sum(passes.values()) == 2, "and the finished film once, to see that it is whole"


def test_a_file_that_was_written_again_is_read_again(tmp_path):
    film = cut_film(tmp_path / "film.mp4", 10)
    assert probe(film).video.frame_count == 10
    cut_film(film, 12)
    assert probe(film).video.frame_count == 12
