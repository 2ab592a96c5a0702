"""Which model files exist, where they lie and whether they are the right ones.

Shipped weights lie in ``resources/models`` of the program; everything installed later lies in the user's model store.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import platformdirs

from core.base.errors import ModelError

PROGRAM_ROOT = Path(__file__).resolve().parents[2]
SHIPPED_MODELS = PROGRAM_ROOT / "resources" / "models"
PACKAGED_MODELS = PROGRAM_ROOT / "resources" / "face-models"  # in installed packages, so that they need no network


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
                    "1305958e75ff007d6a94c46a8e922076af696874b92f2966abf3ceeea36b3d97",
                ),
            ),
            licence="Apache-2.0",
            source="core.research.training.motion.fit_shape",
            shipped=True,
        ),
        ModelSpec(
            id="whisper-encoder",
            title="Whisper's ear, 50 features a second",
            files=(("whisper-encoder.onnx", "b2036d36b575aefc8f8f69fa585e43257fdcd624f6cbb7a9ae796b27a64313f2"),),
            licence="MIT (OpenAI Whisper base)",
            source="core.research.training.speech.whisper_cut",
            shipped=True,
        ),
        ModelSpec(
            id="motion",
            title="Speech to mouth motion",
            files=(
                (
                    "motion.onnx",
                    "15397fb44b4e4ce9478818c7102745c94e1b8e057d3159be6cc8d44885493b3f",
                ),
                (
                    "motion.safetensors",
                    "574cc8609667f1f307ae2593eb7a7f1d227265aab18491799cffa5f20541f25e",
                ),
            ),
            licence="Apache-2.0",
            source="unisync lab train motion",
            shipped=True,
        ),
        ModelSpec(
            id="occluders",
            title="What lies before a face",
            files=(
                (
                    "occluders.onnx",
                    "49938e43850dc4209da8645eb14eebead649e3417f87d73717bea4933f100d2f",
                ),
                (
                    "occluders.safetensors",
                    "5d79dbb8816b38c1a28f1ab734b58ca7b76c004237d46e0e688a2b979d587504",
                ),
            ),
            licence="Apache-2.0 (weights: see the model card)",
            source="unisync lab train occluders",
            shipped=True,
        ),
        ModelSpec(
            id="naturalness",
            title="How natural a made mouth looks",
            files=(
                (
                    "naturalness.onnx",
                    "75c58ee6fa81b78eee2b8c21889657256f08f4d96b759aa2e6a13d530baebf10",
                ),
                (
                    "naturalness.safetensors",
                    "a0705b027c788ff486a20e286e93c5aef43602ac5a0ef1b903a714841191981a",
                ),
            ),
            licence="Apache-2.0 (weights: see the model card)",
            source="unisync lab train naturalness",
            shipped=True,
        ),
        ModelSpec(
            id="morphable-face",
            title="Morphable point model of the face",
            files=(
                (
                    "morphable-face.safetensors",
                    "e0f9063d1cdd19b1433d22cee8496648ec66779a48fd57a001e97845c99190cc",
                ),
            ),
            licence="Apache-2.0 (weights: see the model card)",
            source="trained by this project",
            shipped=True,
        ),
        ModelSpec(
            id="generator-small",
            title="Lip-sync generator, small",
            files=(
                (
                    "generator-small.json",
                    "acd23176c127aa8e06b1df00aa393aa8779750fb501989b7815560e08c7880b2",
                ),
                (
                    "generator-small.safetensors",
                    "7c6c625b1b05716505fbb3c7803c52182d64138ba940627d5d630d4a029af92c",
                ),
            ),
            licence="Apache-2.0 (weights: see the model card)",
            source="unisync lab train generator",
            shipped=True,
        ),
        ModelSpec(
            id="sync-scorer-b",
            title="Sync scorer B (landmarks with mel)",
            files=(
                (
                    "sync-scorer-b-landmarks-visual.onnx",
                    "339624a2466dd91b26b3a7de4e19aa0ea2aaaacf12e7eac374c5c154cf82f63c",
                ),
                (
                    "sync-scorer-b-landmarks.json",
                    "97b052802d2fbba86a9fa2822ad0ed26f21172be958b761b0aac490f403e2e5f",
                ),
                (
                    "sync-scorer-b-landmarks.safetensors",
                    "51ae547665c94980d4257c6cac95782f49a03614fedcb03d33e2faf9ad7ba895",
                ),
                (
                    "sync-scorer-b-landmarks-audio.onnx",
                    "1593714bd63269f67b7131196c9d6f53847ba01a48d3ee582fbaf72044aac203",
                ),
                (
                    "sync-scorer-b-calibration.json",
                    "6d16bcba46ca5698bbde511fabe386b79acddaf0533872c4ed93a82f9e9cfddd",
                ),
            ),
            licence="Apache-2.0 (weights: see the model card)",
            source="unisync lab train scorer",
            shipped=True,
        ),
        ModelSpec(
            id="sync-scorer-a",
            title="Sync scorer A (landmarks and expected movement, heard by Whisper)",
            files=(
                (
                    "sync-scorer-a-landmarks-visual.onnx",
                    "77b90198b5c9411e52bac27d161a8d86c02f2acdf26abd458427465ba4ae6bcc",
                ),
                (
                    "sync-scorer-a-landmarks.json",
                    "ba5dd8b6da50120c38871f563b43e02c3c2628d2f85d409b6b377899292c8aef",
                ),
                (
                    "sync-scorer-a-landmarks.safetensors",
                    "d688341b3dfefc26dbf5925df841910df941ff91169efa2048f93b3ec88b6e95",
                ),
                (
                    "sync-scorer-a-landmarks-audio.onnx",
                    "a8aa4f2e791e62f8efdd8685ab814bd9ea77cbc63c3c4561fd17bd0d2715a706",
                ),
                (
                    "sync-scorer-a-calibration.json",
                    "5c6c19b4bf239d716cc66d668d9319902cc725f63acd9e77c0d7d131b9362100",
                ),
            ),
            licence="Apache-2.0 (weights: see the model card)",
            source="unisync lab train scorer",
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
    if spec.shipped:
        return SHIPPED_MODELS
    is_packaged = all((PACKAGED_MODELS / name).is_file() for name, _ in spec.files)
    return PACKAGED_MODELS if is_packaged else user_data_dir() / "models"


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def model_files(model_id: str) -> tuple[Path, ...]:
    """Paths of a model's files, in the order of its spec; their hashes are checked once in a process.

    Raises:
        ModelError: there is no such model, or a file of it is missing or has the wrong hash.
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
