"""Damage anywhere in the caches: the same command gives the same film, and says in the log what it made again."""

import logging
import shutil

import pytest

from app.main import main
from tests.app.same_film import bare_home, film_digest, left_over, toy_dub

DAMAGES = {
    "a flipped bit": lambda data: (
        data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 4]) + data[len(data) // 2 + 1 :]
    ),
    "half of it": lambda data: data[: len(data) // 2],
    "nothing": lambda data: b"",
    "zeros": lambda data: bytes(len(data)),
}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """(options, home, output, digest) of a dub that was made with whole caches."""
    folder = tmp_path_factory.mktemp("damaged")
    home = bare_home(folder / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNISYNC_HOME", str(home))
        output = folder / "out.mkv"
        options = [*toy_dub(folder), "-o", str(output)]
        assert main(options) == 0
    return options, home, output, film_digest(output)


@pytest.fixture
def again(done, monkeypatch, caplog, capsys):
    """Runs the same command; returns the warnings about damage, once the film is proven to be the same."""
    options, home, output, digest = done

    def run():
        monkeypatch.setenv("UNISYNC_HOME", str(home))
        output.unlink(missing_ok=True)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert main(options) == 0
        capsys.readouterr()
        assert film_digest(output) == digest
        assert left_over(home / "cache", output.parent) == []
        return [record.getMessage() for record in caplog.records if "is damaged" in record.getMessage()]

    return run


def cached_files(home):
    return sorted(path for path in (home / "cache").rglob("*") if path.is_file())


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_cached_file_damaged_at_once(done, again, damage):
    files = cached_files(done[1])
    assert {path.relative_to(done[1] / "cache").parts[0] for path in files} == {
        "chunks",
        "faces",
        "mouths",
        "voices",
    }
    for path in files:
        path.write_bytes(DAMAGES[damage](path.read_bytes()))
    told = again()
    assert len(told) == len(set(told))
    for words in ("finished lips", "analysis of a film", "of a mouth", "A voice"):
        assert any(words in line for line in told), words
    assert again() == []


def test_one_file_of_an_analysis_is_gone(done, again):
    next((done[1] / "cache" / "faces").rglob("*.landmarks.npy")).unlink()
    assert len(again()) == 1
    assert again() == []


def test_landmarks_that_are_zero_are_not_believed(done, again):
    path = next((done[1] / "cache" / "faces").rglob("*.landmarks.npy"))
    data = path.read_bytes()
    path.write_bytes(data[:128] + bytes(len(data) - 128))
    assert "analysis of a film" in again()[0]


def test_a_chunk_in_the_middle_is_made_again_alone(done, again):
    chunks = sorted((done[1] / "cache" / "chunks").rglob("*.chunk"))
    assert len(chunks) > 1
    stamps = {path: path.stat().st_mtime_ns for path in chunks}
    chunks[0].write_bytes(chunks[0].read_bytes()[:-9])
    assert len(again()) == 1
    assert chunks[1].stat().st_mtime_ns == stamps[chunks[1]]


def test_a_chunk_that_is_lost_while_the_film_is_written_is_made_again(done, again, monkeypatch):
    from core.media.writer import MediaWriter

    started = MediaWriter.__init__

    def lose(self, *args, **settings):
        started(self, *args, **settings)
        monkeypatch.setattr(MediaWriter, "__init__", started)  # once
        shutil.rmtree(done[1] / "cache" / "chunks")

    monkeypatch.setattr(MediaWriter, "__init__", lose)
    again()
    assert list((done[1] / "cache" / "chunks").rglob("*.chunk"))
