"""Who may be trained on, and who is held out: by person, never by clip."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from core.base.errors import SettingsError

Split = Literal["train", "val", "test"]
OPEN_LICENCES = ("MIT", "Apache-2.0", "BSD", "CC BY 4.0", "CC0")
_SHARES = (("train", 0.8), ("val", 0.1), ("test", 0.1))


@dataclass(frozen=True, slots=True)
class Item:
    """One clip's rights: who is in it, under which licence, and whether it may be trained on."""

    id: str
    person: str
    licence: str
    training_allowed: bool


def is_open(licence: str) -> bool:
    """Whether work made from footage under `licence` may be passed on."""
    return licence.startswith(OPEN_LICENCES)


def split_of_person(person: str) -> Split:
    """The split all clips of `person` belong to; a fixed hash, so that adding people moves nobody."""
    place = int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], "big") / 2**64
    for name, share in _SHARES:
        if place < share:
            return name
        place -= share
    return "test"


def split_of(item: Item) -> Split:
    """The split of an item; one that may not be trained on is always in ``test``."""
    return split_of_person(item.person) if item.training_allowed else "test"


def checked_for_training(items: Iterable[Item]) -> tuple[Item, ...]:
    """`items`, if every one may be trained on and belongs to the training split.

    Raises:
        SettingsError: names the first that does not.
    """
    checked = tuple(items)
    for item in checked:
        if not item.training_allowed:
            raise SettingsError(
                f"The clip “{item.id}” may not be used for training (licence: {item.licence}).",
                hint="Take it out of the training list.",
            )
        if split_of(item) != "train":
            raise SettingsError(
                f"The clip “{item.id}” shows {item.person}, who is held out for {split_of(item)}.",
                hint="Take it out of the training list.",
            )
    return checked
