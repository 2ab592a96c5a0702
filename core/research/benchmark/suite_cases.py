"""The fixed lists of ``unisync lab benchmark realworld`` and ``aigc``: which clip, under which condition, with which voice."""

import csv
from dataclasses import dataclass
from typing import Literal

from core.base.errors import SettingsError
from core.base.models import PROGRAM_ROOT
from core.research.corpus.conditions import CONDITIONS
from core.takes.mouth_points import MouthPoints

Suite = Literal["realworld", "aigc"]
LISTS = PROGRAM_ROOT / "resources" / "benchmark"
STYLISED = ("cartoon", "stylised", "non-human")
"""Conditions that count as stylised characters."""


@dataclass(frozen=True, slots=True)
class Case:
    """One clip of a suite.

    Attributes:
        name: unique in its suite; names its files.
        condition: for the tables.
        footage: a film or still below the media folder, ``head:SEED:YAW`` for a rendered head or ``drawn:STYLE:SEED`` for a
            character.
        start: seconds into the film.
        seconds: how long.
        spoil: one of `core.research.corpus.conditions.CONDITIONS`, or nothing.
        voice: file below ``voices`` of the media folder.
        placed: where a user puts the mouth when no face is found, in the finished clip, or None.
    """

    name: str
    condition: str
    footage: str
    start: float
    seconds: float
    spoil: str
    voice: str
    placed: MouthPoints | None


def cases_of(suite: Suite) -> list[Case]:
    """The list of a suite, always the same."""
    with (LISTS / f"{suite}.csv").open(encoding="utf-8", newline="") as file:
        return [_case(row) for row in csv.DictReader(file)]


def chosen_cases(suite: Suite, names: list[str] | None) -> list[Case]:
    """The cases called `names`, or of a condition called so; all when None.

    Raises:
        SettingsError: nothing is called so.
    """
    cases = cases_of(suite)
    if names is None:
        return cases
    for name in names:
        if not any(name in (case.name, case.condition) for case in cases):
            known = ", ".join(dict.fromkeys(case.condition for case in cases))
            raise SettingsError(
                f"The suite “{suite}” has no clip or condition “{name}”.", hint=f"Conditions: {known}."
            )
    return [case for case in cases if case.name in names or case.condition in names]


def _case(row: dict[str, str]) -> Case:
    spoil = row["spoil"]
    if spoil and spoil not in CONDITIONS:
        raise ValueError(f"{row['name']}: no condition is called {spoil}")
    return Case(
        row["name"],
        row["condition"],
        row["footage"],
        float(row["start"]),
        float(row["seconds"]),
        spoil,
        row["voice"],
        _placed(row["mouth"]),
    )


def _placed(text: str) -> MouthPoints | None:
    """``x,y x,y x,y x,y`` in the first frame."""
    if not text:
        return None
    points = tuple(tuple(float(v) for v in pair.split(",")) for pair in text.split())
    return MouthPoints(0, tuple((x, y) for x, y in points))
