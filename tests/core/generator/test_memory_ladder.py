import cv2
import numpy as np
import pytest
import torch

from core.base.errors import DeviceError
from core.base.memory import is_out_of_memory
from core.base.precision import Place, processor
from core.generator.memory_ladder import MemoryLadder, Rung

CARD = Place(torch.device("cuda:0"), torch.float32)


def said_by(work):
    """What a library says when it is asked for more memory than any computer has."""
    with pytest.raises(Exception) as caught:  # noqa: PT011
        work()
    return caught.value


WANTS = {
    "torch": lambda: torch.empty(1 << 50, dtype=torch.uint8),
    "numpy": lambda: np.empty(1 << 50, np.uint8),
    "opencv": lambda: cv2.resize(np.zeros((4, 4), np.uint8), (2**31 - 1, 2**14)),
    "python": lambda: bytearray(1 << 60),
}


@pytest.mark.parametrize("library", WANTS)
def test_a_want_of_memory_is_known_whoever_says_it(library):
    assert is_out_of_memory(said_by(WANTS[library]))


def test_cards_say_it_in_their_own_class():
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB."))
    assert not is_out_of_memory(RuntimeError("shape mismatch"))
    assert not is_out_of_memory(said_by(lambda: cv2.resize(np.zeros((4, 4), np.uint8), (0, 0))))


def test_less_at_once_then_half_precision_then_the_processor_then_the_end(monkeypatch):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")  # a processor that gains nothing from short numbers
    error = torch.OutOfMemoryError("CUDA out of memory")
    ladder = MemoryLadder("tbdub", "{} pictures at once", Rung(5, CARD))
    half, precise = Place(CARD.device, torch.bfloat16), processor()
    short = Place(precise.device, torch.bfloat16)
    wanted = [
        Rung(2, CARD),
        Rung(1, CARD),
        Rung(1, half),
        Rung(5, precise),
        Rung(2, precise),
        Rung(1, precise),
    ]
    wanted.append(Rung(1, short))
    assert [ladder.step_down(error) for _ in wanted] == wanted
    notes = ladder.take_notes()
    assert notes[2] == (
        "There was not enough memory for 1 pictures at once on cuda:0 in float32; tbdub goes on with "
        "1 pictures at once on cuda:0 in bfloat16."
    )
    assert notes[3].endswith("goes on with 5 pictures at once on the processor in float32.")
    assert ladder.take_notes() == ()
    with pytest.raises(
        DeviceError, match="not enough memory for tbdub; tried 5 pictures at once on cuda:0"
    ) as caught:
        ladder.step_down(error)
    assert "own-mouth" in caught.value.hint
    assert caught.value.__cause__ is error


def test_a_card_does_not_hand_over_where_the_processor_must_not_help():
    ladder = MemoryLadder("x", "{}", Rung(1, Place(CARD.device, torch.bfloat16)), may_use_processor=False)
    with pytest.raises(DeviceError):
        ladder.step_down(MemoryError())
