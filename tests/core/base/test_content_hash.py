import hashlib

import pytest

from core.base.content_hash import quick_hash
from core.project.relink import stored_hash


@pytest.mark.parametrize("place", [5, 20 * 2**20 + 5, 40 * 2**20 - 1])
def test_a_change_at_the_start_in_the_middle_or_at_the_end_is_seen(tmp_path, place):
    path = tmp_path / "big"
    data = bytearray(40 * 2**20)
    path.write_bytes(data)
    before = quick_hash(path)
    data[place] = 1
    path.write_bytes(data)
    assert quick_hash(path) != before


def test_a_small_file_is_read_altogether(tmp_path):
    path = tmp_path / "dub.wav"
    path.write_bytes(bytes(3 * 2**20))
    before = quick_hash(path)
    path.write_bytes(bytes(2**20 + 7) + b"1" + bytes(2**21 - 8))
    assert quick_hash(path) != before


def test_what_project_files_hold_keeps_its_rule(tmp_path):
    path, size, piece = tmp_path / "film.mp4", 300_001, 64 * 1024
    data = bytes(i % 251 for i in range(size))
    path.write_bytes(data)
    middle = size // 2 - piece // 2
    parts = [data[:piece], data[middle : middle + piece], data[-piece:]]
    assert stored_hash(path) == hashlib.sha256(b"".join([str(size).encode(), *parts])).hexdigest()
