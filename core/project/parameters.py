"""The settings of a segment, both kinds in a row: the inspector is built from this, and the file's values are held to it."""

from dataclasses import dataclass, fields
from typing import Literal

from core.base.settings import Setting, settings_of
from core.lip_engine import LipSettings
from core.project.segments import BlendSettings

Group = Literal["lips", "blend"]


@dataclass(frozen=True, slots=True)
class Parameter(Setting):
    """A setting and whose it is: a field of `LipSettings` or of `BlendSettings`."""

    group: Group = "lips"


def _parameters(kind: type, group: Group) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(**{each.name: getattr(setting, each.name) for each in fields(Setting)}, group=group)
        for setting in settings_of(kind)
    )


PARAMETERS = (*_parameters(LipSettings, "lips"), *_parameters(BlendSettings, "blend"))

MOVABLE = {parameter.name: parameter for parameter in PARAMETERS if parameter.can_move}
"""Settings that may have keyframes, by name."""
