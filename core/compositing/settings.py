"""What the user can set about how new lips are put into the picture."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from core.base.keyframes import Curve
from core.base.settings import check, flag, slider

_MOUTH = "% of mouth"


@dataclass(frozen=True, slots=True)
class MaskSettings:
    """Compositing settings; lengths are in widths of the mouth, so they mean the same at every size.

    Attributes:
        grow: how far the tight mouth mask is dilated.
        feather: standard deviation of the Gaussian that softens it.
        chin: moves the lower edge down (positive) or up from the edge of the chin.
        upper_lip: moves the upper edge up (positive) or down from midway between lip and nose.
        strength: share of the new picture in the mix, 0..1.
        colour_match: fit the new picture's colours to the skin around the mouth.
        occlusion_guard: keep hands and microphones in front of the mouth.

    Raises:
        SettingsError: a value lies outside its limits.
    """

    # Wide enough that chin and jaw move with the new lips: the own-mouth crop equals the film at its border, so nothing shows.
    grow: float = slider(0.2, "Grow", "Widens the region around the mouth.", (0, 0.6), unit=_MOUTH, can_move=True)
    feather: float = slider(0.12, "Feather", "How softly the region runs out.", (0, 0.5), unit=_MOUTH, can_move=True)
    chin: float = slider(
        0.3, "Chin edge", "Moves the lower edge down, or up when negative.", (-0.6, 0.6), unit=_MOUTH, can_move=True
    )
    upper_lip: float = slider(
        0.0, "Upper lip edge", "Moves the upper edge up, or down when negative.", (-0.4, 0.4), unit=_MOUTH, can_move=True
    )
    strength: float = slider(1.0, "Strength", "How much of the new lips is mixed in.", (0, 1), can_move=True)
    colour_match: bool = flag(True, "Match colours", "Fits the new lips to the skin around them.")
    occlusion_guard: bool = flag(True, "Guard occlusions", "Keeps hands and microphones in front of the mouth.")

    def __post_init__(self) -> None:
        check(type(self), asdict(self))

    def at(self, time: float, curves: Sequence[Curve]) -> "MaskSettings":
        """The settings at a time on the clock of `curves`."""
        return replace(self, **{curve.setting: float(curve.at(time)[0]) for curve in curves})  # type: ignore[arg-type]
