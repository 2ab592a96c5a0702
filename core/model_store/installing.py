"""Installing a published model: fetched or taken from a folder, checked, made into safetensors, and only then there."""

import shutil
import zipfile
from pathlib import Path

from core.base.errors import ModelError
from core.base.json_text import read
from core.base.models import file_sha256
from core.base.whole_file import is_disk_full, whole_file
from core.model_store.catalogue import PublishedFile, PublishedModel
from core.model_store.fetching import OnProgress, check_file, check_room, fetch
from core.model_store.reading import INSTALLED, convert, tensors_in
from core.model_store.store import (
    StoredFile,
    StoredModel,
    is_accepted,
    model_folder,
    write_description,
)

_DOWNLOADS = "downloads"  # in the model's folder, until they are converted
# What of InsightFace's pack is used: detector, identity, 106 points.
PACK = {
    "det_10g.onnx": "5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91",
    "w600k_r50.onnx": "4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43",
    "2d106det.onnx": "f001b856447c413801ef5c42091ed0cd516fcd21f2d6b79635b1e733a7109dbf",
}


def _quiet(_stage: str, _done: int, _total: int) -> None:
    pass


def install(
    model: PublishedModel,
    *,
    source: Path | None = None,
    own_weights: bool = False,
    side: int | None = None,
    on_progress: OnProgress = _quiet,
) -> StoredModel:
    """Installs a model whose licence has been accepted, in place of one that is there.

    Args:
        model: which.
        source: a folder that holds its files, in whatever folders below; None fetches them.
        own_weights: whether files of the user's own training are taken, too: tensors and nothing else, of any size and digest.
        side: the square in pixels that they were trained on, None for the published one.
        on_progress: see `core.model_store.fetching.OnProgress`.

    Raises:
        ModelError: the licence is not accepted, no network, no room, a file is missing or not the published one, or holds more
            than tensors.
    """
    if not is_accepted(model.licence):
        raise ModelError(
            f"The licence of {model.title} ({model.licence.title}) has not been accepted.",
            hint=f"Read {model.licence.address}, then give --accept-licence.",
        )
    if own_weights and source is None:
        raise ModelError("--other-weights needs the folder of your own weights.", hint="Give --from FOLDER.")
    if side is not None and (not own_weights or side < 64 or side % 64):
        raise ModelError(
            f"A square of {side} pixels is not possible.",
            hint="--size goes with --other-weights; give a multiple of 64.",
        )
    folder = model_folder(model.id)
    largest = max(file.size for file in model.files)
    if not own_weights:
        check_room(folder, model.size + (largest if source is None else 0))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files: dict[str, StoredFile] = {}
        for file in model.files:
            path = fetch(file, folder / _DOWNLOADS, on_progress) if source is None else _found(file, source)
            if source is not None and not own_weights and path.suffix != ".onnx":
                check_file(path, file, file.sha256, on_progress)
            if file.reads in ("tensors", "text"):
                files |= _kept(path, file, folder, "" if own_weights else file.sha256)
            elif file.reads == "pack":
                files |= _unpacked(path, folder, is_checked=not own_weights)
            else:
                files |= _converted(path, file, folder, on_progress, "" if own_weights else file.sha256)
            if source is None:
                path.unlink(missing_ok=True)
        shutil.rmtree(folder / _DOWNLOADS, ignore_errors=True)
        stored = StoredModel(folder, model.architecture, side or model.side, files, not own_weights)
        write_description(stored)
    except OSError as error:
        if is_disk_full(error):
            raise ModelError(
                f"The disk is full while {model.title} is written to {folder}.",
                hint="Free some space and run the same command again.",
            ) from error
        raise ModelError(
            f"{model.title} could not be written to {folder}: {error.strerror or error}."
        ) from error
    return stored


def _found(file: PublishedFile, source: Path) -> Path:
    """The file among all in the user's folder: by name, then by folder, then by size."""
    if not source.is_dir():
        raise ModelError(f"There is no folder {source}.")
    if file.reads == "pack" and all(next(source.rglob(name), None) for name in PACK):
        return next(iter(sorted(source.rglob("det_10g.onnx"))))
    others = {"whisper": ("tiny.pt", "model.safetensors", "pytorch_model.bin")}.get(file.reads, ())
    names = {file.name, *others}
    found = [path for path in sorted(source.rglob("*")) if path.name in names and path.is_file()]
    wanted = file.folder or {"whisper": "whisper"}.get(file.reads, "")
    fitting = [path for path in found if wanted in str(path.relative_to(source)).lower()]
    exact = [path for path in fitting if path.stat().st_size == file.size]
    best = next(iter(exact or fitting), None)
    if best is None:
        raise ModelError(
            f"“{file.name}” of {file.repository} is not in {source}.",
            hint="Give the folder that holds all files of the model; “unisync models list” names them.",
        )
    return best


def _converted(
    path: Path, file: PublishedFile, folder: Path, on_progress: OnProgress, made_of: str
) -> dict[str, StoredFile]:
    name = INSTALLED[file.reads]
    on_progress("convert", 0, 1)
    convert(path, file.reads, folder / name)
    on_progress("convert", 1, 1)
    target = folder / name
    return {name: StoredFile(target.stat().st_size, file_sha256(target), made_of)}


def _kept(path: Path, file: PublishedFile, folder: Path, made_of: str) -> dict[str, StoredFile]:
    """The file as it is, once it is known to hold tensors, or a JSON table, and nothing else."""
    if file.reads == "tensors":
        tensors_in(path)
    elif not isinstance(read(path, error=ModelError, what="model's file"), dict):
        raise ModelError(f"{path} is not what {file.path} is.", hint="Fetch it again.")
    target = folder / file.name
    with whole_file(target) as beside:
        shutil.copyfile(path, beside)
    return {file.name: StoredFile(target.stat().st_size, file_sha256(target), made_of)}


def _unpacked(path: Path, folder: Path, *, is_checked: bool) -> dict[str, StoredFile]:
    """The networks of InsightFace's pack out of its archive, or from the folder in which `path` lies."""
    files = {}
    for name, sha256 in PACK.items():
        target = folder / name
        with whole_file(target) as beside:
            if path.suffix == ".zip":
                _out_of(path, name, beside)
            else:
                shutil.copyfile(path.parent / name, beside)
            actual = file_sha256(beside)
            if is_checked and actual != sha256:
                raise ModelError(
                    f"{name} in {path} is not the published one (sha256 {actual[:12]}…, expected {sha256[:12]}…).",
                    hint="Fetch the pack again.",
                )
        files[name] = StoredFile(target.stat().st_size, actual, sha256 if is_checked else "")
    return files


def _out_of(archive: Path, name: str, target: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as held:
            member = next((m for m in held.namelist() if m.rsplit("/", 1)[-1] == name), None)
            if member is None:
                raise ModelError(f"{archive} holds no {name}.", hint="Fetch the pack again.")
            with held.open(member) as source, target.open("wb") as out:
                shutil.copyfileobj(source, out)
    except zipfile.BadZipFile as error:
        raise ModelError(f"{archive} is no zip archive.", hint="Fetch the pack again.") from error
