from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QPushButton

from core.base.models import user_data_dir
from core.base.timing import TimeRange
from core.face_geometry.track import FaceTrack
from core.project import content_edits, edits
from core.project.segments import FaceIdentity
from tests.ui import fake_engine
from tests.ui.conftest import project_with
from ui.state.library import CurveKey, PersonFacts

SIZE = (640, 360)


def track(frames=1500, person="P1"):
    boxes = np.tile(np.array([100, 100, 200, 200], np.float32), (frames, 1))
    landmarks = np.full((frames, 468, 3), 150, np.float32)
    return FaceTrack(
        0, person, 0, 0, boxes, landmarks, np.zeros((frames, 3), np.float32), np.ones(frames, np.float32)
    )


@pytest.fixture
def dubbing(open_window, qtbot):
    """A window on a project whose first person was found in the film, with a segment selected."""
    window = open_window(engine_target=fake_engine.main)
    project = project_with((1, 3), (4, 5))
    film = project.media[0].id
    project = content_edits.set_person(
        project, project.people[0].id, faces=(FaceIdentity(film, "P1"),)
    ).project
    window.document.replace(project, None)
    facts = (PersonFacts(film, "P1", 60.0, None, None),)
    window.document.library.put_faces(film, (track(),), np.arange(1500) / 25, facts)
    window.document.session.select([project.segments[0].id])
    return window


def done(window):
    return lambda: not window.workshop.takes.is_busy


def test_what_needs_torch_offers_to_install_it_and_goes_on_after_that(dubbing, qtbot):
    window = dubbing
    (user_data_dir() / "no torch").touch()
    offers = []
    window.messages.posted.connect(lambda said: offers.append(said) if "torch" in said.text else None)
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(lambda: bool(offers), timeout=60_000)
    assert "needs torch" in offers[0].text
    assert "1.1 GB" in offers[0].hint
    assert (user_data_dir() / "no torch").exists()  # nothing comes without being asked for
    button = next(b for b in window.findChildren(QPushButton) if b.text() == offers[0].action[0])
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def states():
        takes = window.document.project.segments[0].takes
        return [window.document.library.take_state(take.id).status for take in takes]

    qtbot.waitUntil(lambda: "done" in states() and done(window)(), timeout=60_000)
    assert not (user_data_dir() / "no torch").exists()


def test_generate_makes_a_take_that_grows_and_is_judged(dubbing, qtbot):
    window = dubbing
    library, states = window.document.library, []
    library.take_changed.connect(lambda take: states.append(library.take_state(take)))
    window.actions["segment.generate"].trigger()
    assert window.document.undo_label == "Generate"
    assert window.actions["segment.cancel"].isEnabled()
    qtbot.waitUntil(done(window), timeout=60_000)
    segment = window.document.project.segments[0]
    (take,) = segment.takes
    assert segment.chosen == take.id
    assert library.take_state(take.id).status == "done"
    covered = [sum((r.duration for _, r in state.ready), F(0)) for state in states]
    assert covered == sorted(covered)
    assert len(set(covered)) > 3
    assert window.document.take_coverage(segment, take) == (segment.range,)
    assert 0.7 < take.mean_sync < 0.9
    curve = library.curve(CurveKey("take", take.id))
    assert curve.is_complete
    assert len(curve.times) == 50
    assert "Fits" in window.inspector.lips.score.words


def test_what_the_engine_says_of_too_little_memory_is_shown(dubbing, qtbot):
    window = dubbing
    (user_data_dir() / "short of memory").touch()
    window.actions["segment.generate"].trigger()
    words = "There was not enough memory for 12 pictures at once; it goes on with 6."
    qtbot.waitUntil(lambda: words in window.stack.texts, timeout=60_000)
    qtbot.waitUntil(done(window), timeout=60_000)
    (take,) = window.document.project.segments[0].takes
    assert window.document.library.take_state(take.id).status == "done"


