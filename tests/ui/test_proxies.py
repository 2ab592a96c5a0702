"""Proxies: made by the real engine process, played, switched off, and never exported."""

from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest

from core.base.errors import Cancelled
from core.base.sealed import is_good, write_sealed
from core.base.timing import FrameRate
from core.engine.runner import Engine
from core.jobs.cancel import CancelToken
from core.jobs.events import JobId
from core.media.info import is_heavy
from core.planning.requests import ProxyRequest
from core.project import content_edits, edits
from core.project.export_plan import export_request
from core.takes.chunk_cache import ChunkCache
from tests.clips import Clip, make_clip, number_in
from ui.state.pictures import Picture
from ui.viewer.frame_provider import MediaFrames


@pytest.fixture(scope="module")
def large_film(tmp_path_factory):
    clip = Clip(frames=12, size=(1440, 1080), sound=None)
    return make_clip(tmp_path_factory.mktemp("large") / "large.mp4", clip)


@pytest.fixture
def playing(open_window, large_film, qtbot):
    """A window with the film on the timeline."""
    window = open_window()
    window.commands.import_files((large_film,))
    qtbot.waitUntil(lambda: bool(window.document.project.video_clips))
    return window


def facts_of(window):
    film = window.document.project.media[0].id
    return window.viewer.player.film_facts(film)


@pytest.mark.parametrize(
    ("size", "rate", "heavy"),
    [
        ((1920, 1080), 25, False),
        ((1920, 1080), F(30000, 1001), False),
        ((1920, 1080), 50, True),
        ((3840, 2160), 24, True),
    ],
)
def test_which_films_are_heavy(size, rate, heavy):
    assert is_heavy(*size, FrameRate(F(rate))) is heavy


def test_a_proxy_is_made_played_switched_off_and_never_exported(playing, large_film, qtbot, tmp_path):
    window = playing
    film = window.document.project.media[0].id
    qtbot.waitUntil(lambda: facts_of(window) is not None)
    assert not facts_of(window).is_proxy
    menu = window.bin.build_menu(film)
    next(action for action in menu.actions() if action.text() == "Make a proxy").trigger()
    assert [job.title for job in window.board.jobs if job.kind == "proxy"] == ["Proxy of large.mp4"]
    qtbot.waitUntil(lambda: window.document.library.proxy(film) is not None, timeout=60_000)
    qtbot.waitUntil(lambda: facts_of(window) is not None and facts_of(window).is_proxy)
    assert facts_of(window).size == (1440, 1080)
    assert "proxy" in window.bin.titles[0]
    window.document.session.set_playhead(F(7, 25))
    rendered = window.viewer.canvas
    qtbot.waitUntil(lambda: rendered._rendered is not None and rendered._rendered.picture.frame == 7)
    assert rendered._rendered.size == (1440, 1080)
    assert "Proxy" in [text for text, _ in rendered._badges(rendered._rendered)]

    proxy = Path(window.document.library.proxy(film))
    project = edits.trim_end(window.document.project, window.document.project.clips[0].id, F(1, 5)).project
    for each in (window.document.project, project):
        request = export_request(each, tmp_path / "out.mp4", "h264")
        paths = [request.video] if hasattr(request, "video") else [cut.video for cut in request.cuts]
        assert paths == [large_film]
        assert str(proxy) not in repr(request)

    window.actions["view.proxies"].trigger()
    assert not window.options.flag("playback.use_proxies")
    qtbot.waitUntil(lambda: facts_of(window) is not None and not facts_of(window).is_proxy)
    window.actions["view.proxies"].trigger()
    next(a for a in window.bin.build_menu(film).actions() if a.text() == "Remove the proxy").trigger()
    assert not proxy.exists()
    qtbot.waitUntil(lambda: facts_of(window) is not None and not facts_of(window).is_proxy)


def test_heavy_films_get_one_by_themselves_and_keep_it(playing, qtbot, monkeypatch):
    window = playing
    asked = []
    monkeypatch.setattr(
        window.workshop.jobs, "submit", lambda request, *a, **k: asked.append(request) or JobId("p")
    )
    heavy = replace(window.document.project.media[0].facts, width=3840, height=2160)
    project = content_edits.set_medium(
        window.document.project, window.document.project.media[0].id, facts=heavy
    ).project
    window.options.set_value("playback.proxies", "never")
    window.document.replace(project, None)
    assert asked == []
    window.options.set_value("playback.proxies", "heavy")
    (request,) = asked
    request.target.parent.mkdir(parents=True)
    write_sealed(request.target, b"made by another project")
    window.document.replace(project, None)
    film = project.media[0].id
    qtbot.waitUntil(lambda: window.document.library.proxy(film) == str(request.target))
    assert len(asked) == 1
    damaged = bytearray(request.target.read_bytes())
    damaged[3] ^= 1
    request.target.write_bytes(damaged)
    window.document.replace(project, None)
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert not request.target.exists()


def test_pictures_of_a_proxy_are_the_films_frames_at_the_films_size(large_film, tmp_path):
    from core.media.probe import scan
    from core.media.proxy import write_proxy

    proxy = tmp_path / "p.mp4"
    assert [done for done, _ in write_proxy(large_film, proxy)][-1] == 12
    assert is_good(proxy, "A proxy")
    frames = MediaFrames({"m1": str(large_film)})
    frames.set_scan(scan)
    frames.set_proxies({"m1": str(proxy)})
    try:
        for number in (0, 5, 11):
            picture = frames.source_rgb(Picture("m1", number, "c1", F(number, 25), F(number + 1, 25)))
            assert picture.shape == (1080, 1440, 3)
            assert number_in(picture) == number
        assert frames.facts("m1").is_proxy
        frames.set_proxies({})
        assert not frames.facts("m1").is_proxy
    finally:
        frames.close()


def test_a_cancelled_proxy_leaves_nothing(large_film, tmp_path):
    token = CancelToken()
    target = tmp_path / "proxies" / "p.mp4"
    events = Engine(ChunkCache(tmp_path / "chunks")).run(ProxyRequest(large_film, target), JobId("x"), token)
    next(events)
    token.cancel()
    with pytest.raises(Cancelled):
        list(events)
    assert list(target.parent.iterdir()) == []
