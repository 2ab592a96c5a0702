"""Seconds per stage."""

import threading
import time

import pytest

from core.base.stages import Watch, measuring, stage


def work(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_a_stage_within_a_stage_takes_its_time_away_from_the_outer_one():
    with measuring() as times, stage("outer"):
        work(0.02)
        with stage("inner"):
            work(0.05)
    outer, inner = times.stages["outer"], times.stages["inner"]
    assert 0.02 <= outer.processor_seconds < inner.processor_seconds
    assert inner.processor_seconds >= 0.05
    assert outer.times == inner.times == 1


def test_the_stages_of_all_threads_are_added():
    with measuring() as times:
        threads = [threading.Thread(target=stage("shared")(work), args=(0.02,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=300)
    assert times.stages["shared"].times == 3
    assert times.stages["shared"].processor_seconds >= 0.06


def test_waiting_costs_time_but_no_processor():
    with measuring() as times, stage("waiting"):
        time.sleep(0.05)
    row = times.stages["waiting"]
    assert row.seconds >= 0.05
    assert row.processor_seconds < row.seconds


def test_an_error_within_a_stage_ends_it():
    with measuring() as times:
        with pytest.raises(ValueError, match="no"), stage("broken"):
            raise ValueError("no")
        with stage("after"):
            pass
    assert set(times.stages) == {"broken", "after"}


def test_nothing_is_measured_when_nobody_measures():
    with stage("unseen"), measuring() as times:
        pass
    assert times.stages == {}


def test_a_watch_reads_clock_and_processor_of_all_threads():
    watch = Watch()
    work(0.03)
    whole = watch.read()
    assert whole.processor_seconds >= 0.03
    assert whole.seconds > 0
    assert whole.busy == pytest.approx(whole.processor_seconds / whole.seconds)