def test_a_take_remembers_which_films_could_lend_mouths(dubbing, qtbot):
    window = dubbing
    project = window.document.project
    both = (*project.people[0].faces, FaceIdentity(project.media[1].id, "P2"))
    window.document.apply("Merge", content_edits.set_person, project.people[0].id, faces=both)
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(done(window), timeout=60_000)
    (take,) = window.document.project.segments[0].takes
    assert take.donors == both


def test_a_killed_engine_goes_on_where_it_was(dubbing, qtbot, home):
    window = dubbing
    (home / "die").touch()
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(lambda: not (home / "die").exists(), timeout=60_000)
    qtbot.waitUntil(done(window), timeout=60_000)
    (take,) = window.document.project.segments[0].takes
    assert window.document.library.take_state(take.id).status == "done"
    assert window.document.take_coverage(window.document.project.segments[0], take) == (
        TimeRange(F(1), F(3)),
    )


def test_a_second_take_gets_another_seed_and_keys_choose(dubbing, qtbot):
    window = dubbing
    for _ in range(2):
        window.actions["segment.generate"].trigger()
        qtbot.waitUntil(done(window), timeout=60_000)
    segment = window.document.project.segments[0]
    assert [take.settings.seed for take in segment.takes] == [0, 1]
    assert segment.chosen == segment.takes[1].id
    window.actions["segment.take_1"].trigger()
    assert window.document.project.segments[0].chosen == segment.takes[0].id
    window.actions["segment.film"].trigger()
    assert window.document.project.segments[0].chosen is None


def test_the_window_says_how_much_of_a_take_the_footage_holds(dubbing, qtbot):
    window = dubbing
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(lambda: bool(window.inspector.lips.coverage.text()), timeout=60_000)
    take = window.document.project.segments[0].chosen
    assert window.inspector.lips.coverage.text() == "The footage holds every mouth that this take needs."
    state = window.document.library.take_state(take)
    window.document.library.put_take_state(take, replace(state, coverage=0.917))
    assert "holds 92% of the mouths" in window.inspector.lips.coverage.text()
    window.actions["segment.film"].trigger()
    assert window.inspector.lips.coverage.text() == ""


def test_a_marked_range_gets_its_own_take(dubbing, qtbot):
    window = dubbing
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(done(window), timeout=60_000)
    window.document.apply("In", content_edits.set_in, F(2))
    window.document.apply("Out", content_edits.set_out, F(5, 2))
    window.actions["segment.generate_range"].trigger()
    qtbot.waitUntil(done(window), timeout=60_000)
    window.actions["segment.take_2"].trigger()  # it fits no better, so it waits to be chosen
    segment = window.document.project.segments[0]
    assert [segment.take_at(F(t)).number for t in (1, 2, F(12, 5), F(27, 10))] == [1, 2, 2, 1]


def test_best_of_several_takes_is_chosen_by_the_scorer(dubbing, qtbot):
    window = dubbing
    window.inspector.best.menu().actions()[2].trigger()  # best of 4
    assert window.document.undo_label == "Best of 4"
    qtbot.waitUntil(done(window), timeout=60_000)
    segment = window.document.project.segments[0]
    assert [take.settings.seed for take in segment.takes] == [0, 1, 2, 3]
    assert segment.chosen == segment.takes[2].id
    assert "Take 3 fits best: 0.80." in window.stack.texts
    assert "take 1 (0.76), take 2 (0.78)" in window.stack._cards[-1].message.hint
    window.document.undo()
    assert window.document.project.segments[0].chosen == segment.takes[3].id
    window.document.undo()
    assert window.document.project.segments[0].takes == ()


