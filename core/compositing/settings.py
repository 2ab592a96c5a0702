"""What the user can set about how new lips are put into the picture."""

from dataclasses import dataclass

from core.base.errors import SettingsError

# Reach of the sliders, in mouth widths where that is the unit.
LIMITS = {
    "grow": (0.0, 0.6),
    "feather": (0.0, 0.5),
    "chin": (-0.6, 0.6),
    "upper_lip": (-0.4, 0.4),
    "strength": (0.0, 1.0),
}


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
    """

    # Wide enough that chin and jaw move with the new lips: the own-mouth crop equals the film at its border, so nothing shows.
    grow: float = 0.2
    feather: float = 0.12
    chin: float = 0.3
    upper_lip: float = 0.0
    strength: float = 1.0
    colour_match: bool = True
    occlusion_guard: bool = True

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(
                    f"The mask setting “{name.replace('_', ' ')}” is {value:g}; it must lie between {low:g} and {high:g}."
                )
