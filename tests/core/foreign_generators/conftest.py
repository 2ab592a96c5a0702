"""Toy models, installed through the door users have."""

import pytest

from core.model_store import store
from core.model_store.catalogue import MODELS
from core.model_store.installing import install
from tests.core.foreign_generators.toys import write_latentsync, write_musetalk, write_tbdub
from tests.core.own_mouth.conftest import drawn_person  # noqa: F401  a fixture

SIDE = 64


@pytest.fixture(scope="session")
def toy_home(tmp_path_factory):
    """A data folder in which MuseTalk, LatentSync and TBDub are installed in toy sizes."""
    folder = tmp_path_factory.mktemp("toys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNISYNC_HOME", str(folder / "home"))
        for model_id, write in (
            ("musetalk-1.5", write_musetalk),
            ("latentsync-1.6", write_latentsync),
            ("tbdub", write_tbdub),
        ):
            store.accept(MODELS[model_id].licence)
            given = write(folder / model_id)
            install(MODELS[model_id], source=given, own_weights=True, side=SIDE)
    return folder / "home"


@pytest.fixture
def installed(toy_home, monkeypatch):
    """That data folder, in use."""
    monkeypatch.setenv("UNISYNC_HOME", str(toy_home))
    return toy_home
