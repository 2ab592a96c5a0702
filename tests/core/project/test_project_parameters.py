from dataclasses import fields

import pytest

from core.base.errors import SettingsError
from core.compositing.settings import MaskSettings
from core.lip_engine import LipSettings
from core.project.parameters import PARAMETERS
from core.project.segments import BlendSettings


def names(kind):
    return {each.name for each in fields(kind)} - {"extra"}


def test_every_setting_has_a_control():
    assert {p.name for p in PARAMETERS if p.group == "lips"} == names(LipSettings)
    assert {p.name for p in PARAMETERS if p.group == "blend"} == names(BlendSettings)


def test_blend_settings_are_what_compositing_takes():
    assert names(BlendSettings) == names(MaskSettings)
    for name in names(MaskSettings):
        assert getattr(BlendSettings(), name) == getattr(MaskSettings(), name)


@pytest.mark.parametrize(
    "parameter", [p for p in PARAMETERS if (p.group, p.kind) == ("blend", "slider")], ids=lambda p: p.name
)
def test_sliders_reach_what_compositing_accepts_and_no_further(parameter):
    assert parameter.minimum < parameter.default <= parameter.maximum or parameter.default == 0
    MaskSettings(**{parameter.name: parameter.maximum})
    MaskSettings(**{parameter.name: parameter.minimum})
    with pytest.raises(SettingsError, match=parameter.name.replace("_", " ")):
        MaskSettings(**{parameter.name: parameter.minimum - parameter.step})
    with pytest.raises(SettingsError):
        MaskSettings(**{parameter.name: parameter.maximum + parameter.step})
