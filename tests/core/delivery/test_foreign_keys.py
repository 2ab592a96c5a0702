"""Certificates and keys that are damaged or of another kind."""

import random

import pytest

from app.main import main
from core.base.errors import SettingsError
from core.delivery.signing_key import _made_here, key_folder, read_key


@pytest.fixture(scope="module")
def pair():
    return _made_here()


def test_damaged_keys_cost_a_sentence(pair, tmp_path):
    """Seeded damage to text and structure; what is read is used for nothing but its own key."""
    draw = random.Random(1)
    chain, key = tmp_path / "c.pem", tmp_path / "k.pem"
    for _ in range(300):
        contents = [bytearray(each) for each in pair]
        for content in draw.sample(contents, draw.randint(1, 2)):
            for _ in range(draw.randint(1, 5)):
                content[draw.randrange(len(content))] = draw.choice(b"ABCDabcd0189+/=-\n\0\xff")
            if draw.random() < 0.2:
                del content[draw.randrange(len(content)) :]
        chain.write_bytes(contents[0])
        key.write_bytes(contents[1])
        try:
            read_key(chain, key)
        except SettingsError as error:
            assert "\n" not in str(error)  # noqa: PT017 - others must come out


def other_kinds():
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa, x25519

    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    for key in (
        x25519.X25519PrivateKey.generate(),
        ed448.Ed448PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ):
        yield key.private_bytes(*form, serialization.NoEncryption())
    own = ec.generate_private_key(ec.SECP256R1())
    yield own.private_bytes(*form, serialization.BestAvailableEncryption(b"x"))


def test_other_kinds_of_keys_and_other_files_are_refused(pair, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    chain, key = tmp_path / "c.pem", tmp_path / "k.pem"
    chain.write_bytes(pair[0])
    for content in (*other_kinds(), b"", b"\0" * 10, pair[0], b"x" * 2**20 + b"y"):
        key.write_bytes(content)
        assert main(["credentials", "--use", str(chain), str(key)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    key.write_bytes(pair[1])
    for content in (b"", pair[1], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        chain.write_bytes(content)
        assert main(["credentials", "--use", str(chain), str(key)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    for path in (tmp_path, tmp_path / "none.pem"):
        assert main(["credentials", "--use", str(path), str(key)]) == 2
    assert not key_folder().exists()
