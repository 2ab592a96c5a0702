"""What some tests need besides the program and its libraries; where it is absent they say so and are skipped."""

import ctypes.util
import importlib.util
import shutil

import pytest


def programs(*names: str) -> pytest.MarkDecorator:
    """Skips what it marks where one of these system programs is absent."""
    missing = [name for name in names if not shutil.which(name)]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


_has_espeak = bool(importlib.util.find_spec("espeakng_loader") or ctypes.util.find_library("espeak-ng"))
espeak = pytest.mark.skipif(not _has_espeak, reason="not installed: espeak-ng, or the package espeakng-loader")
voices = programs("espeak-ng", "flite", "festival")


@pytest.fixture(scope="session")
def offscreen_opengl() -> None:
    """Skips where nothing can be rendered without a screen."""
    from core.base.errors import DeviceError

    pytest.importorskip("moderngl")
    from core.research.corpus.head_renderer import HeadRenderer

    try:
        HeadRenderer(16, 16, samples=0).close()
    except DeviceError as error:
        pytest.skip(error.message)
