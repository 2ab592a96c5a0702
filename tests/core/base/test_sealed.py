"""Cached files that tell damage, and the room they take."""

import numpy as np
import pytest

from core.base.cache_folders import KINDS, cached_entries, clear, drop_longest_unused, trim, usage
from core.base.errors import AppError, SettingsError
from core.base.sealed import (
    DamagedError,
    cache_errors,
    check_folder,
    checked_length,
    is_good,
    looks_whole,
    read_sealed,
    seal_folder,
    sealing,
    touch,
    write_sealed,
)


def flipped(data):
    data[len(data) // 3] ^= 16
    return data


DAMAGES = {
    "flipped": flipped,
    "flipped in the seal": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "cut": lambda data: data[: len(data) // 2],
    "cut by a byte": lambda data: data[:-1],
    "empty": lambda data: b"",
    "longer": lambda data: data + b"x",
    "zeroed": lambda data: bytes(len(data)),
    "another file": lambda data: b"something else altogether" * 40,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_never_believed(tmp_path, damage):
    path = tmp_path / "voice"
    write_sealed(path, np.arange(500, dtype=np.float32).tobytes())
    assert checked_length(path) == 2000
    path.write_bytes(bytes(DAMAGES[damage](bytearray(path.read_bytes()))))
    with pytest.raises(DamagedError):
        read_sealed(path)
    with pytest.raises(DamagedError):
        checked_length(path)
    assert not is_good(path, "A voice")
    assert not path.exists()


def test_what_was_written_comes_back_and_can_be_mapped(tmp_path):
    path, values = tmp_path / "voice", np.random.default_rng(0).normal(size=700).astype(np.float32)
    with sealing(path, expected=10_000) as file:
        for part in np.split(values, 7):
            file.write(part.tobytes())
    assert (np.frombuffer(read_sealed(path), np.float32) == values).all()
    assert (np.memmap(path, np.float32, "r", shape=(checked_length(path) // 4,)) == values).all()
    assert looks_whole(path)
    assert path.stat().st_size == 2800 + 48
    assert not looks_whole(tmp_path / "nothing")


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["a.npy", "facts.json", "seals"])
def test_damage_in_a_folder_is_found(tmp_path, damage, name):
    for each in ("a.npy", "facts.json"):
        (tmp_path / each).write_bytes(each.encode() * 100)
    seal_folder(tmp_path)
    check_folder(tmp_path)
    path = tmp_path / name
    path.write_bytes(bytes(DAMAGES[damage](bytearray(path.read_bytes()))))
    with pytest.raises(DamagedError):
        check_folder(tmp_path)


def test_a_file_that_is_gone_from_a_folder_is_missed(tmp_path):
    (tmp_path / "a").write_bytes(b"a")
    seal_folder(tmp_path)
    (tmp_path / "a").unlink()
    with pytest.raises(DamagedError):
        check_folder(tmp_path)


def test_a_full_disk_is_one_sentence_that_says_what_to_do(tmp_path):
    with (
        pytest.raises(AppError, match=r"The disk of the cache folder .* is full") as caught,
        cache_errors(tmp_path),
    ):
        raise OSError(28, "No space left on device")
    assert "unisync cache clear" in caught.value.hint


def filled(root, kind, count, size):
    """Entries of a kind, the first written longest ago; returns their names."""
    folder = root / kind
    for number in range(count):
        path = folder / f"ab/{number}/0-1.chunk" if kind == "chunks" else folder / str(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sealed(path, bytes(size))
        used = path.parent if kind == "chunks" else path
        import os

        os.utime(used, (1e9 + number, 1e9 + number))
    return folder


def test_the_longest_unused_goes_first_and_what_is_pinned_stays(tmp_path):
    folder = filled(tmp_path, "voices", 6, 952)  # and 48 bytes of seal each
    touch(folder / "1")
    entries = cached_entries(folder)
    assert sum(entry.size for entry in entries) == 6000
    assert drop_longest_unused(entries, 6000) == 0  # what just fits stays
    assert drop_longest_unused(entries, 3500, keep={"0"}) == 3000
    assert {path.name for path in folder.iterdir()} == {"0", "1", "5"}


def test_each_kind_is_kept_below_its_limit(tmp_path, monkeypatch):
    small = tuple(type(kind)(kind.name, kind.title, 2500, kind.entries) for kind in KINDS)
    monkeypatch.setattr("core.base.cache_folders.KINDS", small)
    for kind in KINDS:
        filled(tmp_path, kind.name, 5, 952)
    assert trim(tmp_path) == 3000 * len(KINDS)
    assert all(use.size == 2000 and use.entries == 2 for use in usage(tmp_path))


def test_one_kind_or_all_can_be_emptied(tmp_path):
    for kind in KINDS:
        filled(tmp_path, kind.name, 2, 952)
    assert clear(["voices"], tmp_path) == 2000
    assert {use.kind.name: use.entries for use in usage(tmp_path)}["voices"] == 0
    assert clear((), tmp_path) == 2000 * (len(KINDS) - 1)
    assert sum(use.size for use in usage(tmp_path)) == 0
    with pytest.raises(SettingsError, match="no cache “films”"):
        clear(["films"], tmp_path)


def test_what_is_being_made_is_not_thrown_away(tmp_path):
    work = tmp_path / "faces" / "abc.123-xyz"
    work.mkdir(parents=True)
    (work / "raw0.f32").write_bytes(b"1")
    clear((), tmp_path)
    assert work.is_dir()
