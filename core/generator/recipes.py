"""What a generator is: which pictures it works on, which networks, how they are trained; one JSON beside the weights."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from core.base.errors import SettingsError
from core.generator.autoencoder import FaceAutoencoder
from core.generator.pixels import PixelPatches
from core.generator.references import MOST
from core.generator.transformer import LipSyncTransformer
from core.generator.view import VIEWS, View

Codec = FaceAutoencoder | PixelPatches
Condition = Literal["altered", "masked"]


@dataclass(frozen=True, slots=True)
class GeneratorRecipe:
    """A generator and its training.

    Attributes:
        name: of its files.
        size: side of the aligned crops in pixels.
        view: name in `core.generator.view.VIEWS`, the part that is made.
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
        jitter: pixels by which the view wanders from clip to clip in training.
        tone: how far exposure, contrast and white balance wander, natural logarithm.
        mouth_weight: how much more the mouth counts.
        picture_weight: weight of the loss on the decoded estimate of x0: L1 and L1 of gradients.
        detail_weight: weight of the loss on how much detail it has (`flow.detail_loss`).
        decision_weight: weight of the loss on mixing layers instead of choosing one (`Edit.indecision`).
        sync_weight: weight of scorer A's loss on it.
        adversarial_weight: weight of a patch discriminator's judgement and of its features (`core.generator.adversary`).
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
    sync_weight: float = 0.0
    adversarial_weight: float = 0.0
    adversarial_after: int = 1000
    gradient_checkpointing: bool = False

    def __post_init__(self) -> None:
        if self.view not in VIEWS:
            raise SettingsError(f"There is no view “{self.view}”.", hint=f"Use one of: {', '.join(VIEWS)}.")
        if self.references > MOST:
            raise SettingsError(
                f"Recipe “{self.name}” wants {self.references} references; there are {MOST} at most."
            )

    @property
    def region(self) -> View:
        """The part of the crop that is made."""
        return VIEWS[self.view]

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
            SettingsError: the view's pixels do not divide into its patches.
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
_SMALL = {
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
_INPAINTING = {**_SMALL, "geometry": False, "style_tokens": 0, "references": 1, "fetch": False}
_COMMON = {"size": 160, "view": "mouth", "frames": 5, "batch": 4, "rate": 5e-4, "jitter": 4, "tone": 0.15}
RECIPES = {
    recipe.name: recipe
    for recipe in (
        GeneratorRecipe(
            "generator-small",
            one_step=True,
            own_share=0.7,
            detail_weight=4.0,
            decision_weight=0.005,
            transformer=_SMALL,
            **_COMMON,
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
    return recipe_from(json.loads(path.read_text("utf-8")), str(path))


def recipe_from(values: Mapping[str, Any], where: str) -> GeneratorRecipe:
    """The recipe that `values` of the file `where` describe; raises SettingsError."""
    try:
        return replace(GeneratorRecipe("unnamed"), **values)
    except TypeError as error:
        raise SettingsError(f"{where} is not a generator recipe: {error}.") from error


def as_json(recipe: GeneratorRecipe) -> str:
    """`recipe` for a file."""
    return json.dumps(asdict(recipe), indent=1)
