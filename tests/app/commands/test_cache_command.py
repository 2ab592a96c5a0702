"""``unisync cache`` as it is typed."""

import pytest

from app.main import main
from core.base.cache_folders import KINDS


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path))
    for kind in ("voices", "proxies"):
        (tmp_path / "cache" / kind).mkdir(parents=True)
        (tmp_path / "cache" / kind / "one").write_bytes(bytes(3 << 20))
    return tmp_path


def test_sizes_and_limits_are_listed_and_a_kind_is_emptied(home, capsys):
    assert main(["cache", "list"]) == 0
    text = capsys.readouterr().out
    assert str(home / "cache") in text
    for kind in KINDS:
        assert kind.name in text
    line = next(line for line in text.splitlines() if line.strip().startswith("voices"))
    assert "3.0 MiB of  4.0 GiB" in line
    assert "6.0 MiB" in text.splitlines()[-1]
    assert main(["cache", "clear", "voices"]) == 0
    assert capsys.readouterr().out == "3.0 MiB freed.\n"
    assert not (home / "cache" / "voices" / "one").exists()
    assert (home / "cache" / "proxies" / "one").exists()
    assert main(["cache", "clear"]) == 0
    assert not (home / "cache" / "proxies" / "one").exists()


def test_an_unknown_kind_is_refused(home, capsys):
    assert main(["cache", "clear", "films"]) == 2
    assert "chunks" in capsys.readouterr().err
    assert (home / "cache" / "voices" / "one").exists()
