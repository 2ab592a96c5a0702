"""What a scorer is made of: which pictures it sees, which speech features it hears, and how large its networks are."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from core.base import json_text
from core.base.errors import SettingsError

Visual = Literal["rgb", "parsing", "landmarks", "morphable"]
Audio = Literal["mel", "hubert", "own", "whisper"]
Method = Literal["unisync", "syncnet", "vocalist"]
"""How sight and sound are compared: cosine of non-negative embeddings (UniSync, Wav2Lip's expert), distance of free ones
(SyncNet), or a transformer over both (VocaLiST)."""
View = Literal["face", "lower", "mouth"]
"""The whole aligned face, its lower half (Wav2Lip's choice), or the middle two thirds of that."""

SEGMENT_SECONDS = 0.2
"""Length of the sight and of the sound that one embedding sees (UniSync 2025)."""
SEGMENT_FRAMES = 5
"""Pictures in one segment, 40 ms apart whatever the file's own rate is."""
FRAME_STEP = SEGMENT_SECONDS / SEGMENT_FRAMES
MEL_STEPS = 16
"""Mel columns in one segment at 80 columns a second (hop 200 at 16 kHz)."""
FEATURE_STEPS = 10
"""Columns of self-supervised or own speech features in one segment at 50 a second."""
EMBEDDING_SIZE = 512

# Margins on negatives per pair type (same speaker, other speaker): UniSync 2025, table V.
MARGINS: dict[Audio, tuple[float, float]] = {
    "mel": (0.1, 0.3),
    "hubert": (0.3, 0.7),
    "own": (0.3, 0.7),
    "whisper": (0.3, 0.7),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One convolution that changes channels or size, then `residual` blocks that change neither."""

    channels: int
    kernel: tuple[int, int] = (3, 3)
    stride: tuple[int, int] = (1, 1)
    residual: int = 0
    padding: tuple[int, int] | None = None  # None: half the kernel


@dataclass(frozen=True, slots=True)
class TowerConfig:
    """One stream: its own preprocessing, the size every representation is pooled to, the shared trunk."""

    preprocessing: tuple[Stage, ...]
    pooled: tuple[int, int]
    trunk: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class ScorerConfig:
    """One scorer: representations, input sizes, both towers, and the loss's margins.

    Attributes:
        name: what the recipe is called in tables and file names.
        visual: what the visual stream sees.
        audio: what the audio stream hears.
        visual_shape: (channels, height, width) of one segment's visual input.
        audio_shape: (channels, height, width) of one segment's audio input.
        embedding: size of both embeddings.
        margins: same-speaker and other-speaker margin of the loss.
        cross_share: share of the negatives' weight given to other speakers.
        overlap_share: share of the same-speaker negatives' weight given to shifts that overlap the true segment.
        shape_weight: weight of the auxiliary regression of mouth shape from either embedding's features (ours).
        ranking_weight: weight of the auxiliary choice of the true shift among a clip's others (ours).
        ranking_width_s: how fast that choice forgives: other moments count as exp(−½ (shift / width)²); 0 for the true one alone.
        dropout: on the trunk's output, in training.
        view: which part of the face picture-like representations show.
        method: how the two streams are compared.
        attention: (width, layers, heads) of VocaLiST's transformers.
    """

    name: str
    visual: Visual
    audio: Audio
    visual_shape: tuple[int, int, int]
    audio_shape: tuple[int, int, int]
    visual_tower: TowerConfig
    audio_tower: TowerConfig
    embedding: int = EMBEDDING_SIZE
    margins: tuple[float, float] = field(default=(0.1, 0.3))
    cross_share: float = 0.2
    overlap_share: float = 0.5
    shape_weight: float = 0.0
    ranking_weight: float = 0.0
    ranking_width_s: float = 0.0
    dropout: float = 0.0
    view: View = "face"
    method: Method = "unisync"
    attention: tuple[int, int, int] = (512, 4, 8)

    def with_changes(self, **changes: object) -> "ScorerConfig":
        """The same recipe with some fields replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]


def _stage(values: dict[str, object]) -> Stage:
    return Stage(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})  # type: ignore[arg-type]


def _tower(values: dict[str, object]) -> TowerConfig:
    return TowerConfig(
        preprocessing=tuple(_stage(stage) for stage in values["preprocessing"]),  # type: ignore[attr-defined]
        pooled=tuple(values["pooled"]),  # type: ignore[arg-type]
        trunk=tuple(_stage(stage) for stage in values["trunk"]),  # type: ignore[attr-defined]
    )


def config_to_json(config: ScorerConfig) -> str:
    """The configuration as JSON text."""
    return json.dumps(asdict(config), indent=1)


def config_from_json(text: str) -> ScorerConfig:
    """The configuration written by `config_to_json`.

    Raises:
        SettingsError: unknown or missing fields.
    """
    try:
        values: dict[str, Any] = json_text.parse(text)
        towers: dict[str, Any] = {key: _tower(values.pop(key)) for key in ("visual_tower", "audio_tower")}
        rest: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        return ScorerConfig(**towers, **rest)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise SettingsError(f"The scorer configuration does not fit this version: {str(error)[:120]!a}.") from error


def load_config(path: Path) -> ScorerConfig:
    """The configuration in a JSON file.

    Raises:
        SettingsError: the file is missing or does not fit.
    """
    if not path.is_file():
        raise SettingsError(f"The scorer configuration {path} does not exist.")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The scorer configuration {path} cannot be read: {error}.") from error
    return config_from_json(text)
