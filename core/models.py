"""Which model files exist, where they lie and whether they are the right ones.

Shipped weights lie in ``resources/models`` of the program; everything installed later lies in the user's model store.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import platformdirs

from core.errors import ModelError

PROGRAM_ROOT = Path(__file__).resolve().parents[1]
SHIPPED_MODELS = PROGRAM_ROOT / "resources" / "models"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model: its files (name → sha256), licence, and how a user gets it."""

    id: str
    title: str
    files: tuple[tuple[str, str], ...]
    licence: str
    source: str
    shipped: bool = False


MODELS: dict[str, ModelSpec] = {
    spec.id: spec
    for spec in (
        ModelSpec(
            id="face-detector",
            title="MediaPipe face detection, full range",
            files=(
                (
                    "face_detection_full_range_sparse.tflite",
                    "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
                ),
            ),
            licence="Apache-2.0",
            source="mediapipe 0.10.21 wheel",
        ),
        ModelSpec(
            id="face-mesh",
            title="MediaPipe face mesh, 468 points",
            files=(
                ("face_landmark.tflite", "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814"),
            ),
            licence="Apache-2.0",
            source="mediapipe 0.10.21 wheel",
        ),
        ModelSpec(
            id="mouth-shape",
            title="Mouth-shape basis, 16 movements",
            files=(
                (
                    "mouth-shape.safetensors",
                    "9b678da43d5697cbee728d9dc838e9956c05cb7082d6882f1d3f6fc984106539",
                ),
            ),
            licence="Apache-2.0",
            source="core.motion.fit_shape",
            shipped=True,
        ),
        ModelSpec(
            id="speech-encoder",
            title="Speech encoder, 50 features a second",
            files=(
                (
                    "speech-encoder.onnx",
                    "919fc6339c02ae757ec4c1e4909672111aeb1dcb40af0aef6eb2585924399adc",
                ),
                (
                    "speech-encoder.safetensors",
                    "551ccf6e89194a734aaa51b8f089d813428b4ccd48028b1288481e4beb59d94a",
                ),
            ),
            licence="Apache-2.0",
            source="unisync train motion",
            shipped=True,
        ),
        ModelSpec(
            id="motion",
            title="Speech to mouth motion",
            files=(
                (
                    "motion.onnx",
                    "3a4a87fa423b21bbac137a9d3adff53bff41be7d8487d30cd5772b506c9312ec",
                ),
                (
                    "motion.safetensors",
                    "f48c4f825fdb11e1cf1e875603751eda1ba76ab9dfab3a041ab7cf8fe398f068",
                ),
            ),
            licence="Apache-2.0",
            source="unisync train motion",
            shipped=True,
        ),
        ModelSpec(
            id="morphable-face",
            title="Morphable point model of the face",
            files=(
                (
                    "morphable-face.safetensors",
                    "c548387750fff711536c58249bac69dd20587930fb728e456bbc3c3d12fa0662",
                ),
            ),
            licence="Apache-2.0 (weights: see the model card)",
            source="trained by this project",
            shipped=True,
        ),
        ModelSpec(
            id="sync-scorer-b",
            title="Sync scorer B (landmarks with mel)",
            files=(
                (
                    "sync-scorer-b-landmarks-visual.onnx",
                    "f05c40cb2bcecf318215f65f68eaee0d1a8a9b8fd3eedf27f274690480460380",
                ),
                (
                    "sync-scorer-b-landmarks.json",
                    "721d2bd0bf989f03c1d07bbc4f0548d03c70efadbf7a2386503e1269b070f661",
                ),
                (
                    "sync-scorer-b-landmarks.safetensors",
                    "084a3940f97f4b2339141f122bdf0cb163176423be1fca05798e521dd5a9afba",
                ),
                (
                    "sync-scorer-b-landmarks-audio.onnx",
                    "62f3590371d3b637b8ab9b1f9baccdd4fbd1bb19420f6028923b33866044f75c",
                ),
                (
                    "sync-scorer-b-calibration.json",
                    "5b2ee9c60545978648ddadda70e833ecfa1c67e62177ffbae61eb83cf248a66a",
                ),
            ),
            licence="Apache-2.0 (weights: see the model card)",
            source="unisync train scorer",
            shipped=True,
        ),
        ModelSpec(
            id="sync-scorer-a",
            title="Sync scorer A (morphable and rgb with mel)",
            files=(
                (
                    "sync-scorer-a-morphable-visual.onnx",
                    "f29c6b52e8da8c5b82bc135960e86d9ddc0fb3652807eb31c6fa343c37b23380",
                ),
                (
                    "sync-scorer-a-morphable.json",
                    "217e335f5dd2fd2effa332bfa4bf0df7d50ed2ce87e492a14a35567691e4aa4a",
                ),
                (
                    "sync-scorer-a-morphable.safetensors",
                    "27e6620d2011b722454ca3c8599bec48717027831e933eb5fdaa2ac6657f204f",
                ),
                (
                    "sync-scorer-a-morphable-audio.onnx",
                    "d45775056da28c7f08eebdb605550d19e8fb366bf14d752b39656760187e0835",
                ),
                (
                    "sync-scorer-a-calibration.json",
                    "0f2b7bb6802134d2148ad03e3ed239c50975c992c7588cf1119681dff6cd7428",
                ),
                (
                    "sync-scorer-a-rgb-visual.onnx",
                    "9706c6dff7a45844735d9db8362666408eec99b98b232e80d2215d36f29d7199",
                ),
                (
                    "sync-scorer-a-rgb.json",
                    "b37ddbe4b16edbabb5603df8b49ea0735d362e1838c08ab49aef6e2656a8d112",
                ),
                (
                    "sync-scorer-a-rgb.safetensors",
                    "0528bede16734d9ea86189a02991c4e6fb2b7416e188cdd25b3571933d745505",
                ),
            ),
            licence="Apache-2.0 (weights: see the model card)",
            source="unisync train scorer",
            shipped=True,
        ),
    )
}


def user_data_dir() -> Path:
    """The folder for models, cache and settings; ``UNISYNC_HOME`` overrides the system's default."""
    override = os.environ.get("UNISYNC_HOME")
    return Path(override) if override else Path(platformdirs.user_data_dir("unisync-studio", False))


def model_folder(spec: ModelSpec) -> Path:
    """Where the files of `spec` lie."""
    return SHIPPED_MODELS if spec.shipped else user_data_dir() / "models"


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def model_files(model_id: str) -> tuple[Path, ...]:
    """Verified paths of a model's files, in the order of its spec.

    Raises:
        ModelError: a file is missing or has the wrong hash.

    """
    spec = MODELS.get(model_id)
    if spec is None:
        raise ModelError(f"This version of the program has no model “{model_id}”.")
    paths = []
    for name, sha256 in spec.files:
        path = model_folder(spec) / name
        if not path.is_file():
            raise ModelError(
                f"The model “{spec.title}” is not installed: {path} is missing.",
                hint="Run “unisync models install”." if not spec.shipped else "Install the program again.",
            )
        actual = file_sha256(path)
        if actual != sha256:
            raise ModelError(
                f"The model file {path} is not the expected one (sha256 {actual[:12]}…, expected {sha256[:12]}…).",
                hint="Delete it and run “unisync models install”.",
            )
        paths.append(path)
    return tuple(paths)
