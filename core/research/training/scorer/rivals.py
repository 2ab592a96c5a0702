"""Recipes of the scorers that UniSync is compared with: at their papers' size, and narrowed to what a processor can train.

The narrow ones keep each rival's structure, loss and negatives; widths are cut until a pair costs about as much as one of
the small UniSync recipes. All see RGB and hear mel, so that the comparison is of methods and not of inputs.
"""

from collections.abc import Callable

from core.research.training.scorer.shapes import AUDIO_SHAPES
from core.scorer.config import MEL_STEPS, SEGMENT_FRAMES, ScorerConfig, Stage, TowerConfig

_DOWN = (2, 2)
_UNUSED = (1, 1)  # VocaLiST's tokens are not pooled


def _expert(name: str, divisor: int) -> ScorerConfig:
    def width(channels: int) -> int:
        return channels // divisor

    return ScorerConfig(
        name=name,
        visual="rgb",
        audio="mel",
        visual_shape=(3 * SEGMENT_FRAMES, 48, 96),
        audio_shape=AUDIO_SHAPES["mel"],
        visual_tower=TowerConfig(
            preprocessing=(
                Stage(width(32), (7, 7)),
                Stage(width(64), (5, 5), (1, 2), residual=2, padding=(1, 1)),
            ),
            pooled=(46, 48),
            trunk=(
                Stage(width(128), (3, 3), _DOWN, residual=3),
                Stage(width(256), (3, 3), _DOWN, residual=2),
                Stage(width(512), (3, 3), _DOWN, residual=2),
                Stage(width(512), (3, 3), _DOWN),
                Stage(width(512), (3, 3), padding=(0, 0)),
            ),
        ),
        audio_tower=TowerConfig(
            preprocessing=(Stage(width(32), residual=2),),
            pooled=(80, MEL_STEPS),
            trunk=(
                Stage(width(64), (3, 3), (3, 1), residual=2),
                Stage(width(128), (3, 3), (3, 3), residual=2),
                Stage(width(256), (3, 3), (3, 2), residual=2),
                Stage(width(512), (3, 3), padding=(0, 0)),
            ),
        ),
        margins=(0.0, 0.0),
        cross_share=0.0,
        view="lower",
    )


def expert_recipe() -> ScorerConfig:
    """Wav2Lip's expert discriminator (arXiv 2008.10010): five lower halves of the face against 16 mel columns."""
    return _expert("expert-rgb-mel", 1)


def small_expert_recipe() -> ScorerConfig:
    """The expert at a quarter of its width."""
    return _expert("small-expert", 4)


def small_syncnet_recipe() -> ScorerConfig:
    """SyncNet-type: plain convolutions without residuals, free embeddings of 256, contrastive loss."""
    return ScorerConfig(
        name="small-syncnet",
        visual="rgb",
        audio="mel",
        visual_shape=(3 * SEGMENT_FRAMES, 48, 64),
        audio_shape=AUDIO_SHAPES["mel"],
        visual_tower=TowerConfig(
            preprocessing=(Stage(32, (5, 5), _DOWN), Stage(64, (3, 3), _DOWN)),
            pooled=(12, 16),
            trunk=(Stage(128, (3, 3), _DOWN), Stage(256, (3, 3), _DOWN), Stage(256)),
        ),
        audio_tower=TowerConfig(
            preprocessing=(Stage(32, (5, 5), _DOWN),),
            pooled=(40, 8),
            trunk=(Stage(64, (3, 3), (2, 1)), Stage(128, (3, 3), _DOWN), Stage(256, (3, 3), _DOWN)),
        ),
        embedding=256,
        margins=(0.0, 0.0),
        cross_share=0.0,
        view="mouth",
        method="syncnet",
    )


def _vocalist(
    name: str,
    shape: tuple[int, int, int],
    visual: tuple[Stage, ...],
    audio: tuple[Stage, ...],
    attention: tuple[int, int, int],
) -> ScorerConfig:
    return ScorerConfig(
        name=name,
        visual="rgb",
        audio="mel",
        visual_shape=shape,
        audio_shape=AUDIO_SHAPES["mel"],
        visual_tower=TowerConfig(preprocessing=visual, pooled=_UNUSED, trunk=()),
        audio_tower=TowerConfig(preprocessing=audio, pooled=_UNUSED, trunk=()),
        margins=(0.0, 0.0),
        cross_share=0.0,
        view="lower" if shape[2] == 96 else "mouth",
        method="vocalist",
        attention=attention,
    )


def vocalist_recipe() -> ScorerConfig:
    """VocaLiST-type at the published widths (512, 4 layers, 8 heads)."""
    return _vocalist(
        "vocalist-rgb-mel",
        (3 * SEGMENT_FRAMES, 48, 96),
        (
            Stage(32, (7, 7)),
            Stage(64, (5, 5), (1, 2), residual=2),
            Stage(128, (3, 3), _DOWN, residual=2),
            Stage(256, (3, 3), _DOWN, residual=2),
            Stage(512, (3, 3), _DOWN, residual=2),
            Stage(512, (3, 3), _DOWN),
        ),
        (
            Stage(32, residual=2),
            Stage(64, (3, 3), (3, 1), residual=2),
            Stage(128, (3, 3), (3, 1), residual=2),
            Stage(256, (3, 3), (3, 1), residual=2),
            Stage(512, (3, 3), (3, 1)),
        ),
        (512, 4, 8),
    )


def small_vocalist_recipe() -> ScorerConfig:
    """VocaLiST-type, narrow: width 96, two layers each, four heads."""
    return _vocalist(
        "small-vocalist",
        (3 * SEGMENT_FRAMES, 48, 64),
        (
            Stage(16, (5, 5), _DOWN),
            Stage(32, (3, 3), _DOWN),
            Stage(64, (3, 3), _DOWN),
            Stage(96, (3, 3), _DOWN),
        ),
        (
            Stage(32, (5, 5), (2, 1)),
            Stage(64, (3, 3), (2, 1)),
            Stage(96, (3, 3), (2, 1), residual=1),
            Stage(96, (3, 3), (2, 1)),
        ),
        (96, 2, 4),
    )


RIVALS: dict[str, Callable[[], ScorerConfig]] = {
    "expert-rgb-mel": expert_recipe,
    "vocalist-rgb-mel": vocalist_recipe,
    "small-expert": small_expert_recipe,
    "small-syncnet": small_syncnet_recipe,
    "small-vocalist": small_vocalist_recipe,
}