def test_the_best_take_of_a_range_is_used_only_there(dubbing, qtbot):
    window = dubbing
    window.options.set_value("engine.best_of", 3)
    window.actions["segment.best"].trigger()
    qtbot.waitUntil(done(window), timeout=60_000)
    assert len(window.document.project.segments[0].takes) == 3
    window.document.apply("In", content_edits.set_in, F(9, 5))
    window.document.apply("Out", content_edits.set_out, F(11, 5))
    window.actions["segment.choose_best"].trigger()
    segment = window.document.project.segments[0]
    assert [segment.take_at(F(t)).number for t in (1, F(9, 5), F(54, 25), F(11, 5))] == [3, 2, 2, 3]
    assert window.inspector.lips.parts.text() == "00:00:01:20 – 00:00:02:05: take 2"
    first = window.inspector.lips.takes.findText("Take 1", Qt.MatchFlag.MatchStartsWith)
    window.inspector.lips.takes.setCurrentIndex(first)
    window.inspector.lips.takes.activated.emit(first)
    segment = window.document.project.segments[0]
    assert [segment.take_at(F(t)).number for t in (1, F(9, 5), F(11, 5))] == [3, 1, 3]


def test_takes_nobody_judged_are_not_compared(dubbing):
    window = dubbing
    segment = window.document.project.segments[0]
    for _ in range(2):
        window.document.apply("Take", content_edits.add_take, segment.id, "auto", segment.lips, ())
    window.actions["segment.choose_best"].trigger()
    assert "No take could be judged here." in window.stack.texts


def test_a_failed_contest_ends_without_a_choice(dubbing, qtbot):
    window = dubbing
    segment = window.document.project.segments[0]
    window.document.apply("Draft", content_edits.set_lips, [segment.id], preset="draft")
    window.actions["segment.best"].trigger()
    qtbot.waitUntil(done(window), timeout=60_000)
    assert "No take could be judged here." in window.stack.texts


def test_an_opened_project_knows_how_well_its_takes_fit(dubbing, qtbot):
    window = dubbing
    document = window.document
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(done(window), timeout=60_000)
    qtbot.waitUntil(lambda: window.bridge.is_idle)
    project = document.project
    key = CurveKey("take", project.segments[0].chosen)
    before = document.library.curve(key)
    document.replace(project, None)
    document.session.select([project.segments[0].id])
    assert document.library.curve(key) is None
    assert "Fits" in window.inspector.lips.score.words
    qtbot.waitUntil(lambda: document.library.curve(key) is not None)
    after = document.library.curve(key)
    assert np.array_equal(after.times, before.times)
    assert np.array_equal(after.p_sync, before.p_sync, equal_nan=True)
    assert after.is_complete


def test_undoing_generate_cancels_it(dubbing, qtbot):
    window = dubbing
    window.actions["segment.generate"].trigger()
    window.document.undo()
    qtbot.waitUntil(done(window), timeout=60_000)
    qtbot.waitUntil(lambda: not window.board.active, timeout=60_000)
    assert window.document.project.segments[0].takes == ()


def test_failure_is_told_and_the_take_says_why(dubbing, qtbot):
    window = dubbing
    segment = window.document.project.segments[0]
    window.document.apply("Draft", content_edits.set_lips, [segment.id], preset="draft")
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(done(window), timeout=60_000)
    (take,) = window.document.project.segments[0].takes
    state = window.document.library.take_state(take.id)
    assert (state.status, state.message) == ("failed", "Draft is not to be had here.")
    assert any("Draft" in text for text in window.stack.texts)
    assert [job.state for job in window.board.jobs if job.kind == "take"] == ["failed"]


def test_segment_of_nobody_is_refused_with_words(dubbing, qtbot):
    window = dubbing
    segment = window.document.project.segments[0]
    window.document.apply("Nobody", content_edits.assign_person, [segment.id], None)
    window.actions["segment.generate"].trigger()
    assert "Nobody was named" in window.stack.texts[-1]


def test_next_weak_stretch_is_found(dubbing, qtbot):
    window = dubbing
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(done(window), timeout=60_000)
    (take,) = window.document.project.segments[0].takes
    qtbot.waitUntil(lambda: bool(window.document.library.take_state(take.id).doubtful))
    window.document.session.set_playhead(F(0))
    window.actions["segment.next_weak"].trigger()
    # The fake engine doubts frames 12 to 14 of the segment, and scores frames 40 to 49 badly.
    assert window.document.session.playhead == F(1) + F(12, 25)
    window.actions["segment.next_weak"].trigger()
    assert window.document.session.playhead == F(1) + F(40, 25)


