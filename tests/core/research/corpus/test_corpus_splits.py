import numpy as np
import pytest

from core.base.errors import SettingsError
from core.research.corpus.splits import Item, checked_for_training, split_of, split_of_person


def item(person: str, *, allowed: bool = True) -> Item:
    return Item(f"{person}-clip", person, "some licence", allowed)


def someone(split: str) -> str:
    return next(f"p{i}" for i in range(1000) if split_of_person(f"p{i}") == split)


def test_what_may_not_be_trained_on_never_enters_the_training_split():
    forbidden = [item(f"p{i}", allowed=False) for i in range(500)]
    assert {split_of(one) for one in forbidden} == {"test"}
    allowed = item(someone("train"))
    for one in forbidden[:50]:
        with pytest.raises(SettingsError, match="may not be used for training"):
            checked_for_training([allowed, one])


def test_held_out_people_are_refused_for_training():
    with pytest.raises(SettingsError, match="held out"):
        checked_for_training([item(someone("val"))])


def test_all_clips_of_a_person_share_a_split_and_shares_are_as_stated():
    first = Item("a", "someone", "x", True)
    second = Item("b", "someone", "x", True)
    assert split_of(first) == split_of(second)
    splits = [split_of_person(f"person {i}") for i in range(4000)]
    assert np.mean([s == "train" for s in splits]) == pytest.approx(0.8, abs=0.03)
    assert np.mean([s == "val" for s in splits]) == pytest.approx(0.1, abs=0.02)
