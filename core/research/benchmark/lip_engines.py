"""The rows of the lips' benchmarks: every lip engine, the own-mouth engine with each part left out, and baselines."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from core.base.errors import SettingsError
from core.lip_engine import LipEngine, Preset
from core.motion.shape import MEASURES, measures
from core.own_mouth.choice import ChoiceWeights
from core.own_mouth.engine import OwnMouthEngine, Recipe
from core.own_mouth.render import Rendering
from core.own_mouth.target import MotionSource
from core.research.benchmark.feasibility import FeasibilityRecipe
from core.takes.lips import generator_engine, installed_generator

EngineMaker = Callable[[MotionSource | None, Recipe | None], LipEngine]
"""Makes an engine that follows a motion (the shipped one where None) or a recipe of the own-mouth engine."""

RECIPE, OWN, DRAFT = "feasibility recipe", "own-mouth", "own-mouth, draft"
PART = "… "  # begins the names of rows with a part left out


def _own(choice: ChoiceWeights | None = None, rendering: Rendering | None = None) -> EngineMaker:
    return lambda motion, recipe: OwnMouthEngine(motion=motion, choice=choice, rendering=rendering)


def _feasibility(motion: MotionSource | None, recipe: Recipe | None) -> LipEngine:
    if recipe is None:
        raise ValueError("the feasibility recipe follows a recipe of the own-mouth engine")
    opening = measures(recipe.target.shape)[:, MEASURES.index("opening")]
    low, high = np.quantile(opening, [0.04, 0.97])
    return FeasibilityRecipe((opening - low) / max(high - low, 1e-6))


ENGINES: dict[str, EngineMaker] = {
    RECIPE: _feasibility,
    OWN: _own(),
    DRAFT: _own(),
    "… without contact": _own(choice=ChoiceWeights(contact_sigma=1e3), rendering=Rendering(contact=False)),
    "… without moving the face": _own(rendering=Rendering(move_face=False)),
    "… without fitting the shape": _own(rendering=Rendering(fit_shape=False)),
    "… without matching light": _own(rendering=Rendering(light=False)),
    "… without bands": _own(rendering=Rendering(bands=False)),
    "… without dissolving joins": _own(rendering=Rendering(dissolve=False)),
    "… without morphing joins": _own(rendering=Rendering(morph=False)),
    "… without shading": _own(rendering=Rendering(shade=False)),
    "… without matching detail": _own(rendering=Rendering(detail=False)),
    "… interiors borrowed with the lips": _own(rendering=Rendering(interiors=False)),
    "… without motion blur": _own(rendering=Rendering(blur=False)),
    "… teeth moved with the lips": _own(rendering=Rendering(teeth=False)),
    "… too narrow mouths as good as too wide": _own(choice=ChoiceWeights(narrow_sigma=1e3)),
    "… without expression in choosing": _own(choice=ChoiceWeights(expression_sigma=1e3)),
    "… each frame by itself": _own(choice=ChoiceWeights(texture=0, join_shape=0, join=0, stay=0)),
}


def preset_of(name: str) -> Preset:
    """The preset of the row called `name`."""
    return "draft" if name == DRAFT else "final"


def chosen_engines(
    names: Sequence[str] | None, *, weights: Sequence[Path] = (), parts: bool = True
) -> dict[str, EngineMaker]:
    """The rows called `names`; all that can be made by default.

    Args:
        names: of rows, in order.
        weights: descriptions of exported generators; the installed one by default. Each gives rows ``diffusion`` and
            ``hybrid``, the second and further ones and rivals with their recipe's name in front.
        parts: whether the own-mouth engine with each part left out belongs to all.

    Raises:
        SettingsError: there is no row of such a name.
    """
    installed = installed_generator()
    descriptions = list(weights) or ([installed] if installed is not None else [])
    known = {name: make for name, make in ENGINES.items() if parts or name in (RECIPE, OWN)}
    for number, description in enumerate(descriptions):
        known |= _generator_rows(description, is_first=number == 0)
    if names is None:
        return known
    known = {**ENGINES, **known}
    for name in names:
        if name not in known:
            hint = f"Use some of: {', '.join(known)}."
            if name in ("diffusion", "hybrid"):
                hint = "Install a generator, or name an exported one with --weights."
            raise SettingsError(f"There is no engine “{name}” to benchmark.", hint=hint)
    return {name: known[name] for name in names}


def _generator_rows(description: Path, *, is_first: bool) -> dict[str, EngineMaker]:
    title = description.stem
    if title.startswith("rival"):
        return {title: _generator(description, "diffusion")}
    before = "" if is_first else f"{title}, "
    return {f"{before}{name}": _generator(description, name) for name in ("diffusion", "hybrid")}


def _generator(description: Path, name: str) -> EngineMaker:
    return lambda motion, recipe: generator_engine(description, name, OwnMouthEngine(motion=motion))
