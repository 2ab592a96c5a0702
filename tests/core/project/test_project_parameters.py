from dataclasses import fields

import pytest

from core.base.errors import SettingsError
from core.compositing.settings import LIMITS, MaskSettings
from core.lip_engine import LipSettings
from core.project.model import BlendSettings
from core.project.parameters import PARAMETERS


def names(kind):
    return {each.name for each in fields(kind)} - {"extra"}


def test_every_setting_has_a_control():
    assert {p.name for p in PARAMETERS if p.group == "lips"} == names(LipSettings)
    assert {p.name for p in PARAMETERS if p.group == "blend"} == names(BlendSettings)


def test_blend_settings_are_what_compositing_takes():
    assert names(BlendSettings) == names(MaskSettings)
    for name in names(MaskSettings):
        assert getattr(BlendSettings(), name) == getattr(MaskSettings(), name)


@pytest.mark.parametrize("parameter", [p for p in PARAMETERS if p.name in LIMITS], ids=lambda p: p.name)
def test_sliders_reach_what_compositing_accepts_and_no_further(parameter):
    assert (parameter.minimum, parameter.maximum) == LIMITS[parameter.name]
    MaskSettings(**{parameter.name: parameter.maximum})
    with pytest.raises(SettingsError):
        MaskSettings(**{parameter.name: parameter.maximum + parameter.step})
