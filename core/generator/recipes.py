"""What a generator is: which pictures it works on, which networks, how they are trained; one JSON beside the weights."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from core.base import json_text
from core.base.errors import SettingsError
from core.base.names import is_bare_name
from core.generator.autoencoder import FaceAutoencoder
from core.generator.crop_region import CROP_REGIONS, CropRegion
from core.generator.pixels import PixelPatches
from core.generator.references import MOST
from core.generator.transformer import LipSyncTransformer

Codec = FaceAutoencoder | PixelPatches
Condition = Literal["altered", "masked"]


# What a value may be: whole numbers or numbers from … to …, one of some words, yes or no, or a list of whole numbers.
_SHARE, _WEIGHT = (0.0, 1.0), (0.0, 1e6)
_VALUES: Mapping[str, Any] = {
    "size": (16, 1024), "view": str, "frames": (1, 256), "overlap": (0, 255), "batch": (1, 4096), "rate": (0.0, 10.0),
    "sigma_mean": (-100.0, 100.0), "sigma_shift": (0.0, 100.0), "condition": ("altered", "masked"), "pure_share": _SHARE,
    "one_step": bool, "own_share": _SHARE, "arbitrary_share": _SHARE, "geometry_dropout": _SHARE, "speech_dropout": _SHARE,
    "style_dropout": _SHARE, "jitter": (0, 256), "tone": (0.0, 10.0), "mouth_weight": _WEIGHT, "picture_weight": _WEIGHT,
    "detail_weight": _WEIGHT, "decision_weight": _WEIGHT, "sync_weight": _WEIGHT, "adversarial_weight": _WEIGHT,
    "naturalness_weight": _WEIGHT, "broken_share": _SHARE,
    "adversarial_after": (0, 10**9), "gradient_checkpointing": bool,
}  # fmt: skip
_CODEC: Mapping[str, Any] = {
    "factor": (1, 32), "latent_channels": (1, 1024), "channels": [(1, 8192)], "blocks": (0, 64), "scale": (1e-6, 1e6),
}  # fmt: skip
_TRANSFORMER: Mapping[str, Any] = {
    "patch": (1, 64), "dim": (8, 16384), "depth": (0, 256), "heads": (1, 256), "style_tokens": (0, 4096), "max_side": (1, 512),
    "fusion": ("tokens", "channels"), "prediction": ("velocity", "edit"), "geometry": bool, "pyramid": [(1, 8192)],
    "references": (0, 64), "fetch": bool,
}  # fmt: skip


def _fits(value: Any, kind: Any) -> bool:
    if isinstance(kind, list):
        return (
            isinstance(value, list | tuple)
            and len(value) <= 16
            and all(_fits(each, kind[0]) for each in value)
        )
    if isinstance(kind, type):
        return isinstance(value, kind)
    if isinstance(kind[0], str):
        return value in kind
    if isinstance(value, bool) or not isinstance(value, int if isinstance(kind[0], int) else int | float):
        return False
    return math.isfinite(value) and kind[0] <= value <= kind[1]


def _in_words(kind: Any) -> str:
    if isinstance(kind, list):
        return f"a list of whole numbers from {kind[0][0]} to {kind[0][1]}"
    if isinstance(kind, type):
        return "true or false" if kind is bool else "text"
    if isinstance(kind[0], str):
        return "one of " + ", ".join(kind)
    return f"a {'whole ' if isinstance(kind[0], int) else ''}number from {kind[0]} to {kind[1]}"


@dataclass(frozen=True, slots=True)
class GeneratorRecipe:
    """A generator and its training.

    Attributes:
        name: of its files.
        size: side of the aligned crops in pixels.
        view: name in `core.generator.crop_region.CROP_REGIONS`, the part that is made.
        codec: keyword arguments of `PixelPatches` ("factor") or of `FaceAutoencoder` ("latent_channels").
        transformer: keyword arguments of `LipSyncTransformer`; latent channels are the codec's.
        frames: of a training clip and of a window at work.
        overlap: frames that two windows share at work.
        batch: clips per step.
        rate: Adam's learning rate.
        sigma_mean, sigma_shift: of the noise levels, see `flow.sample_sigmas`.
        condition: "altered": the source is a clip with another mouth; "masked": the target itself without its lower face, and
            the reference is any other moment, as the inpainting rivals do it (Wav2Lip, MuseTalk, LatentSync).
        pure_share: share of clips at noise level 1, where the network makes the whole mouth in one step.
        one_step: no noise at all: the picture is regressed in one step, as in MuseTalk. Learns soonest.
        own_share: share of clips whose source says the same words already (what `hybrid` starts from).
        arbitrary_share: below the threshold of OmniSync's eq. 3, share of clips whose source is another moment.
        geometry_dropout, speech_dropout, style_dropout: share of clips trained without.
        jitter: pixels by which the region wanders from clip to clip in training.
        tone: how far exposure, contrast and white balance wander, natural logarithm.
        mouth_weight: how much more the mouth counts.
        picture_weight: weight of the loss on the decoded estimate of x0: L1 and L1 of gradients.
        detail_weight: weight of the loss on how much detail it has (`flow.detail_loss`).
        decision_weight: weight of the loss on mixing layers instead of choosing one (`Edit.indecision`).
        naturalness_weight: weight of how much less natural it looks to the judge than the film's own frames.
        broken_share: share of the sources that are broken on purpose, as engines break mouths.
        sync_weight: weight of scorer A's loss on it.
        adversarial_weight: weight of a patch discriminator's judgement and of its features (`core.research.training.generator.adversary`).
        adversarial_after: steps before it has a say.
        gradient_checkpointing: blocks are computed twice in training instead of kept, for memory.
    """

    name: str
    size: int = 128
    view: str = "lower-face"
    codec: Mapping[str, Any] = field(default_factory=lambda: {"factor": 4})
    transformer: Mapping[str, Any] = field(default_factory=dict)
    frames: int = 8
    overlap: int = 2
    batch: int = 8
    rate: float = 4e-4
    sigma_mean: float = 0.0
    sigma_shift: float = 1.0
    condition: Condition = "altered"
    pure_share: float = 0.0
    one_step: bool = False
    own_share: float = 0.3
    arbitrary_share: float = 0.0
    geometry_dropout: float = 0.15
    speech_dropout: float = 0.1
    style_dropout: float = 0.3
    jitter: int = 0
    tone: float = 0.0
    mouth_weight: float = 4.0
    picture_weight: float = 1.0
    detail_weight: float = 0.0
    decision_weight: float = 0.0
    naturalness_weight: float = 0.0
    broken_share: float = 0.0
    sync_weight: float = 0.0
    adversarial_weight: float = 0.0
    adversarial_after: int = 1000
    gradient_checkpointing: bool = False

    def __post_init__(self) -> None:
        self._check_values()
        if self.view not in CROP_REGIONS:
            raise SettingsError(
                f"There is no crop region “{self.view}”.", hint=f"Use one of: {', '.join(CROP_REGIONS)}."
            )
        if self.references > MOST:
            raise SettingsError(
                f"Recipe “{self.name}” wants {self.references} references; there are {MOST} at most."
            )

    def _check_values(self) -> None:
        """A recipe may come out of a stranger's file: every value has its kind and its range; raises SettingsError."""
        if not is_bare_name(self.name):
            raise SettingsError(f"{str(self.name)[:80]!a} is no name for a recipe.")
        given: list[tuple[str, object, Any]] = [
            (name, getattr(self, name), kind) for name, kind in _VALUES.items()
        ]
        for where, values, kinds in (
            ("codec", self.codec, _CODEC),
            ("transformer", self.transformer, _TRANSFORMER),
        ):
            if not isinstance(values, Mapping) or not set(values) <= set(kinds):
                raise SettingsError(f"Recipe “{self.name}” has a {where} with settings that there are not.")
            given += [(f"{where}.{name}", value, kinds[name]) for name, value in values.items()]
        for name, value, kind in given:
            if not _fits(value, kind):
                raise SettingsError(
                    f"Recipe “{self.name}” has {str(value)[:40]!a} as {name}; {_in_words(kind)} belongs there."
                )
        if self.overlap >= self.frames:
            raise SettingsError(
                f"Recipe “{self.name}” overlaps windows of {self.frames} frames by {self.overlap}."
            )

    @property
    def region(self) -> CropRegion:
        """The part of the crop that is made."""
        return CROP_REGIONS[self.view]

    @property
    def has_autoencoder(self) -> bool:
        """Whether an autoencoder has to be trained first."""
        return "factor" not in self.codec

    @property
    def has_styles(self) -> bool:
        """Whether the network can be told how lively the mouth shall be."""
        return bool(self.transformer.get("style_tokens"))

    @property
    def references(self) -> int:
        """How many other moments of the person the network sees."""
        return int(self.transformer.get("references", 0))

    @property
    def edits(self) -> bool:
        """Whether it works in one step by moving and mixing pixels, which then may be the film's own, at their own size."""
        return self.one_step and bool(self.transformer.get("fetch"))

    def make_codec(self) -> Codec:
        """The codec, untrained."""
        if not self.has_autoencoder:
            return PixelPatches(**self.codec)
        arguments = dict(self.codec)
        if "channels" in arguments:
            arguments["channels"] = tuple(arguments["channels"])
        return FaceAutoencoder(**arguments)

    def make_transformer(self, codec: Codec, speech_dim: int) -> LipSyncTransformer:
        """The transformer, untrained.

        Raises:
            SettingsError: the region's pixels do not divide into its patches.
        """
        side, step = self.region.pixels(self.size)[2], codec.factor * self.transformer.get("patch", 2)
        if side % step:
            raise SettingsError(
                f"Recipe “{self.name}” makes {side} pixels, which patches of {step} do not divide.",
                hint="Change its size, view, factor or patch.",
            )
        channels = codec.channels if isinstance(codec, PixelPatches) else codec.config.latent_channels
        return LipSyncTransformer(latent_channels=channels, speech_dim=speech_dim, **self.transformer)


