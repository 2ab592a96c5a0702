import multiprocessing
import os
import queue
import signal
import sys
from pathlib import Path

import pytest

from core.engine.client import EngineClient, Priority
from core.jobs.events import TERMINAL, Done, Failed, Progress, Stopped

sys.path.insert(0, str(Path(__file__).parent))  # the spawned process imports the doubles by name

import engine_doubles
from engine_doubles import Counted


@pytest.fixture
def engine(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    events = queue.Queue()
    client = EngineClient(events.put, target=engine_doubles.main)
    client.events = events
    yield client
    client.close()


def until_end(engine, jobs=1):
    seen, ended = [], 0
    while ended < jobs:
        seen.append(engine.events.get(timeout=60))
        ended += isinstance(seen[-1], TERMINAL)
    return seen


def test_a_job_tells_its_steps_and_ends_once(engine):
    job = engine.submit(("count", 3), Priority.TAKE)
    assert until_end(engine) == [
        *(Progress(job, "count", i, 3) for i in (1, 2, 3)),
        Counted(job, 3),
    ]
    assert engine.events.empty()


def test_a_take_overtakes_an_export_between_two_steps(engine):
    export = engine.submit(("count", 50, 0.02), Priority.EXPORT)
    engine.events.get(timeout=60)
    take = engine.submit(("count", 2), Priority.TAKE)
    ends = [event.job for event in until_end(engine, jobs=2) if isinstance(event, Done)]
    assert ends == [take, export]


def test_an_error_of_the_user_and_a_bug_of_ours_are_told_apart(engine):
    engine.submit(("refuse",), Priority.TAKE)
    (refused,) = until_end(engine)
    assert (refused.message, refused.hint, refused.is_bug) == ("The film is too long.", "Cut it.", False)
    engine.submit(("bug",), Priority.TAKE)
    (bug,) = until_end(engine)
    assert bug.is_bug
    assert "ZeroDivisionError" in bug.details


def test_cancel_reaches_into_a_long_step(engine):
    engine.submit(("count", 1), Priority.TAKE)
    until_end(engine)
    job = engine.submit(("hang",), Priority.TAKE)
    while engine.process_id is None:
        pass
    engine.cancel(job)
    assert until_end(engine) == [Stopped(job)]


def test_cancel_reaches_into_a_step_that_has_surely_begun(engine, tmp_path):
    job = engine.submit(("hang", str(tmp_path / "begun")), Priority.TAKE)
    while not (tmp_path / "begun").exists():
        pass
    engine.cancel(job)
    assert until_end(engine) == [Stopped(job)]


def test_a_new_request_for_the_same_thing_replaces_the_older(engine):
    engine.submit(("count", 200, 0.01), Priority.TAKE, replaces="segment 1")
    newer = engine.submit(("count", 1), Priority.TAKE, replaces="segment 1")
    ends = {type(event): event.job for event in until_end(engine, jobs=2) if isinstance(event, TERMINAL)}
    assert ends[Counted] == newer
    assert Stopped in ends


def test_a_killed_process_is_started_again_and_the_job_goes_on(engine, tmp_path):
    engine.submit(("die-until", str(tmp_path / "deaths"), 2), Priority.TAKE)
    (end,) = until_end(engine)
    assert end.count == 2


def test_a_job_that_kills_the_process_every_time_is_given_up(engine, tmp_path):
    engine.submit(("die-until", str(tmp_path / "deaths"), 99), Priority.TAKE)
    (end,) = until_end(engine)
    assert isinstance(end, Failed)
    assert "3 times" in end.message
    engine.submit(("count", 1), Priority.TAKE)
    assert isinstance(until_end(engine)[-1], Done)


def test_only_deaths_without_a_step_between_them_count(engine, tmp_path):
    engine.submit(("stumble", str(tmp_path / "deaths")), Priority.TAKE)
    assert until_end(engine)[-1].count == 4


def test_a_job_cancelled_in_the_queue_ends_at_once_whatever_runs(engine):
    engine.submit(("count", 400, 0.02), Priority.TAKE)
    engine.events.get(timeout=60)
    waiting = engine.submit(("count", 1), Priority.EXPORT)
    engine.cancel(waiting)
    (end,) = [event for event in until_end(engine) if isinstance(event, TERMINAL)]
    assert end == Stopped(waiting)


def test_a_kill_from_outside_costs_no_job(engine):
    job = engine.submit(("count", 20, 0.02), Priority.TAKE)
    engine.events.get(timeout=60)
    os.kill(engine.process_id, signal.SIGKILL)
    assert until_end(engine)[-1] == Counted(job, 20)


def test_a_paused_job_waits(engine):
    job = engine.submit(("count", 30, 0.02), Priority.TAKE)
    engine.events.get(timeout=60)
    engine.pause(job)
    other = engine.submit(("count", 1), Priority.EXPORT)
    ends = [event.job for event in until_end(engine) if isinstance(event, TERMINAL)]
    assert ends == [other]
    engine.resume(job)
    assert until_end(engine)[-1].job == job


@pytest.mark.parametrize("ignores", [(), ("SIGTERM",)])
def test_closing_ends_a_process_that_ignores_its_cancel(engine, tmp_path, ignores):
    engine.submit(("deaf", str(tmp_path / "begun"), *ignores), Priority.TAKE)
    while not (tmp_path / "begun").exists():
        pass
    engine.close(grace=0.1)
    assert engine.process_id is None
    assert not any(child.name == "engine" for child in multiprocessing.active_children())
    assert engine.events.empty()


def test_closing_ends_a_process_that_outlasts_its_pipes(engine):
    engine.submit(("linger",), Priority.TAKE)
    until_end(engine)
    engine.close()
    assert engine.process_id is None
    assert not any(child.name == "engine" for child in multiprocessing.active_children())
