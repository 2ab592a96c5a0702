"""Frame-exact seeking, stepping, playing and looping, proved by the number drawn into every picture."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from core.media.probe import probe
from core.project import content_edits, edits
from core.project.ids import MediaId
from core.project.media_items import MediaFacts
from core.project.model import Project
from tests.clips import CLIPS, number_in
from ui.state.document import Document
from ui.state.pictures import Picture
from ui.viewer.frame_provider import MediaFrames
from ui.viewer.player import Player
from ui.viewer.rendering import Rendered

RATES = ("cfr23976", "cfr25", "cfr2997", "cfr5994", "vfr", "matroska", "long_gop")


def film_project(path: Path, *, start: Fraction = Fraction(0)) -> Project:
    info = probe(path)
    assert info.video is not None
    facts = MediaFacts(
        info.video.duration,
        *info.video.display_size,
        info.video.rate,
        info.video.frame_count,
        info.video.is_vfr,
        audio_channels=info.audio[0].channels if info.audio else 0,
        sample_rate=info.audio[0].rate if info.audio else 0,
    )
    project = content_edits.add_media(Project(), "video", str(path), path.name, facts).project
    return edits.add_clip(project, MediaId(project.media[-1].id), start).project


def array(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
    return pixels.copy()  # the image, and with it the memory, ends here


def shown_number(rendered: Rendered) -> int:
    assert rendered.error is None, rendered.error
    assert rendered.image is not None
    return number_in(array(rendered.image))


@pytest.fixture
def make_player(qtbot: QtBot) -> Iterator[Callable[[Project], tuple[Document, Player]]]:
    players: list[Player] = []
    documents: list[Document] = []

    def make(project: Project) -> tuple[Document, Player]:
        document = Document(project)
        player = Player(document)
        players.append(player)
        documents.append(document)
        qtbot.waitUntil(
            lambda: all(player.film_facts(clip.media) is not None for clip in project.video_clips)
        )
        return document, player

    yield make
    for player in players:
        player.close()


def seek(qtbot: QtBot, document: Document, player: Player, t: Fraction) -> Rendered:
    found: list[Rendered] = []
    player.shown.connect(found.append)
    document.session.set_playhead(t)
    player.refresh()
    qtbot.waitUntil(lambda: bool(found) and found[-1].time == document.session.playhead)
    player.shown.disconnect(found.append)
    return found[-1]


@pytest.mark.parametrize("name", RATES)
def test_seek_shows_the_frame_of_that_time(name: str, clips, make_player, qtbot: QtBot) -> None:
    document, player = make_player(film_project(clips(name)))
    times = CLIPS[name].times()
    chance = np.random.default_rng(3)
    for number in chance.permutation(len(times))[:12].tolist():
        end = times[number + 1] if number + 1 < len(times) else times[number] + Fraction(1, 100)
        middle = (times[number] + end) / 2
        assert shown_number(seek(qtbot, document, player, middle)) == number


@pytest.mark.parametrize("name", RATES)
def test_stepping_visits_every_frame_once_in_both_directions(
    name: str, clips, make_player, qtbot: QtBot
) -> None:
    document, player = make_player(film_project(clips(name)))
    seek(qtbot, document, player, Fraction(0))
    count = min(len(CLIPS[name].times()), 30)
    forward, backward = [], []
    for _ in range(count - 1):
        player.step(1)
        forward.append(shown_number(seek(qtbot, document, player, document.session.playhead)))
    for _ in range(count - 1):
        player.step(-1)
        backward.append(shown_number(seek(qtbot, document, player, document.session.playhead)))
    assert forward == list(range(1, count))
    assert backward == list(range(count - 2, -1, -1))
    assert document.session.playhead == 0


@pytest.mark.parametrize("name", ["cfr23976", "cfr25", "cfr2997", "cfr5994"])
def test_timecode_of_a_stepped_frame_is_its_number(name: str, clips, make_player, qtbot: QtBot) -> None:
    document, player = make_player(film_project(clips(name)))
    for number in range(1, 20):
        player.step(1)
        assert document.project.sequence.rate.frame_at(document.session.playhead) == number


@pytest.mark.parametrize("name", ["cfr23976", "cfr25", "cfr2997", "cfr5994", "vfr"])
def test_playing_shows_frames_in_order_with_their_own_times_and_stops_at_the_end(
    name: str, clips, make_player, qtbot: QtBot
) -> None:
    document, player = make_player(film_project(clips(name)))
    shown: list[Rendered] = []
    player.shown.connect(shown.append)
    player.play()
    qtbot.waitUntil(lambda: not player.is_playing)
    numbers = [shown_number(each) for each in shown if each.elapsed is not None]
    clip = document.project.video_clips[0]
    assert len(numbers) >= 5
    assert numbers == sorted(set(numbers))
    for each, number in zip([s for s in shown if s.elapsed is not None], numbers, strict=True):
        assert each.picture is not None
        assert each.picture.frame == number
        assert each.elapsed == each.time - 0
    assert player.shown_count + player.dropped_count >= len(CLIPS[name].times()) - 1
    assert document.session.playhead < clip.range.end


def test_playing_backwards_shows_frames_in_falling_order(clips, make_player, qtbot: QtBot) -> None:
    document, player = make_player(film_project(clips("cfr25")))
    document.session.set_playhead(Fraction(1))
    shown: list[Rendered] = []
    player.shown.connect(shown.append)
    player.play(-1)
    qtbot.waitUntil(lambda: not player.is_playing)
    numbers = [shown_number(each) for each in shown if each.elapsed is not None]
    assert numbers[0] == 24
    assert numbers == sorted(set(numbers), reverse=True)


def test_loop_repeats_exactly_the_marked_frames(clips, make_player, qtbot: QtBot) -> None:
    project = film_project(clips("cfr2997"))
    rate = project.sequence.rate
    project = content_edits.set_in(project, rate.time_of(10)).project
    project = content_edits.set_out(project, rate.time_of(16)).project
    document, player = make_player(project)
    document.session.set_looping(True)
    document.session.set_playhead(rate.time_of(10))
    shown: list[Rendered] = []
    player.shown.connect(shown.append)
    player.play()
    qtbot.waitUntil(lambda: len([s for s in shown if s.elapsed is not None]) >= 25)
    player.stop()
    run = [s for s in shown if s.elapsed is not None]
    assert {shown_number(each) for each in run} <= set(range(10, 16))
    for each in run:  # never a drift: the frame follows from the time elapsed alone
        assert each.elapsed is not None
        assert each.picture is not None
        assert each.picture.frame == 10 + int(each.elapsed * rate.value) % 6


def test_gap_before_a_clip_is_black_and_the_clip_starts_on_time(clips, make_player, qtbot: QtBot) -> None:
    document, player = make_player(film_project(clips("cfr25"), start=Fraction(1)))
    assert seek(qtbot, document, player, Fraction(1, 2)).picture is None
    assert shown_number(seek(qtbot, document, player, Fraction(1))) == 0
    assert shown_number(seek(qtbot, document, player, Fraction(1) + Fraction(7, 25))) == 7


def test_seeking_while_playing_goes_on_from_there(clips, make_player, qtbot: QtBot) -> None:
    document, player = make_player(film_project(clips("cfr25")))
    shown: list[Rendered] = []
    player.play()
    qtbot.waitUntil(lambda: player.shown_count >= 2)
    player.shown.connect(shown.append)
    document.session.set_playhead(Fraction(30, 25))
    qtbot.waitUntil(lambda: bool(shown))
    assert player.is_playing
    assert shown_number(shown[0]) >= 30


def test_a_missing_file_is_a_sentence_and_playing_still_ends(
    make_player, tmp_path: Path, clips, qtbot: QtBot
) -> None:
    project = film_project(clips("cfr25"))
    gone = content_edits.set_medium(project, project.media[0].id, path=str(tmp_path / "gone.mp4")).project
    document = Document(gone)
    player = Player(document)
    shown: list[Rendered] = []
    player.shown.connect(shown.append)
    player.refresh()
    qtbot.waitUntil(lambda: bool(shown))
    assert shown[-1].error is not None
    assert "gone.mp4" in shown[-1].error.message
    player.close()


class SlowWay:
    """A provider that passes three pictures on the way to each, as a film with rare key frames does."""

    def __init__(self, provider: MediaFrames) -> None:
        self._provider = provider
        self.ways: list[tuple[int, int]] = []  # frame, pictures passed

    def approach(self, picture: Picture, passing) -> bool:
        for count in range(3):
            time.sleep(0.05)
            self.ways.append((picture.frame, count))
            if not passing(lambda: self._provider.source_rgb(replace(picture, frame=0))):
                return False
        return True

    def __getattr__(self, name: str):
        return getattr(self._provider, name)


def test_a_long_way_shows_pictures_before_the_wanted_one(clips, make_player, qtbot: QtBot) -> None:
    document, player = make_player(film_project(clips("cfr25")))
    seek(qtbot, document, player, Fraction(0))
    player._decoder._provider = SlowWay(player._frames)
    near: list[Rendered] = []
    player.near_shown.connect(near.append)
    assert shown_number(seek(qtbot, document, player, Fraction(1))) == 25
    assert near
    assert all(shown_number(each) == 0 for each in near)


def test_a_newer_seek_leaves_the_way_to_an_older_one(clips, make_player, qtbot: QtBot) -> None:
    document, player = make_player(film_project(clips("cfr25")))
    seek(qtbot, document, player, Fraction(0))
    slow = player._decoder._provider = SlowWay(player._frames)
    shown: list[Rendered] = []
    player.shown.connect(shown.append)
    document.session.set_playhead(Fraction(1, 2))
    qtbot.waitUntil(lambda: bool(slow.ways))
    document.session.set_playhead(Fraction(1))
    qtbot.waitUntil(lambda: bool(shown))
    assert [shown_number(each) for each in shown] == [25]
    assert len([frame for frame, _ in slow.ways if frame == 12]) < 3
