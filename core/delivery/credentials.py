"""Content credentials (C2PA 2): a signed record inside the finished film of what was changed, with what, and of which film.

Written last of all, since every later change of the file breaks it; uploads and re-encoding usually drop it.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from core.base.errors import MediaError
from core.base.stages import stage
from core.base.version import program_version
from core.delivery.signing_key import SigningKey, signing_key

_UNBOUND = {".mkv": "video/x-matroska", ".webm": "video/webm", ".ts": "video/mp2t", ".mxf": "application/mxf"}
_FORMATS = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".avi": "video/avi"}
SAMPLE = Path(__file__).resolve().parents[2] / "resources" / "samples" / "sample.mp4"
SIGNED = (".mp4", ".mov")  # of what `MediaWriter` writes; Matroska has no place for the record
# The IPTC's word for a filmed picture into which a model's work was laid.
_COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
_CUT_TOGETHER = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeCapture"


@dataclass(frozen=True, slots=True)
class LipChange:
    """One stretch of the finished film whose lips were made: seconds, whose, and by which engine."""

    start: float
    end: float
    person: str
    made_by: str


@dataclass(frozen=True, slots=True)
class FilmRecord:
    """What the record says.

    Attributes:
        sources: the films it is made of; one alone is its parent, several are its parts.
        lips: the stretches with made lips.
        sound: the recordings laid under it.
    """

    sources: tuple[Path, ...]
    lips: tuple[LipChange, ...]
    sound: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A film's record as read back.

    Attributes:
        state: "valid" (whole, signer unknown), "trusted" (whole, signer known) or "invalid" (changed since).
        signer: who signed.
        actions: what was done, a line each.
        sources: titles of the films it was made of.
    """

    state: str
    signer: str
    actions: tuple[str, ...]
    sources: tuple[str, ...]


