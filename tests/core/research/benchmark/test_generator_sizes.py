from dataclasses import replace

import pytest

from core.base.errors import SettingsError
from core.generator.recipes import as_json
from core.research.benchmark.generator_sizes import measure
from tests.core.generator.test_generator_engine import RECIPE


def test_a_recipes_needs_are_measured(tmp_path):
    for depth in (1, 3):
        recipe = replace(RECIPE, transformer={**RECIPE.transformer, "depth": depth})
        (tmp_path / f"{depth}.json").write_text(as_json(recipe))
    small, large = (measure(str(tmp_path / f"{depth}.json")) for depth in (1, 3))
    assert large.parameters > small.parameters > 0
    assert small.window == RECIPE.frames
    assert min(small.forward_s, small.training_s) >= 0
    assert 0 < small.forward_mib <= small.training_mib


def test_an_unknown_name_is_refused():
    with pytest.raises(SettingsError, match="no generator recipe"):
        measure("huge")
