"""Fixtures that tests of every part share."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import core  # noqa: F401  # before NumPy, as in the program: it settles how many threads OpenBLAS has
from tests.clips import ClipStore
from tests.needs import offscreen_opengl  # noqa: F401  a fixture


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> ClipStore:
    """Generated films by name (see `tests.clips`), made once in a test run."""
    folder: Path = tmp_path_factory.mktemp("clips")
    return ClipStore(folder)


@pytest.fixture
def no_shipped_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program whose only generator is the one the user installed, if any."""
    monkeypatch.setattr("core.takes.lips.SHIPPED_GENERATOR", "none.json")
