"""Work on a thread of its own that reports step by step."""

import threading

import pytest

from core.jobs.steps import stepwise


def test_the_work_waits_for_whoever_takes_its_steps():
    told = []

    def work(stop, tell):
        for n in range(10):
            told.append(n)
            tell(n)

    steps = stepwise("ahead", work, ahead=2)
    for n in steps:
        assert len(told) <= n + 4  # two wait, one is in hand, one wants in
    assert told == list(range(10))


def test_work_that_waits_ends_when_nobody_wants_more():
    ended = threading.Event()

    def work(stop, tell):
        try:
            while not stop.is_cancelled:
                tell(0)
        finally:
            ended.set()

    steps = stepwise("unwanted", work, ahead=1)
    next(steps)
    steps.close()
    assert ended.is_set()


def test_result_and_error_come_through():
    def returned():
        return (yield from stepwise("result", lambda stop, tell: tell(1) or "done", ahead=1))

    steps = returned()
    assert next(steps) == 1
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == "done"
    with pytest.raises(ZeroDivisionError):
        list(stepwise("error", lambda stop, tell: 1 // 0))
