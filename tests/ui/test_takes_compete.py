"""A new take plays only where it is better or chosen, and the panel speaks of what is shown."""

from fractions import Fraction as F

from core.project import content_edits
from tests.ui.test_work_in_background import done, dubbing  # noqa: F401 - a fixture
from ui.base.messages import _Card


def generate(window, qtbot, action="segment.generate"):
    window.actions[action].trigger()
    segment = window.document.project.segments[0]
    qtbot.waitUntil(done(window), timeout=60_000)
    return segment


def test_a_worse_take_leaves_the_shown_one_in_the_film(dubbing, qtbot):  # noqa: F811
    window = dubbing
    generate(window, qtbot)
    first = window.document.project.segments[0].takes[0]
    window.document.apply("In", content_edits.set_in, F(2))
    window.document.apply("Out", content_edits.set_out, F(12, 5))
    # The engine's second take equals the first in this stretch, which is not better.
    during = generate(window, qtbot, "segment.generate_range")
    assert during.take_at(F(11, 5)).number == 1, "while it is made the old one stays in the film"
    segment = window.document.project.segments[0]
    assert len(segment.takes) == 2
    assert segment.choices == ()
    assert segment.chosen == first.id
    assert any("fits no better" in text for text in window.stack.texts)
    card = window.inspector.lips.score
    assert f"result {first.mean_sync:.2f}" in card._numbers.text()
    (button,) = [
        each
        for shown in window.stack.findChildren(_Card)
        for each in shown.findChildren(type(window.inspector.generate))
        if each.text() == "Use it"
    ]
    button.click()
    assert window.document.project.segments[0].take_at(F(11, 5)).number == 2
    assert "00:00:02:00 – 00:00:02:10: take 2" in window.inspector.lips.parts.text()


def test_a_better_take_is_shown_once_it_is_judged(dubbing, qtbot):  # noqa: F811
    window = dubbing
    generate(window, qtbot)
    during = generate(window, qtbot)
    assert during.take_at(F(2)).number == 1
    segment = window.document.project.segments[0]
    assert segment.take_at(F(2)).number == 2
    assert segment.takes[1].mean_sync > segment.takes[0].mean_sync
    assert f"result {segment.takes[1].mean_sync:.2f}" in window.inspector.lips.score._numbers.text()
    window.document.undo()
    assert window.document.project.segments[0].take_at(F(2)).number == 1


def test_a_take_nobody_can_see_any_more_gives_way_at_once(dubbing, qtbot):  # noqa: F811
    from core.project import edits

    window = dubbing
    generate(window, qtbot)
    item = window.document.project.segments[0].id
    window.document.apply("Slip", edits.slip, [item], F(1, 5))
    during = generate(window, qtbot)
    assert during.take_at(F(2)).number == 2


def test_jobs_are_told_apart_and_fold_when_they_are_done(dubbing, qtbot):  # noqa: F811
    window = dubbing
    generate(window, qtbot)
    panel = window.jobs_panel
    (job,) = [job for job in window.board.jobs if job.kind == "take"]
    assert job.title == "Lips of Anna, take 1, 00:00:01:00 – 00:00:03:00"
    window.show_jobs()
    row = panel._rows[job.number]
    assert not row.isVisible()
    assert panel._fold.text().endswith("finished")
    panel._fold.click()
    assert row.isVisible()