@stage("signing")
def sign(film: Path, record: FilmRecord, *, title: str, key: SigningKey | None = None) -> None:
    """Puts the record into `film` (.mp4 or .mov), in place, and reads it back.

    Raises:
        MediaError: the record cannot be written or is not valid afterwards; the film is as before.
        SettingsError: the installed key cannot be used, see `signing_key`.
    """
    import c2pa

    key = key or signing_key()
    part = film.with_name(film.stem + ".signed" + film.suffix)
    try:
        info = c2pa.C2paSignerInfo(key.algorithm.encode(), key.chain, key.key, None)
        with c2pa.Signer.from_info(info) as signer, c2pa.Builder(_manifest(record, title)) as builder:
            for number, source in enumerate(record.sources):
                if _has_a_place(source):
                    _add_source(builder, source, _facts(source, number, record))
            with film.open("rb") as plain, part.open("w+b") as signed:
                builder.sign(signer, _FORMATS[film.suffix.lower()], plain, signed)
        found = read(part)
        if found is None or found.state == "invalid":
            raise MediaError(f"The content credentials of “{title}” are not valid after signing.")
        os.replace(part, film)
    except (c2pa.C2paError, OSError) as error:
        raise MediaError(
            f"“{title}” could not be signed with content credentials: {error}.",
            hint="Free some space, or export without content credentials.",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def read(film: Path) -> Credentials | None:
    """The record of a film, None where it has none.

    Raises:
        MediaError: the file cannot be read.
    """
    import c2pa

    try:
        reader = c2pa.Reader.try_create(str(film))
        if reader is None:
            return None
        with reader:
            manifest = reader.get_active_manifest() or {}
            state = str(reader.get_validation_state()).lower()
    except (c2pa.C2paError, OSError) as error:
        if isinstance(error, c2pa.C2paError.NotSupported):
            return None  # a kind of file that has no place for a record
        raise MediaError(f"The content credentials of “{film}” cannot be read: {error}.") from error
    signature = _object(manifest.get("signature_info"))
    actions = [
        action
        for assertion in _objects(manifest.get("assertions"))
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in _objects(_object(assertion.get("data")).get("actions"))
    ]
    return Credentials(
        state,
        str(signature.get("common_name") or signature.get("issuer") or "unknown"),
        tuple(_in_words(action) for action in actions),
        tuple(str(each.get("title", "")) for each in _objects(manifest.get("ingredients"))),
    )


def _object(value: object) -> dict:
    """A record of a stranger's may hold anything: what is no object is an empty one."""
    return value if isinstance(value, dict) else {}


def _objects(values: object) -> list[dict]:
    return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []


def try_key(key: SigningKey) -> None:
    """Signs a copy of the sample film with `key`.

    Raises:
        MediaError: the certificate cannot sign films; the message says why.
    """
    with TemporaryDirectory() as folder:
        film = Path(shutil.copy(SAMPLE, Path(folder) / "trial.mp4"))
        sign(film, FilmRecord((), (), ()), title="A film signed on trial", key=key)


def _in_words(action: dict) -> str:
    return str(action.get("description") or str(action.get("action", "")).removeprefix("c2pa."))


def _manifest(record: FilmRecord, title: str) -> str:
    named = [_identifier(number) for number in range(len(record.sources))]
    if len(record.sources) == 1 and named:
        begun: list[dict[str, object]] = [
            {
                "action": "c2pa.opened",
                "description": f"Opened {record.sources[0].name}",
                "parameters": {"ingredientIds": named},
            }
        ]
    else:
        films = ", ".join(source.name for source in record.sources)
        begun = [
            {
                "action": "c2pa.created",
                "digitalSourceType": _CUT_TOGETHER,
                "description": f"Made of {films}",
            }
        ]
        if named:
            begun.append({"action": "c2pa.placed", "parameters": {"ingredientIds": named}})
    agent = {"name": "UniSync Studio", "version": program_version()}
    lips: list[dict[str, object]] = [
        {
            "action": "c2pa.edited",
            "digitalSourceType": _COMPOSITE,
            "softwareAgent": agent,
            "description": f"Lips of {change.person} made anew from {change.start:.3f} s to {change.end:.3f} s "
            f"with {change.made_by}",
            "changes": [
                {
                    "description": f"the mouth of {change.person}",
                    "region": [
                        {
                            "type": "temporal",
                            "time": {
                                "type": "npt",
                                "start": f"{change.start:.3f}",
                                "end": f"{change.end:.3f}",
                            },
                        }
                    ],
                }
            ],
        }
        for change in record.lips
    ]
    sound: list[dict[str, object]] = [
        {
            "action": "c2pa.edited",
            "softwareAgent": agent,
            "description": f"Sound of {path.name} laid under it",
        }
        for path in record.sound
    ]
    actions = {"label": "c2pa.actions.v2", "data": {"actions": begun + lips + sound}}
    plain = [
        _plain_facts(source, number, record)
        for number, source in enumerate(record.sources)
        if not _has_a_place(source)
    ]
    manifest = {"claim_generator_info": [agent], "title": title, "assertions": [actions]}
    return json.dumps(manifest | ({"ingredients": plain} if plain else {}))


def _identifier(number: int) -> str:
    return f"film-{number}"


def _has_a_place(source: Path) -> bool:
    """Whether such a file can hold a record of its own, which then becomes part of this one."""
    return source.suffix.lower() in _FORMATS


def _facts(source: Path, number: int, record: FilmRecord) -> dict[str, str]:
    return {
        "title": source.name,
        "relationship": "parentOf" if len(record.sources) == 1 else "componentOf",
        "instance_id": _identifier(number),
        "label": _identifier(number),
    }


def _plain_facts(source: Path, number: int, record: FilmRecord) -> dict[str, str]:
    """A film that C2PA cannot look into, Matroska above all: named, with the hash of its content."""
    with source.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    kind = _UNBOUND.get(source.suffix.lower(), "application/octet-stream")
    return {**_facts(source, number, record), "format": kind, "description": f"SHA-256 of the file: {digest}"}


def _add_source(builder, source: Path, facts: dict[str, str]) -> None:  # noqa: ANN001 - loaded lazily
    with source.open("rb") as stream:
        builder.add_ingredient(json.dumps(facts), _FORMATS[source.suffix.lower()], stream)


def record_of(sources: Sequence[Path], lips: Sequence[LipChange], sound: Sequence[Path | None]) -> FilmRecord:
    """The record of films, lips and recordings, each named once, the recordings that are no source's own sound."""
    films = tuple(dict.fromkeys(sources))
    recordings = tuple(dict.fromkeys(path for path in sound if path is not None and path not in films))
    return FilmRecord(
        films, tuple(sorted(lips, key=lambda change: (change.start, change.person))), recordings
    )
