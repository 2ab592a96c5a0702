"""Brings model files into the user's model store, each verified by hash before it is used."""

import os
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

from core.base.errors import ModelError
from core.base.models import MODELS, ModelSpec, file_sha256, model_folder

# The two face models and their licence lie inside this wheel; it is downloaded, never installed.
MEDIAPIPE_REQUIREMENT = (
    "mediapipe==0.10.21 --hash=sha256:05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
)
MEDIAPIPE_LICENCE = "mediapipe-0.10.21.dist-info/LICENSE"
MEDIAPIPE_FOLDERS = ("mediapipe/modules/face_detection/", "mediapipe/modules/face_landmark/")
_LARGEST = 64 * 2**20  # bytes
DOWNLOADED = ("face-detector", "face-mesh")


def missing_models() -> list[ModelSpec]:
    """Models that can be downloaded and are absent or damaged."""
    return [MODELS[model_id] for model_id in DOWNLOADED if not is_installed(MODELS[model_id])]


def is_installed(spec: ModelSpec) -> bool:
    """Whether every file of `spec` is there with the right hash."""
    paths = ((model_folder(spec) / name, sha256) for name, sha256 in spec.files)
    return all(path.is_file() and file_sha256(path) == sha256 for path, sha256 in paths)


def install_face_models(wheel: Path | None = None) -> list[str]:
    """Installs the face models that are missing; returns their titles.

    Args:
        wheel: a mediapipe 0.10.21 wheel already on this computer, for machines without a network.

    Raises:
        ModelError: no network, a wrong hash, or no room.

    """
    wanted = missing_models()
    if not wanted:
        return []
    with tempfile.TemporaryDirectory() as folder:
        source = wheel or _download_wheel(Path(folder))
        try:
            with zipfile.ZipFile(source) as archive:
                for spec in wanted:
                    for name, sha256 in spec.files:
                        _take(archive, name, sha256, model_folder(spec))
                licence = model_folder(wanted[0]) / "LICENSE-mediapipe.txt"
                licence.write_bytes(archive.read(MEDIAPIPE_LICENCE))
        except (
            zipfile.BadZipFile,
            zlib.error,
            KeyError,
            FileNotFoundError,
            EOFError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ) as exc:
            raise ModelError(
                f"{source} is not the mediapipe 0.10.21 wheel that holds the face models.",
                hint="Get that wheel from the Python package index and pass it with --from.",
            ) from exc
        except OSError as exc:
            raise ModelError(
                f"The face models could not be written to {model_folder(wanted[0])}: {exc.strerror}."
            ) from exc
    return [spec.title for spec in wanted]


def _download_wheel(folder: Path) -> Path:
    requirement = folder / "wheel.txt"
    requirement.write_text(MEDIAPIPE_REQUIREMENT + "\n")
    # The Linux wheel on every system: only its two data files are used.
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes",
        "--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311",
        "--platform", "manylinux_2_28_x86_64", "--dest", str(folder), "--requirement", str(requirement),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        reason = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no reason given"
        raise ModelError(
            f"The face models could not be downloaded: {reason}",
            hint="Connect to the network and run “unisync models install”, or pass the mediapipe 0.10.21 wheel with --from.",
        )
    return wheels[0]


def _take(archive: zipfile.ZipFile, name: str, sha256: str, folder: Path) -> None:
    member = next((f + name for f in MEDIAPIPE_FOLDERS if f + name in archive.namelist()), None)
    if member is None:
        raise KeyError(name)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / (name + ".part")
    with archive.open(member) as source, part.open("wb") as target:
        target.write(source.read(_LARGEST))  # a larger one has another hash
    actual = file_sha256(part)
    if actual != sha256:
        part.unlink()
        raise ModelError(f"{name} in the wheel has sha256 {actual[:12]}…, expected {sha256[:12]}….")
    os.replace(part, folder / name)
