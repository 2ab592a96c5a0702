"""Fetching from a hub on this computer: whole, broken off and taken up again, wrong, and not there."""

import hashlib
from dataclasses import replace

import pytest

from core.base.errors import ModelError
from core.model_store.catalogue import PublishedFile
from core.model_store.fetching import fetch
from tests.core.model_store.hub import serving

CONTENT = bytes(range(256)) * 4096 * 24  # 24 MB: the client takes 10 at once


@pytest.fixture
def hub(tmp_path, monkeypatch):
    path = tmp_path / "hub" / "someone" / "model" / "weights" / "unet.pth"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    with serving(tmp_path / "hub") as served:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", served.address)
        monkeypatch.setattr(
            "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
            served.address + "/{repo_id}/resolve/{revision}/{filename}",
        )
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        yield served


FILE = PublishedFile(
    "unet", "someone/model", "1" * 40, "weights/unet.pth", len(CONTENT), hashlib.sha256(CONTENT).hexdigest()
)


def quiet(*_step):
    pass


def gets(hub):
    return [where for verb, _, where in hub.asked if verb == "GET"]


def test_a_file_is_fetched_with_progress_and_checked(hub, tmp_path):
    steps = []
    path = fetch(FILE, tmp_path / "to", lambda *step: steps.append(step))
    assert path.read_bytes() == CONTENT
    fetched = [done for stage, done, total in steps if stage == "fetch" and total == len(CONTENT)]
    assert fetched == sorted(fetched)
    assert fetched[-1] == len(CONTENT)
    assert [stage for stage, *_ in steps][-2:] == ["check", "check"]


def test_what_was_fetched_before_it_broke_off_is_not_fetched_again(hub, tmp_path):
    """The user stops it in the middle; the second time goes on from there."""

    class Stop(Exception):
        pass

    def stop(stage, done, _total):
        if stage == "fetch" and done > 11 * 2**20:
            raise Stop

    with pytest.raises(Stop):
        fetch(FILE, tmp_path / "to", stop)
    assert not list((tmp_path / "to").rglob("unet.pth"))
    hub.asked.clear()
    path = fetch(FILE, tmp_path / "to", quiet)
    assert path.read_bytes() == CONTENT
    assert gets(hub) == [f"bytes={10 * 2**20}-"]


def test_another_content_than_the_published_is_refused(hub, tmp_path):
    with pytest.raises(ModelError, match=r"is not the published weights/unet.pth"):
        fetch(replace(FILE, sha256="0" * 64), tmp_path / "to", quiet)


def test_where_no_digest_is_known_the_hubs_own_is_checked(hub, tmp_path):
    unknown = replace(FILE, sha256="", size=5)
    assert fetch(unknown, tmp_path / "to", quiet).read_bytes() == CONTENT
    path = fetch(unknown, tmp_path / "again", quiet)
    path.write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(ModelError, match=r"is not the published"):
        fetch(unknown, tmp_path / "again", quiet)


def test_a_file_that_is_not_there_is_one_sentence(hub, tmp_path):
    with pytest.raises(ModelError, match=r"weights/other.pth of someone/model could not be fetched"):
        fetch(replace(FILE, path="weights/other.pth"), tmp_path / "to", quiet)


def test_without_a_network_it_says_what_to_do(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
        "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="could not be fetched") as caught:
        fetch(FILE, tmp_path / "to", quiet)
    assert "goes on where it broke off" in caught.value.hint


def test_an_archive_at_an_address_is_taken_up_again_too(hub, tmp_path):
    (hub.folder / "pack.zip").write_bytes(CONTENT)
    archive = replace(FILE, repository=f"{hub.address}/pack.zip", path="pack.zip")
    hub.break_after = 13 * 2**20  # the server breaks off, too; the client goes on by itself
    assert fetch(archive, tmp_path / "to", quiet).read_bytes() == CONTENT
    assert gets(hub) == [None, f"bytes={10 * 2**20}-"]
    part = tmp_path / "killed" / "pack.zip.part"
    part.parent.mkdir()
    part.write_bytes(CONTENT[:777])
    hub.asked.clear()
    assert fetch(archive, part.parent, quiet).read_bytes() == CONTENT
    assert gets(hub) == ["bytes=777-"]
    assert not part.exists()
    hub.asked.clear()
    assert fetch(archive, tmp_path / "to", quiet).read_bytes() == CONTENT
    assert gets(hub) == []
    (tmp_path / "to" / "pack.zip").rename(tmp_path / "to" / "pack.zip.part")  # killed before it got its name
    assert fetch(archive, tmp_path / "to", quiet).read_bytes() == CONTENT
    with pytest.raises(ModelError, match=r"other.zip of http"):
        fetch(replace(archive, repository=f"{hub.address}/other.zip", path="other.zip"), tmp_path / "to", quiet)