# Convolutions down to 12 x 12, 36 tokens a frame.
_SMALL: dict[str, Any] = {
    "dim": 192,
    "depth": 4,
    "heads": 4,
    "pyramid": (96, 192),
    "patch": 4,
    "fusion": "channels",
    "prediction": "edit",
    "geometry": True,
    "references": 4,
    "style_tokens": 3,
    "fetch": True,
}
# Rivals fill a hole in the picture and see another moment of the person; nobody tells them the lips.
_INPAINTING: dict[str, Any] = {
    **_SMALL,
    "geometry": False,
    "style_tokens": 0,
    "references": 1,
    "fetch": False,
}
_COMMON: dict[str, Any] = {
    "size": 160,
    "view": "mouth",
    "frames": 5,
    "batch": 4,
    "rate": 5e-4,
    "jitter": 4,
    "tone": 0.15,
}
# No noise, own-mouth's picture as source, an edit in one step.
_EDITING: dict[str, Any] = {
    **_COMMON,
    "one_step": True,
    "own_share": 0.7,
    "detail_weight": 4.0,
    "decision_weight": 0.005,
    "transformer": _SMALL,
}
RECIPES = {
    recipe.name: recipe
    for recipe in (
        GeneratorRecipe("generator-small", **_EDITING),
        # Goes on from trained weights of `generator-small` and shall mend what own-mouth fails at; docs/generator.md says how far it got.
        GeneratorRecipe(
            "generator-small-finisher",
            naturalness_weight=0.05,
            broken_share=0.25,
            geometry_dropout=0.2,
            **{**_EDITING, "rate": 6e-5},
        ),
        # The same with noise: what the papers do, given more time than a processor has.
        GeneratorRecipe("generator-small-flow", pure_share=0.4, own_share=0.5, transformer=_SMALL, **_COMMON),
        # Wav2Lip's kind: convolutions alone, frame by frame, sync loss and discriminator. As many parameters.
        GeneratorRecipe(
            "rival-gan",
            condition="masked",
            one_step=True,
            sync_weight=0.03,
            adversarial_weight=0.1,
            adversarial_after=200,
            transformer={**_INPAINTING, "depth": 0, "dim": 384, "pyramid": (128, 256)},
            **_COMMON,
        ),
        # MuseTalk's kind.
        GeneratorRecipe(
            "rival-one-step", condition="masked", one_step=True, transformer=_INPAINTING, **_COMMON
        ),
        # LatentSync's kind.
        GeneratorRecipe(
            "rival-masked-diffusion", condition="masked", sync_weight=0.03, transformer=_INPAINTING, **_COMMON
        ),
        # Half an hour on one GPU: the whole face, more of everything, sync loss.
        GeneratorRecipe(
            "generator-medium",
            size=256,
            view="face",
            frames=12,
            overlap=4,
            batch=32,
            rate=3e-4,
            pure_share=0.3,
            arbitrary_share=0.3,
            jitter=8,
            tone=0.15,
            sync_weight=0.05,
            gradient_checkpointing=True,
            transformer={
                **_SMALL,
                "dim": 512,
                "depth": 12,
                "heads": 8,
                "pyramid": (192, 320, 512),
                "patch": 8,
            },
        ),
        # The papers' way: latents of an own autoencoder, velocities, 256-pixel crops; days on several GPUs.
        GeneratorRecipe(
            "generator-base",
            size=256,
            view="face",
            codec={"latent_channels": 8, "channels": [64, 128, 256, 256], "blocks": 2},
            frames=24,
            overlap=8,
            batch=16,
            rate=1e-4,
            sigma_mean=1.0,
            arbitrary_share=0.5,
            sync_weight=0.05,
            gradient_checkpointing=True,
            transformer={"dim": 768, "depth": 24, "heads": 12, "geometry": True},
        ),
    )
}


