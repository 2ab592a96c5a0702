"""Fixtures that tests of every part share."""

from pathlib import Path

import pytest

from tests.clips import ClipStore


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> ClipStore:
    """Generated films by name (see `tests.clips`), made once in a test run."""
    folder: Path = tmp_path_factory.mktemp("clips")
    return ClipStore(folder)
