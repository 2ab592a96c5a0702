import pytest

from core.base.errors import ProjectError, SettingsError
from core.batch.jobs import BatchJob
from core.batch.state import FILE, BatchState
from core.engine.dub import DubJob


@pytest.fixture
def job(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for name in ("a.mp4", "a.de.wav"):
        (tmp_path / name).write_text(name)
    return BatchJob(
        "a.de", "line 2", "de", DubJob(tmp_path / "a.mp4", tmp_path / "a.de.wav", out / "a.de.mp4")
    )


def begun(job, *, resume=False):
    return BatchState.read(job.work.output.parent).begin([job], resume=resume)


def finish(job):
    state = BatchState.read(job.work.output.parent)
    state.begin([job], resume=False)
    job.work.output.write_text("film")
    state.note(job.name, "done", seconds=3.0)


def test_a_finished_job_is_finished_for_the_next_run(job):
    assert begun(job) == set()
    finish(job)
    assert begun(job) == {"a.de"}


def test_a_job_whose_voice_or_film_changed_is_made_anew(job):
    finish(job)
    job.work.dub.write_text("another recording")
    assert begun(job) == set()


def test_a_job_whose_film_was_taken_away_is_made_anew(job):
    finish(job)
    job.work.output.unlink()
    assert begun(job) == set()


def test_a_film_that_no_batch_made_is_never_written_over(job):
    job.work.output.write_text("somebody's film")
    with pytest.raises(SettingsError, match="was not made by this batch"):
        begun(job)
    assert not (job.work.output.parent / FILE).exists()


def test_another_list_needs_a_word(job, tmp_path):
    finish(job)
    other = BatchJob(
        "b.de", "line 2", "de", DubJob(job.work.video, job.work.dub, tmp_path / "out" / "b.de.mp4")
    )
    with pytest.raises(SettingsError, match="another list of jobs"):
        begun(other)
    assert begun(other, resume=True) == set()
    assert begun(job, resume=True) == {"a.de"}  # what was made before is still known


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"version": 9}', '{"version": 1, "jobs": {"a": {"key": "k", "output": "../../x"}}}',
     '{"version": 1, "jobs": {"a": {"key": "k", "output": "x", "state": "eaten"}}}', "[" * 100_000],
)  # fmt: skip
def test_a_damaged_state_is_refused(job, text):
    (job.work.output.parent / FILE).write_text(text)
    with pytest.raises(ProjectError, match="damaged"):
        begun(job)
