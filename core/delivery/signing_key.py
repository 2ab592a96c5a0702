"""Whose name stands under a finished film: the user's own certificate, or one made on this computer at first use.

A certificate made here proves that a film was not changed since, not who made it: nobody vouches for it. Viewers that
check say “unknown signer” until the user installs a certificate of the C2PA trust list.
"""

import datetime
import os
from dataclasses import dataclass
from pathlib import Path

from core.base.errors import SettingsError
from core.base.models import user_data_dir

_CHAIN, _KEY = "certificates.pem", "key.pem"
_YEARS = 10
_LARGEST = 2**20  # bytes; a chain has a few thousand
_CURVES = {256: "es256", 384: "es384", 521: "es512"}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """PEM files' content: the chain, signer first, and the private key; `algorithm` as C2PA names it."""

    chain: bytes
    key: bytes
    algorithm: str


def key_folder() -> Path:
    """Where chain and key lie."""
    return user_data_dir() / "credentials"


def signing_key() -> SigningKey:
    """The installed key; made now if there is none.

    Raises:
        SettingsError: the files there cannot be used.
    """
    folder = key_folder()
    if not (folder / _CHAIN).is_file() or not (folder / _KEY).is_file():
        _install(folder, *_made_here())
    return read_key(folder / _CHAIN, folder / _KEY)


def install_key(chain: Path, key: Path) -> None:
    """Makes the user's own certificate the one that signs from now on; the caller has tried it.

    Raises:
        SettingsError: a file cannot be read or is not of its kind.
    """
    given = read_key(chain, key)
    _install(key_folder(), given.chain, given.key)


def read_key(chain: Path, key: Path) -> SigningKey:
    """The key in two PEM files.

    Raises:
        SettingsError: a file cannot be read, or does not hold what it should, or they do not belong together.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    chain_pem, key_pem = _content(chain), _content(key)
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    try:  # all of it: what is odd in a certificate may only show when its key is asked for
        certificates = x509.load_pem_x509_certificates(chain_pem)
        certified = [each.public_key().public_bytes(*form) for each in certificates]
    except Exception as error:
        raise SettingsError(
            f"{chain} holds no certificates in PEM form.", hint="Give the chain, your own certificate first."
        ) from error
    try:
        private = load_pem_private_key(key_pem, None)
        public = private.public_key().public_bytes(*form)
    except Exception as error:
        raise SettingsError(
            f"{key} holds no private key in PEM form without a password.", hint="Take the password off first."
        ) from error
    if public != certified[0]:
        raise SettingsError(f"The key {key} does not belong to the first certificate of {chain}.")
    return SigningKey(chain_pem, key_pem, _algorithm(private, key))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}.") from error
    if len(content) > _LARGEST:
        raise SettingsError(f"{path} is larger than any certificate or key.")
    return content


def _algorithm(private: object, path: Path) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(private, ec.EllipticCurvePrivateKey) and private.key_size in _CURVES:
        return _CURVES[private.key_size]
    if isinstance(private, rsa.RSAPrivateKey):
        return "ps256"
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    raise SettingsError(f"The kind of key in {path} cannot sign films.", hint="Use ECDSA, RSA or Ed25519.")


def _install(folder: Path, chain: bytes, key: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ((_KEY, key), (_CHAIN, chain)):
        part = folder / f"{name}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        os.replace(part, folder / name)


def _made_here() -> tuple[bytes, bytes]:
    """Chain and key of a signer that an own authority vouches for; C2PA refuses a lone self-signed certificate."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("UniSync Studio authority of this computer", authority_key, None, authority_key)
    signer = _certificate("UniSync Studio on this computer", key, authority, authority_key)
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    # The authority's key is thrown away: it vouches for this one signer only.
    return signer.public_bytes(pem) + authority.public_bytes(pem), key.private_bytes(pem, *plain)


def _certificate(name: str, key, authority, authority_key):  # noqa: ANN001, ANN202 - types of a lazily loaded library
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "UniSync Studio"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    now = datetime.datetime.now(datetime.UTC)
    is_authority = authority is None
    usage = {
        "digital_signature": not is_authority,
        "key_cert_sign": is_authority,
        "crl_sign": is_authority,
    } | dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if is_authority else authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # clocks differ
        .not_valid_after(now + datetime.timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(is_authority, 0 if is_authority else None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if not is_authority:
        vouching = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        ).add_extension(vouching, critical=False)
    return builder.sign(authority_key, hashes.SHA256())
