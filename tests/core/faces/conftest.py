import pytest

from core.base.errors import ModelError
from core.faces.backend import MediaPipeBackend


@pytest.fixture(scope="session")
def backend():
    try:
        return MediaPipeBackend()
    except ModelError as error:
        pytest.skip(f"the face models are not installed: {error.message}")
