"""Content credentials: written, read back, broken by a change, and signed with the certificate the user wants."""

import hashlib
import shutil

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from app.main import main
from core.base.errors import MediaError, SettingsError
from core.delivery.credentials import FilmRecord, LipChange, read, record_of, sign
from core.delivery.export import sealing
from core.delivery.signing_key import key_folder, signing_key
from core.media.probe import probe
from core.media.reader import VideoReader
from core.media.writer import MediaWriter


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))


@pytest.fixture
def film(clips, tmp_path):
    return shutil.copy(clips("cfr25"), tmp_path / "finished.mp4")


LIPS = LipChange(0.5, 1.25, "P1", "own-mouth 7")


@pytest.mark.parametrize("ending", [".mp4", ".mov"])
def test_what_was_signed_is_read_back(clips, tmp_path, ending):
    source, film = clips("cfr25"), tmp_path / f"finished{ending}"
    with VideoReader(source) as reader, MediaWriter(film, like=reader.info) as writer:
        for frame in reader.frames():
            writer.write(frame)
    sign(film, FilmRecord((source,), (LIPS,), (tmp_path / "dub.wav",)), title="Finished")
    found = read(film)
    assert found.state == "valid"
    assert found.signer == "UniSync Studio on this computer"
    assert found.sources == (source.name,)
    assert found.actions == (
        f"Opened {source.name}",
        "Lips of P1 made anew from 0.500 s to 1.250 s with own-mouth 7",
        "Sound of dub.wav laid under it",
    )
    assert probe(film).video.frame_count == probe(source).video.frame_count
    assert [path.name for path in tmp_path.glob("*.signed*")] == []


def test_several_films_are_parts_also_one_of_a_kind_without_records(clips, film, tmp_path):
    other = shutil.copy(clips("cfr25"), tmp_path / "second.mp4")
    matroska = shutil.copy(clips("matroska"), tmp_path / "third.mkv")
    sign(film, record_of([clips("cfr25"), other, matroska], [LIPS], []), title="Finished")
    found = read(film)
    assert found.state == "valid"
    assert set(found.sources) == {clips("cfr25").name, "second.mp4", "third.mkv"}


def test_a_matroska_film_is_the_parent_and_known_by_its_content(clips, film):
    source = clips("matroska")
    sign(film, record_of([source], [LIPS], []), title="Finished")
    found = read(film)
    assert (found.state, found.sources, found.actions[0]) == ("valid", (source.name,), f"Opened {source.name}")
    with c2pa.Reader(str(film)) as reader:
        (parent,) = reader.get_active_manifest()["ingredients"]
    assert (parent["relationship"], parent["format"]) == ("parentOf", "video/x-matroska")
    assert hashlib.sha256(source.read_bytes()).hexdigest() in parent["description"]


def test_a_change_after_signing_is_noticed(film, clips):
    sign(film, FilmRecord((clips("cfr25"),), (LIPS,), ()), title="Finished")
    content = bytearray(film.read_bytes())
    content[content.index(b"mdat") + 40] ^= 1
    film.write_bytes(content)
    assert read(film).state == "invalid"
    assert main(["credentials", str(film)]) == 2


def test_a_film_without_them_says_so(film, capsys):
    assert read(film) is None
    assert main(["credentials", str(film)]) == 0
    assert "no content credentials" in capsys.readouterr().out
    assert main(["credentials", str(film), "--json"]) == 0
    assert '"state": null' in capsys.readouterr().out


def test_record_names_each_recording_once_and_no_film_as_sound(tmp_path):
    a, b, voice = tmp_path / "a.mp4", tmp_path / "b.mp4", tmp_path / "v.wav"
    late, early = LipChange(3, 4, "P1", ""), LipChange(1, 2, "P2", "")
    record = record_of([a, b, a], [late, early], [None, a, voice, voice])
    assert record == FilmRecord((a, b), (early, late), (voice,))


