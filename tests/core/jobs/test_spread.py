"""Work spread over cores: the same results in the same order, whatever their number."""

import threading
import time

import pytest

from core.base.errors import SettingsError
from core.jobs.spread import Beside, spread, use_cores


@pytest.fixture(params=[1, 2, 5])
def cores(request):
    use_cores(request.param)
    yield request.param
    use_cores(None)


def test_results_come_in_order_however_long_each_takes(cores):
    def slow_first(n):
        time.sleep(0.02 if n % 3 == 0 else 0)
        return n * n

    assert list(spread(slow_first, range(20))) == [n * n for n in range(20)]


def test_several_are_under_way_at_the_same_time():
    use_cores(2)
    both = threading.Barrier(2, timeout=20)  # breaks where one waits for the other to end
    assert list(spread(lambda _: both.wait(timeout=300) >= 0, range(4))) == [True] * 4
    use_cores(None)


def test_no_more_is_taken_than_is_allowed(cores):
    taken = []

    def items():
        for n in range(50):
            taken.append(n)
            yield n

    for n in spread(lambda n: n, items(), most=3):
        assert len(taken) <= n + 3


def test_what_work_raises_comes_at_its_turn_and_ends_it(cores):
    done = []

    def work(n):
        if n == 5:
            raise ValueError("five")
        done.append(n)
        return n

    results, found = spread(work, range(100)), []
    with pytest.raises(ValueError, match="five"):
        found.extend(results)
    assert found == [0, 1, 2, 3, 4]
    assert len(done) < 40


def test_beside_gives_results_in_order_and_on_the_callers_thread(cores):
    found = []
    beside = Beside()
    for n in range(30):
        beside.do(lambda n=n: n * 2, lambda value: found.append((value, threading.current_thread())))
    beside.finish()
    beside.close()
    assert found == [(2 * n, threading.current_thread()) for n in range(30)]


def test_what_is_done_beside_may_fail(cores):
    def done():
        beside.do(lambda: 1 // 0, print)
        beside.finish()

    beside = Beside()
    with pytest.raises(ZeroDivisionError):
        done()
    beside.close()


def test_no_cores_are_refused():
    with pytest.raises(SettingsError, match="0 processor cores"):
        use_cores(0)
