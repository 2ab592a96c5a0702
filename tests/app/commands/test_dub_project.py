"""``unisync dub PROJECT``: what was set by hand is in the finished film."""

import shutil
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from app.main import main
from core.base.timing import TimeRange
from core.compositing.strokes import Stroke
from core.media.reader import VideoReader
from core.project import content_edits, key_edits, stroke_edits
from core.project.file import save_project
from core.project.model import MediaId
from tests.core.takes.test_mouth_points import Creature
from tests.dubbed_project import creature_project, talking_project, with_take


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("talking")


@pytest.fixture(scope="module")
def project(folder):
    return talking_project(folder)


@pytest.fixture(scope="module")
def untouched(project, folder):
    """The film as it is exported where nothing is laid in."""
    path = folder / "untouched.mkv"
    export(content_edits.set_segments(project, [project.segments[0].id], keep_original=True).project, path)
    return path


@pytest.fixture(scope="module")
def plain(project, folder):
    """The film with the take as it is."""
    path = folder / "plain.mkv"
    export(with_take(project), path)
    return path


def export(project, path):
    save_project(project, path.with_suffix(".unisync"))
    assert main(["dub", str(path.with_suffix(".unisync")), "-o", str(path), "--export", "ffv1"]) == 0


def differences(one, other):
    """The largest difference of each frame of two films, in grey levels."""
    with VideoReader(one) as first, VideoReader(other) as second:
        count = len(first.index)
        return np.array([np.abs(first.rgb(n).astype(int) - second.rgb(n)).max() for n in range(count)])


def test_keyframes_of_strength_let_lips_come_slowly(project, untouched, plain, tmp_path, capsys):
    (segment,) = project.segments
    keyed = key_edits.set_key(project, [segment.id], "strength", Fraction(10, 25), 0.0).project
    keyed = key_edits.set_key(keyed, [segment.id], "strength", Fraction(20, 25), 1.0).project
    export(with_take(keyed), tmp_path / "keyed.mkv")
    assert "Written:" in capsys.readouterr().out
    from_film = differences(tmp_path / "keyed.mkv", untouched)
    from_plain = differences(tmp_path / "keyed.mkv", plain)
    assert (from_film[:10] == 0).all()  # strength 0
    assert from_film[15:].max() > 20
    assert (from_plain[20:] == 0).all()
    assert from_plain[:10].max() > 20


def test_options_that_a_project_says_itself_are_refused(project, tmp_path, capsys):
    path = tmp_path / "p.unisync"
    save_project(project, path)
    assert main(["dub", str(path), "-o", str(tmp_path / "o.mp4"), "--feather", "0.2"]) == 2
    assert "--feather cannot be said of a project" in capsys.readouterr().err
    assert not (tmp_path / "o.mp4").exists()


@pytest.mark.parametrize("option", ["--output", "--report"])
def test_no_film_of_the_project_is_written_over(project, tmp_path, capsys, option):
    """Nor one that is only in its bin."""
    idle = tmp_path / "idle.mkv"
    shutil.copy(project.media[0].path, idle)
    spare = replace(project.media[0], id=MediaId("spare"), path=str(idle))
    path = tmp_path / "p.unisync"
    save_project(replace(project, media=(*project.media, spare)), path)
    before = idle.read_bytes()
    given = {"--output": str(tmp_path / "o.mkv"), option: str(idle)}
    assert main(["dub", str(path), *(word for pair in given.items() for word in pair)]) == 2
    assert f"{option} {idle} is also an input" in capsys.readouterr().err
    assert idle.read_bytes() == before
    assert not (tmp_path / "o.mkv").exists()


def test_a_film_without_a_voice_is_refused(folder, tmp_path, capsys):
    assert main(["dub", str(folder / "film.mkv"), "-o", str(tmp_path / "o.mp4")]) == 2
    assert "--audio" in capsys.readouterr().err


def test_strokes_keep_a_part_of_the_face_as_it_was_filmed(project, untouched, plain, tmp_path):
    """All of the face is painted out in the first half of the film."""
    over_all = Stroke("exclude", ((0.0, 0.75), (0.0, 0.9)), width=2.0, softness=0.0)
    half = TimeRange(Fraction(0), Fraction(15, 25))
    made = stroke_edits.add_stroke(with_take(project), project.segments[0].id, over_all, half).project
    export(made, tmp_path / "painted.mkv")
    from_film = differences(tmp_path / "painted.mkv", untouched)
    from_plain = differences(tmp_path / "painted.mkv", plain)
    assert (from_plain[15:] == 0).all()
    assert from_plain[:15].max() > 20
    assert from_film[:15].max() < 0.5 * from_plain[:15].max()


def test_a_mouth_placed_by_hand_speaks(tmp_path):
    project = creature_project(tmp_path)
    export(with_take(project), tmp_path / "dubbed.mkv")
    still = content_edits.set_segments(project, [project.segments[0].id], keep_original=True).project
    export(still, tmp_path / "still.mkv")
    with VideoReader(tmp_path / "dubbed.mkv") as made, VideoReader(tmp_path / "still.mkv") as source:
        change = np.stack([np.abs(made.rgb(n).astype(int) - source.rgb(n)).max(axis=2) for n in range(30)])
    assert np.median(change.reshape(30, -1).max(axis=1)) > 40
    x, y = Creature().marks(15).mean(axis=0)
    rows, columns = np.nonzero(change[15] > 20)
    assert abs(columns.mean() - x) < 40  # where the mouth was followed to
    assert abs(rows.mean() - y) < 40
