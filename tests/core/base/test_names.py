"""Names that files bring along."""

from pathlib import Path

import pytest

from core.base.blobs import BlobStore
from core.base.errors import ModelError
from core.base.names import bare_name, file_beside, is_bare_name, is_cache_key, is_sha256

OUTSIDE = (
    "../x.safetensors", "..", ".", "", "a/b.safetensors", "/etc/x.safetensors", "a\\b.safetensors", "C:x.safetensors",
    "c:\\x.safetensors", "x\0.safetensors", "x\n.safetensors", ".hidden.safetensors", "NUL.safetensors", "com1", "LPT¹.safetensors",
    "a:stream.safetensors", "x.safetensors ", "x.safetensors.", "\ud800.safetensors", "x" * 300 + ".safetensors", 7, None, ["a"],
)  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE, ids=ascii)
def test_what_could_lead_out_of_a_folder_is_no_bare_name(name, tmp_path):
    assert not is_bare_name(name)
    with pytest.raises(ModelError, match="no plain name"):
        file_beside(tmp_path / "model.json", name, endings=[".safetensors"], error=ModelError)


@pytest.mark.parametrize(
    "name", ["weights.safetensors", "Gewichte Größe 2.safetensors", "重み.safetensors", "a..b.safetensors"]
)
def test_plain_names_stay_in_their_folder(name):
    assert file_beside(Path("/m/model.json"), name, endings=[".safetensors"]) == Path("/m") / name


def test_a_file_cannot_name_itself_or_another_kind():
    for name in ("model.json", "MODEL.JSON", "x.pth"):
        with pytest.raises(ModelError):
            file_beside(Path("/m/model.json"), name, endings=[".json", ".safetensors"], error=ModelError)


@pytest.mark.parametrize(
    "text", [*(text for text in OUTSIDE if isinstance(text, str)), "clip: take 2?", "ü" * 200]
)
def test_any_text_becomes_a_bare_name(text):
    assert is_bare_name(bare_name(text))
    assert bare_name("generator-small-film_2-A") == "generator-small-film_2-A"


def test_digests_and_keys_are_hex_and_nothing_more(tmp_path, monkeypatch):
    assert is_sha256("0" * 64)
    assert not is_sha256("0" * 63)
    assert not is_sha256("A" * 64)
    assert not is_sha256(None)
    assert is_cache_key("0123456789abcdef")
    assert not is_cache_key("../../../etc")
    assert not is_cache_key("")
    (tmp_path / "secret").write_text("x")
    (tmp_path / "blobs").mkdir()
    assert BlobStore(tmp_path / "blobs").find("../secret") is None
    digest = BlobStore(tmp_path / "blobs").put(lambda path: path.write_text("x"))
    assert BlobStore(tmp_path / "blobs").find(digest) == tmp_path / "blobs" / digest