def load_recipe(name: str) -> GeneratorRecipe:
    """The recipe of that name, or the one in that JSON file.

    Raises:
        SettingsError: there is neither, or the file says something no recipe has.
    """
    if name in RECIPES:
        return RECIPES[name]
    path = Path(name)
    if not name.endswith(".json") or not path.is_file():
        raise SettingsError(
            f"There is no generator recipe “{name}”.",
            hint=f"Use a JSON file or one of: {', '.join(RECIPES)}.",
        )
    return recipe_from(json_text.read(path, error=SettingsError, what="generator recipe"), str(path))


def recipe_from(values: object, where: str) -> GeneratorRecipe:
    """The recipe that `values` of the file `where` describe.

    Raises:
        SettingsError: they are no recipe's, or one is out of its range.
    """
    if not isinstance(values, dict) or "name" not in values:
        raise SettingsError(f"{where} is not a generator recipe.")
    unknown = sorted(values.keys() - {field.name for field in fields(GeneratorRecipe)})
    if unknown:
        raise SettingsError(f"{where} is not a generator recipe: {unknown[0][:40]!a} means nothing there.")
    return replace(GeneratorRecipe("unnamed"), **values)


def as_json(recipe: GeneratorRecipe) -> str:
    """`recipe` for a file."""
    return json.dumps(asdict(recipe), indent=1)
