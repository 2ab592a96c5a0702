"""Where installed models lie, what is known of each, and whether it is still what was installed."""

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.base.errors import ModelError
from core.base.json_text import UnusableJson, parse
from core.base.models import file_sha256, user_data_dir
from core.base.names import is_bare_name
from core.base.whole_file import whole_file
from core.model_store.catalogue import MODELS, Licence, PublishedModel

FORMAT = 1
DESCRIPTION = "model.json"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of an installed model: bytes, its digest, and the digest of the published file it was made of."""

    size: int
    sha256: str
    made_of: str = ""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """An installed model.

    Attributes:
        folder: where its files lie.
        architecture: which code runs it.
        side: of its square in pixels.
        files: by name.
        is_published: whether the files are the published ones, or the user's own of that kind.
    """

    folder: Path
    architecture: str
    side: int
    files: dict[str, StoredFile]
    is_published: bool = True


def models_folder() -> Path:
    """Where installed models lie, each in a folder of its own."""
    return user_data_dir() / "models"


def model_folder(model_id: str) -> Path:
    """Where the model of that id lies, or is to lie."""
    return models_folder() / model_id


def known(model_id: str) -> PublishedModel:
    """The published model of that id.

    Raises:
        ModelError: there is none.
    """
    if model_id not in MODELS:
        raise ModelError(f"There is no model “{model_id}”.", hint=f"There are: {', '.join(MODELS)}.")
    return MODELS[model_id]


def is_installed(model_id: str) -> bool:
    """Whether the model is here. Cheap: no file is opened."""
    return (model_folder(model_id) / DESCRIPTION).is_file()


def stored(model_id: str) -> StoredModel:
    """What is known of an installed model.

    Raises:
        ModelError: it is not installed, or its description is damaged.
    """
    folder = model_folder(model_id)
    hint = f"Run “unisync models install {model_id}”, or Preferences → Models."
    if not is_installed(model_id):
        title = MODELS[model_id].title if model_id in MODELS else model_id
        raise ModelError(f"{title} is not installed.", hint=hint)
    try:
        facts = parse((folder / DESCRIPTION).read_text("utf-8"))
        files = {name: StoredFile(**file) for name, file in facts["files"].items()}
        found = StoredModel(folder, facts["architecture"], facts["side"], files, facts["is_published"])
        is_ours = facts["format"] == FORMAT and all(is_bare_name(name) for name in files)
    except (OSError, UnusableJson, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"{folder / DESCRIPTION} is damaged: {error}.", hint=hint) from error
    if not is_ours:
        raise ModelError(f"{folder / DESCRIPTION} is not of this version of the program.", hint=hint)
    return found


def write_description(model: StoredModel) -> None:
    """Makes the files in the model's folder an installed model; the last step of an installation."""
    facts = {
        "format": FORMAT,
        "architecture": model.architecture,
        "side": model.side,
        "is_published": model.is_published,
        "files": {name: asdict(file) for name, file in model.files.items()},
    }
    with whole_file(model.folder / DESCRIPTION) as beside:
        beside.write_text(json.dumps(facts, indent=1), "utf-8")


def check_present(model: StoredModel) -> None:
    """Raises ModelError when a file is missing or of another size; what is inside is `verify`'s business."""
    for name, file in model.files.items():
        path = model.folder / name
        size = path.stat().st_size if path.is_file() else None
        if size != file.size:
            wrong = "is missing" if size is None else f"has {size} bytes instead of {file.size}"
            raise ModelError(
                f"The model file {path} {wrong}.", hint=f"Run “unisync models install {model.folder.name}”."
            )


def verify(model_id: str) -> list[str]:
    """One sentence for each file that is not what was installed; reads all of them.

    Raises:
        ModelError: it is not installed, or its description is damaged.
    """
    model, wrong = stored(model_id), []
    for name, file in model.files.items():
        path = model.folder / name
        if not path.is_file():
            wrong.append(f"{path} is missing.")
        elif path.stat().st_size != file.size or file_sha256(path) != file.sha256:
            wrong.append(f"{path} is not what was installed.")
    return wrong


def remove(model_id: str) -> bool:
    """Deletes an installed model, or what an installation left; whether there was anything.

    Raises:
        ModelError: there is no such model.
        OSError: it cannot be deleted.
    """
    known(model_id)
    folder = model_folder(model_id)
    if not folder.exists():
        return False
    (folder / DESCRIPTION).unlink(missing_ok=True)  # first: from now on it is not installed
    shutil.rmtree(folder)
    return True


def _acceptances() -> Path:
    return models_folder() / "accepted-licences.json"


def is_accepted(licence: Licence) -> bool:
    """Whether the user has accepted these terms on this computer."""
    try:
        return licence.id in parse(_acceptances().read_text("utf-8"))
    except (OSError, UnusableJson, TypeError):
        return False


def accept(licence: Licence) -> None:
    """Keeps that the user has accepted these terms."""
    try:
        kept = parse(_acceptances().read_text("utf-8"))
    except (OSError, UnusableJson):
        kept = {}
    kept = kept if isinstance(kept, dict) else {}
    kept[licence.id] = datetime.now(UTC).isoformat(timespec="seconds")
    _acceptances().parent.mkdir(parents=True, exist_ok=True)
    with whole_file(_acceptances()) as beside:
        beside.write_text(json.dumps(kept, indent=1), "utf-8")
