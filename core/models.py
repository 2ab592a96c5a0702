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
                    "fb666b78a3e37e8614fdfb94280238e488dc501170f6333349a35b8020b65763",
                ),
                (
                    "sync-scorer-b-landmarks.json",
                    "97b052802d2fbba86a9fa2822ad0ed26f21172be958b761b0aac490f403e2e5f",
                ),
                (
                    "sync-scorer-b-landmarks.safetensors",
                    "52abb61693b08631a9cfeaf57b8d6c1eac465c06df8afa7d719ba773befbfafd",
                ),
                (
                    "sync-scorer-b-landmarks-audio.onnx",
                    "e96ce587773181d326a4438385441f14b67520da30b117b2f12ec964abe53e6d",
                ),
                (
                    "sync-scorer-b-calibration.json",
                    "10f5b2899b0e2b7cd33d582dad7f0e76472f712f66544d1f19e8a92aa1168a66",
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
                    "cc260e964ccbfc99f86e05f97b501a43fa8f555b3b17481164fa66814db5ff57",
                ),
                (
                    "sync-scorer-a-morphable.json",
                    "32c71f0d31e849b748e396fed6b566ec9a9384e7625a6ed7d029c2ae8bf3b494",
                ),
                (
                    "sync-scorer-a-morphable.safetensors",
                    "b444b5dcafc9d785fc0d2cecf410182de2a1af05e9ffa6dd52a119407e6e0716",
                ),
                (
                    "sync-scorer-a-morphable-audio.onnx",
                    "8048229719c9e824c8a4bf0cd25dadf37b247aea1b6e3d33655a9f89d87b91d1",
                ),
                (
                    "sync-scorer-a-calibration.json",
                    "e5a8d23f5f077ab9b30f720462699afe1ef9b9eae67c49418c79ab13f67d346a",
                ),
                (
                    "sync-scorer-a-rgb-visual.onnx",
                    "c4717b5d82e41938214fc278bd425d24192cbf88acc484776f1fea50a8f524de",
                ),
                (
                    "sync-scorer-a-rgb.json",
                    "7774d2d3d70f4fd1caab5011ef38a7bc52979d535b873782ace097c5e8c8c677",
                ),
                (
                    "sync-scorer-a-rgb.safetensors",
                    "a857c86cd3aabf64363bf87bc4b0a37e6f5c92256de552532c9068533b30c32e",
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