def test_only_changed_films_with_a_place_for_it_are_signed(tmp_path):
    record = FilmRecord((), (LIPS,), ())
    assert sealing(tmp_path / "a.mp4", record, wanted=True)[1] == "signed"
    for output, given, wanted, word in (
        ("a.mkv", record, True, ".mkv"),
        ("a.mp4", record, False, "not wanted"),
        ("a.mp4", FilmRecord((), (), ()), True, "no lips"),
    ):
        seal, words = sealing(tmp_path / output, given, wanted=wanted)
        assert seal is None
        assert word in words


def test_a_film_that_cannot_be_signed_is_not_left_behind(clips, tmp_path):
    key_folder().mkdir(parents=True)
    (key_folder() / "key.pem").write_text("nothing")
    (key_folder() / "certificates.pem").write_text("nothing")
    output = tmp_path / "out.mp4"
    seal, _ = sealing(output, FilmRecord((clips("cfr25"),), (LIPS,), ()), wanted=True)
    with VideoReader(clips("cfr25")) as reader:
        writer = MediaWriter(output, like=reader.info, seal=seal)
        for frame in reader.frames(0, 5):
            writer.write(frame)
        with pytest.raises(SettingsError, match=r"certificates\.pem"):
            writer.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_the_key_is_made_once_and_is_private():
    first = signing_key()
    assert signing_key() == first
    assert (key_folder() / "key.pem").stat().st_mode & 0o077 == 0
    names = [c.subject.rfc4514_string() for c in x509.load_pem_x509_certificates(first.chain)]
    assert len(names) == 2


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Chain and key files of another computer."""
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "elsewhere"))
    made = signing_key()
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    chain, key = tmp_path / "chain.pem", tmp_path / "mine.pem"
    chain.write_bytes(made.chain)
    key.write_bytes(made.key)
    return chain, key


def test_the_users_own_certificate_signs_from_then_on(own, film, capsys):
    before = signing_key()
    assert main(["credentials", "--use", *map(str, own)]) == 0
    assert signing_key().key == own[1].read_bytes() != before.key
    sign(film, FilmRecord((), (LIPS,), ()), title="Finished")
    assert read(film).state == "valid"
    assert "from now on" in capsys.readouterr().out


def test_certificates_that_cannot_sign_are_refused_and_nothing_changes(own, capsys, tmp_path):
    before = signing_key()
    chain, key = own
    text = tmp_path / "notes.pem"
    text.write_text("no certificate")
    lone = tmp_path / "lone.pem"  # without the one who vouches for it
    lone.write_bytes(
        x509.load_pem_x509_certificates(chain.read_bytes())[1].public_bytes(serialization.Encoding.PEM)
    )
    stranger = tmp_path / "stranger.pem"
    stranger.write_bytes(before.key)
    for given, word in (
        ((tmp_path / "missing.pem", key), "missing.pem"),
        ((text, key), "no certificates"),
        ((chain, text), "no private key"),
        ((chain, stranger), "does not belong"),
        ((lone, key), "does not belong"),
    ):
        assert main(["credentials", "--use", *map(str, given)]) == 2
        assert word in capsys.readouterr().err
    assert signing_key() == before


def test_a_certificate_that_c2pa_does_not_take_is_refused(film, tmp_path, own):
    from core.delivery.credentials import try_key
    from core.delivery.signing_key import SigningKey, read_key

    good = read_key(*own)
    lone = x509.load_pem_x509_certificates(good.chain)[1].public_bytes(serialization.Encoding.PEM)
    with pytest.raises(MediaError, match="could not be signed"):
        try_key(SigningKey(lone, good.key, good.algorithm))


def test_bad_input_is_one_sentence(capsys, tmp_path):
    assert main(["credentials"]) == 2
    assert "nothing to do" in capsys.readouterr().err
    assert main(["credentials", str(tmp_path / "nowhere.mp4")]) == 2
    assert "nowhere.mp4" in capsys.readouterr().err
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film at all" * 20)
    assert main(["credentials", str(broken)]) == 2
    assert "broken.mp4" in capsys.readouterr().err