def test_result_picture_has_the_lips_laid_in_and_only_where_they_fit(dubbing, qtbot):
    from ui.state.pictures import Picture

    window = dubbing
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(done(window), timeout=60_000)
    pictures = window.workshop.pictures
    film = window.document.project.media[0].id
    source = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)

    def at(frame):
        return Picture(film, frame, window.document.project.clips[0].id, F(frame, 25), F(frame + 1, 25))

    assert pictures._compositor(at(24), source) is None
    assert pictures._compositor(at(25), source) is not None
    assert pictures._compositor(at(74), source) is not None
    assert pictures._compositor(at(75), source) is None
    first = window.document.project.segments[0].id
    window.document.apply("Move", edits.move_items, [first], F(1, 2))
    assert pictures._compositor(at(40), source) is None
    window.document.undo()
    window.document.apply("Keep", content_edits.set_segments, [first], keep_original=True)
    assert pictures._compositor(at(40), source) is None


def test_blend_changes_never_ask_the_engine(dubbing, qtbot):
    window = dubbing
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(done(window), timeout=60_000)
    jobs = len(window.board.jobs)
    segment = window.document.project.segments[0]
    window.inspector.row("feather").edited.emit("feather", 0.3)
    assert window.document.project.segments[0].blend.feather == 0.3
    assert window.document.project.segments[0].takes == segment.takes
    assert len(window.board.jobs) == jobs


def test_opened_project_finds_its_takes_in_the_cache(dubbing, qtbot, tmp_path):
    window = dubbing
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(done(window), timeout=60_000)
    project = window.document.project
    window.document.replace(replace(project, name="again"), None)
    take = project.segments[0].takes[0]
    qtbot.waitUntil(lambda: window.document.library.take_state(take.id).status == "done")
    film = project.media[0].id
    assert window.document.library.take_state(take.id).ready == ((film, TimeRange(F(1), F(3))),)


def test_dropped_film_and_sound_are_read_and_placed(window, qtbot, clips):
    window.commands.import_files((clips("cfr25"),))
    qtbot.waitUntil(lambda: bool(window.document.project.video_clips))
    project = window.document.project
    assert project.media[0].facts.frame_count > 0
    assert window.centre.currentWidget() is window.viewer
    library = window.document.library
    qtbot.waitUntil(lambda: library.thumbnail(project.media[0].id, F(0)) is not None)
    assert library.thumbnail(project.media[0].id, F(0)).height() == 96
    assert window.document.undo_label == "Add media"


def test_something_that_is_no_media_is_told(window, qtbot, tmp_path):
    (tmp_path / "notes.txt").write_text("no film")
    window.commands.import_files((tmp_path / "notes.txt",))
    qtbot.waitUntil(lambda: any("notes.txt" in text for text in window.stack.texts))
    assert window.document.project.media == ()


def test_source_curve_gives_the_speaking_share(dubbing, qtbot):
    window = dubbing
    film = window.document.project.media[0].id
    window.workshop.films._ask_curves()
    window.document.library.forget_curve(CurveKey("source", film))
    window.document.library.curve(CurveKey("source", film))
    qtbot.waitUntil(
        lambda: window.document.library.people(film)[0].speaking_share is not None, timeout=60_000
    )
    assert window.document.library.people(film)[0].speaking_share == pytest.approx(1.0)


def test_the_event_loop_is_not_held_up_while_generating(dubbing, qtbot):
    """The engine takes long to start, and 20 ms for a chunk; a window that waited for either would serve nothing meanwhile."""
    window = dubbing
    library = window.document.library
    served = {"before": 0, "since": 0}  # the first finished chunk

    def serve():
        takes = [take.id for segment in window.document.project.segments for take in segment.takes]
        is_first_there = any(library.take_state(take).ready for take in takes)
        served["since" if is_first_there else "before"] += 1

    beat = QTimer()
    beat.setInterval(5)
    beat.timeout.connect(serve)
    beat.start()
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(done(window), timeout=60_000)
    beat.stop()
    assert served["before"] >= 5
    assert served["since"] >= 1

