"""The named recipes: the paper's size in all its combinations, and the small ones that a processor can train."""

from core.base.errors import SettingsError
from core.research.training.scorer.rivals import RIVALS
from core.research.training.scorer.shapes import (
    AUDIO_SHAPES,
    HUBERT_SIZE,
    LANDMARK_POINTS,
    MORPHABLE_COEFFICIENTS,
    OWN_SIZE,
    PARSING_CLASSES,
    VISUAL_SHAPES,
    WHISPER_SIZE,
)
from core.scorer.config import (
    FEATURE_STEPS,
    MARGINS,
    SEGMENT_FRAMES,
    Audio,
    ScorerConfig,
    Stage,
    TowerConfig,
    Visual,
)

_DOWN = (2, 2)


def _paper_visual(visual: Visual) -> TowerConfig:
    large = (
        Stage(32, (7, 7), residual=3),
        Stage(64, (5, 5), _DOWN, residual=5),
    )
    small = (Stage(32, (3, 3)), Stage(64, (3, 3), residual=2))
    return TowerConfig(
        preprocessing=large if visual in ("rgb", "parsing") else small,
        pooled=(48, 48),
        trunk=(
            Stage(128, (3, 3), _DOWN, residual=1),
            Stage(256, (3, 3), _DOWN, residual=2),
            Stage(512, (3, 3), _DOWN, residual=2),
            Stage(512, (3, 3), _DOWN),
            Stage(512, (3, 3), padding=(0, 0)),
        ),
    )


def _paper_audio(audio: Audio) -> TowerConfig:
    preprocessing = {
        "mel": (Stage(32, residual=2),),
        "hubert": (Stage(32, (3, 3), (2, 1)), Stage(32, (3, 3), (2, 1), residual=2)),
        "own": (Stage(32, residual=2),),
        "whisper": (Stage(32, (3, 3), (2, 1)), Stage(32, (3, 3), (2, 1), residual=2)),
    }[audio]
    return TowerConfig(
        preprocessing=preprocessing,
        pooled=(80, 16),
        trunk=(
            Stage(64, (3, 3), (3, 1), residual=2),
            Stage(128, (3, 3), (3, 3), residual=2),
            Stage(256, (3, 3), (3, 2), residual=2),
            Stage(512, (3, 3), padding=(0, 0)),
        ),
    )


def paper_recipe(visual: Visual, audio: Audio) -> ScorerConfig:
    """The paper's size (about 16.3 M numbers, 1.73 G multiply-adds with RGB and HuBERT) for any pair of inputs."""
    return ScorerConfig(
        name=f"paper-{visual}-{audio}",
        visual=visual,
        audio=audio,
        visual_shape=VISUAL_SHAPES[visual],
        audio_shape=AUDIO_SHAPES[audio],
        visual_tower=_paper_visual(visual),
        audio_tower=_paper_audio(audio),
        margins=MARGINS[audio],
    )


def recipe(name: str) -> ScorerConfig:
    """The recipe called ``paper-<visual>-<audio>``, ``small-<visual>-<audio>``, or one of `core.research.training.scorer.rivals`.

    Raises:
        SettingsError: no such recipe.
    """
    if name in RIVALS:
        return RIVALS[name]()
    size, _, pair = name.partition("-")
    visual, _, audio = pair.partition("-")
    if size not in ("paper", "small") or visual not in VISUAL_SHAPES or audio not in AUDIO_SHAPES:
        raise SettingsError(
            f"There is no scorer recipe “{name}”.",
            hint=f"Use paper- or small-, then one of {', '.join(VISUAL_SHAPES)}, then one of {', '.join(AUDIO_SHAPES)}; "
            f"or one of {', '.join(RIVALS)}.",
        )
    return (paper_recipe if size == "paper" else small_recipe)(visual, audio)  # type: ignore[arg-type]


_SMALL_PICTURES = TowerConfig(
    preprocessing=(Stage(32, (5, 5), _DOWN), Stage(64, (3, 3), _DOWN, residual=1)),
    pooled=(12, 16),
    trunk=(Stage(128, (3, 3), _DOWN, residual=1), Stage(256, (3, 3), _DOWN)),
)
_SMALL_VISUAL: dict[Visual, tuple[tuple[int, int, int], TowerConfig]] = {
    "rgb": ((3 * SEGMENT_FRAMES, 48, 64), _SMALL_PICTURES),
    "parsing": ((PARSING_CLASSES * SEGMENT_FRAMES, 48, 64), _SMALL_PICTURES),
    # One kernel spans all points of a picture: neighbouring rows of a point list have no common geometry to convolve.
    "landmarks": (
        VISUAL_SHAPES["landmarks"],
        TowerConfig(
            preprocessing=(Stage(128, (LANDMARK_POINTS, 1), padding=(0, 0)), Stage(128, (1, 3), residual=1)),
            pooled=(1, SEGMENT_FRAMES),
            trunk=(Stage(256, (1, 3)), Stage(256, (1, 3))),
        ),
    ),
    "morphable": (
        VISUAL_SHAPES["morphable"],
        TowerConfig(
            preprocessing=(
                Stage(128, (MORPHABLE_COEFFICIENTS, 1), padding=(0, 0)),
                Stage(128, (1, 3), residual=1),
            ),
            pooled=(1, SEGMENT_FRAMES),
            trunk=(Stage(256, (1, 3)), Stage(256, (1, 3))),
        ),
    ),
}
_SMALL_AUDIO: dict[Audio, TowerConfig] = {
    "mel": TowerConfig(
        preprocessing=(Stage(32, (5, 5), _DOWN),),
        pooled=(40, 8),
        trunk=(
            Stage(64, (3, 3), (2, 1)),
            Stage(128, (3, 3), _DOWN, residual=1),
            Stage(256, (3, 3), _DOWN),
        ),
    ),
    "hubert": TowerConfig(
        preprocessing=(Stage(128, (HUBERT_SIZE, 1), padding=(0, 0)), Stage(128, (1, 3), residual=1)),
        pooled=(1, FEATURE_STEPS),
        trunk=(Stage(256, (1, 3), (1, 2)), Stage(256, (1, 3))),
    ),
    "whisper": TowerConfig(
        preprocessing=(Stage(128, (WHISPER_SIZE, 1), padding=(0, 0)), Stage(128, (1, 3), residual=1)),
        pooled=(1, FEATURE_STEPS),
        trunk=(Stage(256, (1, 3), (1, 2)), Stage(256, (1, 3))),
    ),
    "own": TowerConfig(
        preprocessing=(Stage(128, (OWN_SIZE, 1), padding=(0, 0)), Stage(128, (1, 3), residual=1)),
        pooled=(1, FEATURE_STEPS),
        trunk=(Stage(256, (1, 3), (1, 2)), Stage(256, (1, 3))),
    ),
}


def small_recipe(visual: Visual, audio: Audio) -> ScorerConfig:
    """A recipe that one processor core can train in an hour: lower half of the face, narrow towers, two helping tasks."""
    shape, tower = _SMALL_VISUAL[visual]
    return ScorerConfig(
        name=f"small-{visual}-{audio}",
        visual=visual,
        audio=audio,
        visual_shape=shape,
        audio_shape=AUDIO_SHAPES[audio],
        visual_tower=tower,
        audio_tower=_SMALL_AUDIO[audio],
        margins=MARGINS[audio],
        shape_weight=0.5,
        ranking_weight=1.0,
        ranking_width_s=0.06,
        dropout=0.2,
        view="mouth" if visual in ("rgb", "parsing") else "face",
    )
