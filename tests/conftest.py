"""Fixtures that tests of every part share."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import core  # noqa: F401  # before NumPy, as in the program: it settles how many threads OpenBLAS has
from tests.clips import ClipStore
from tests.needs import offscreen_opengl  # noqa: F401  a fixture


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: at the end no process is left alone with a long one."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> ClipStore:
    """Generated films by name (see `tests.clips`), made once in a test run."""
    folder: Path = tmp_path_factory.mktemp("clips")
    return ClipStore(folder)


@pytest.fixture
def no_shipped_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program whose only generator is the one the user installed, if any."""
    monkeypatch.setattr("core.takes.lips.SHIPPED_GENERATOR", "none.json")
