from core.jobs.progress import Eta


def test_time_left_follows_the_pace_of_the_work_done_here():
    now = [0.0]
    eta = Eta(100, clock=lambda: now[0])
    assert eta.seconds_left() is None
    eta.skip(40)
    now[0] = 10.0
    eta.advance(20)
    assert eta.seconds_left() == 20.0
    eta.advance(40)
    assert eta.seconds_left() == 0.0
