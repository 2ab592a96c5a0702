import pytest

from core.base.precision import PRECISE
from core.foreign_generators import measuring
from core.foreign_generators.installed import painter_of
from core.foreign_generators.measuring import Took, measure
from core.foreign_generators.tbdub_network import TBDubShape
from core.model_store.store import stored


@pytest.mark.parametrize("name", ["musetalk-1.5", "latentsync-1.6", "tbdub"])
def test_a_second_of_film_is_added_up_from_each_network(installed, name):
    cost = measure(name, "cpu")
    parts, painter = cost.parts, painter_of(stored(name))
    windows = 25 / painter.grid.step
    for took, is_draft in ((cost.final, False), (cost.draft, True)):
        steps = painter.settings(is_draft=is_draft, articulation=1.0, seed=0).steps
        wanted = cost.hearing.seconds + (parts.fixed.seconds + steps * parts.step.seconds) * windows
        assert took.seconds == pytest.approx(wanted)
        assert took.processor > 0
    assert cost.has_weights
    assert (cost.note, cost.missing_bytes, cost.card_memory) == ("", 0, 0)
    assert cost.device == "cpu"


def test_of_a_network_too_large_for_random_numbers_one_layer_is_measured(installed):
    painter = painter_of(stored("tbdub"))
    painter.move(PRECISE)  # its file is in half precision
    del painter.network.blocks[1:]
    layer = sum(p.numel() * p.element_size() for p in painter.network.blocks[0].parameters())
    parts = measuring._tbdub(painter, is_whole=False)
    assert parts.note == "its network by one layer of 30"
    assert parts.missing_bytes == pytest.approx((TBDubShape().layers - 2) * layer)
    assert len(painter.network.blocks) == 2


def test_times_add_up():
    two, one = Took(2.0, 4.0), Took(1.0, 1.0)
    assert two + one == Took(3.0, 5.0)
    assert two - one == Took(1.0, 3.0)
    assert one - two == Took(0.0, 0.0)  # a measurement's noise is no gain
    assert two * 0.5 == Took(1.0, 2.0)
