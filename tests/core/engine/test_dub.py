"""A whole dub of a real (rendered) face, small: what the output must be."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from core.base.errors import Cancelled, DeviceError, SettingsError
from core.base.timing import FrameRate, TimeRange
from core.compositing.settings import MaskSettings
from core.delivery.credentials import read
from core.engine.dub import DubJob, dub
from core.engine.runner import Engine
from core.face_geometry.track import PersonId
from core.faces.analysis import analyse
from core.jobs.cancel import CancelToken
from core.jobs.events import JobId, Note, Progress
from core.jobs.spread import use_cores
from core.lip_engine import LipSettings
from core.media.audio import AudioReader
from core.media.reader import VideoReader
from core.own_mouth.engine import VERSION, OwnMouthEngine
from core.planning.pieces import SegmentSpec
from core.planning.requests import ExportRequest, FilmCut, PlacedTake, TimelineRequest
from core.takes.chunk_cache import ChunkCache
from core.takes.takes import TakeMaker
from tests.core.faces.drawn_face import write_film
from tests.talking import FRAMES, cut_dub, cut_film

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def talking(tmp_path_factory):
    """(film, dub, folder)"""
    folder = tmp_path_factory.mktemp("talking")
    return cut_film(folder / "film.mp4"), cut_dub(folder / "dub.flac", FRAMES / 25), folder


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return Engine(ChunkCache(tmp_path_factory.mktemp("chunks")))


def run(job, engine):
    events = dub(job, engine, CancelToken())
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


def planes(path):
    """Every plane of every frame as decoded, and the timestamps."""
    with VideoReader(path) as reader:
        frames = [
            np.concatenate([np.frombuffer(p, np.uint8) for p in d.frame.planes]) for d in reader.frames()
        ]
        rgb = [reader.rgb(n).copy() for n in range(reader.frame_count)]
        return frames, rgb, [reader.index.time(n) for n in range(reader.frame_count)]


def yuv(path):
    """Y, U and V of every frame of an 8-bit 4:2:0 film, as decoded."""
    with VideoReader(path) as reader:
        for decoded in reader.frames():
            height, width = decoded.frame.height, decoded.frame.width
            y, u, v = np.split(decoded.frame.to_ndarray().ravel(), [height * width, height * width * 5 // 4])
            half = (height // 2, width // 2)
            yield y.reshape(height, width), u.reshape(half), v.reshape(half)


@pytest.fixture(scope="module")
def done(talking, engine):
    """The whole film dubbed, losslessly."""
    film, voice, folder = talking
    job = DubJob(film, voice, folder / "whole.mkv", picture="ffv1")
    use_cores(2)
    try:
        return run(job, engine), job
    finally:
        use_cores(None)


def test_frames_and_times_are_the_sources(talking, done):
    (_, source, times), (_, result, result_times) = planes(talking[0]), planes(done[1].output)
    assert len(result) == len(source) == FRAMES
    assert result_times == times


def test_lips_change_and_nothing_outside_the_mask_does(talking, done, engine):
    from core.takes.compositor import Compositor

    film = engine._films[talking[0], None][1]
    span = TimeRange(Fraction(0), film.index.duration)
    maker = TakeMaker(
        film, SegmentSpec(talking[0], talking[1], span, Fraction(0), "P1", engine="auto"), engine.cache
    )
    compositor = Compositor(film.video, tuple(p.layer(MaskSettings()) for p in maker.pieces), engine.cache)
    changed = 0
    for n, (source, result) in enumerate(zip(yuv(talking[0]), yuv(done[1].output), strict=True)):
        mask = compositor.mask(n)
        height, width = mask.shape
        luma = mask == 0
        # A chroma sample belongs to four pixels and may change only where all of them are under the mask.
        chroma = luma.reshape(height // 2, 2, width // 2, 2).any(axis=(1, 3))
        assert luma.mean() > 0.8
        assert (source[0][luma] == result[0][luma]).all(), n
        assert (source[1][chroma] == result[1][chroma]).all(), n
        assert (source[2][chroma] == result[2][chroma]).all(), n
        changed += not (source[0] == result[0]).all()
    assert changed > FRAMES * 0.9
    maker.close()


def test_the_dub_is_written_complete_and_bit_for_bit(talking, done):
    def samples(path):
        with AudioReader(path) as reader:
            assert reader.rate == 48000
            return np.concatenate(list(reader.blocks()))

    original, written = samples(talking[1]), samples(done[1].output)
    assert (written[: len(original)] == original).all()
    assert not written[len(original) :].any()


def test_the_report_says_what_was_done(done):
    report = done[0].report
    segment = report.segments[0]
    assert segment.person == "P1"
    assert segment.frames == FRAMES
    assert segment.engine == "own-mouth"
    assert segment.score_result.mean_p_sync is not None
    assert segment.coverage == pytest.approx(1 - segment.synthesised_frames / segment.frames, abs=1e-4)
    assert segment.mouths_from == (report.input["path"],)
    assert report.output["frames"] == FRAMES
    assert report.peak_memory_bytes > 2**27
    assert report.output["encoder"] == "ffv1"


def test_the_same_command_twice_makes_the_same_film_from_the_cache(talking, done, engine, monkeypatch):
    written = []
    monkeypatch.setattr(ChunkCache, "write", lambda self, key, chunk: written.append(chunk))
    job = DubJob(talking[0], talking[1], talking[2] / "again.mkv", picture="ffv1")
    run(job, engine)
    assert written == []
    assert all((a == b).all() for a, b in zip(planes(job.output)[0], planes(done[1].output)[0], strict=True))


def test_outside_a_range_picture_and_sound_are_the_films_own(talking, engine):
    film, voice, folder = talking
    job = DubJob(
        film,
        voice,
        folder / "range.mkv",
        picture="ffv1",
        span=TimeRange(Fraction(1), Fraction(2)),
        longer="cut",
    )
    result = run(job, engine)
    (source, _, _), (dubbed, _, _) = planes(film), planes(job.output)
    same = [bool((a == b).all()) for a, b in zip(source, dubbed, strict=True)]
    assert all(same[:25])
    assert all(same[50:])
    assert not all(same[25:50])
    assert result.report.segments[0].frames == 25
    assert "longer than the range" in result.report.notes[0]
    with AudioReader(film) as own, AudioReader(job.output) as written:
        assert (written.rate, written.layout) == (own.rate, own.layout)
        was, now = (np.concatenate(list(r.blocks(as_float=True))) for r in (own, written))
    rate = own.rate
    assert np.abs(now[:rate] - was[:rate]).max() < 2**-22
    assert abs(len(now) - len(was)) < 1024  # less than the block of AAC that the film's own sound ends in
    end = min(len(now), len(was))
    assert np.abs(now[2 * rate : end] - was[2 * rate : end]).max() < 2**-22
    assert np.abs(now[rate : 2 * rate] - was[rate : 2 * rate]).max() > 0.01


def test_a_dub_in_mp4_is_signed_unless_that_is_not_wanted(talking, engine, tmp_path):
    film, voice, _ = talking
    span = TimeRange(Fraction(2, 5), Fraction(8, 5))
    signed = DubJob(film, voice, tmp_path / "signed.mp4", span=span)
    report = run(signed, engine).report
    assert report.output["credentials"] == "signed"
    found = read(signed.output)
    assert found.state == "valid"
    assert found.sources == (film.name,)
    lips = f"Lips of P1 made anew from 0.400 s to 1.600 s with own-mouth {VERSION}"
    assert found.actions == (f"Opened {film.name}", lips, f"Sound of {voice.name} laid under it")
    plain = replace(signed, output=tmp_path / "plain.mp4", credentials=False)
    assert run(plain, engine).report.output["credentials"] == "none: not wanted"
    assert read(plain.output) is None
    assert all((a == b).all() for a, b in zip(planes(signed.output)[0], planes(plain.output)[0], strict=True))


def test_strength_zero_changes_no_sample(talking, engine):
    job = DubJob(
        talking[0], talking[1], talking[2] / "zero.mkv", picture="ffv1", mask=MaskSettings(strength=0.0)
    )
    run(job, engine)
    assert all((a == b).all() for a, b in zip(planes(talking[0])[0], planes(job.output)[0], strict=True))


def test_cancelling_leaves_no_output_behind(talking, engine):
    token = CancelToken()
    job = DubJob(talking[0], talking[1], talking[2] / "cancelled.mkv", picture="ffv1")
    events = dub(job, engine, token)
    while next(events).stage != "export":
        pass
    token.cancel()
    with pytest.raises(Cancelled):
        for _ in events:
            pass
    assert not [
        p.name for p in talking[2].iterdir() if "cancelled" in p.name or p.name.startswith(".unisync")
    ]


def test_an_unknown_face_is_refused_and_the_known_ones_named(talking, engine):
    job = DubJob(talking[0], talking[1], talking[2] / "nobody.mkv", picture="ffv1", face="P9")
    with pytest.raises(SettingsError, match="no face “P9”") as caught:
        run(job, engine)
    assert "P1" in caught.value.hint


def test_a_film_cut_short_is_dubbed_as_far_as_it_goes(talking, engine):
    film = cut_film(talking[2] / "long.mkv")
    cut = talking[2] / "cut.mkv"
    cut.write_bytes(film.read_bytes()[: film.stat().st_size * 6 // 10])
    run(DubJob(cut, talking[1], talking[2] / "cut-out.mkv", picture="ffv1"), engine)
    with VideoReader(cut) as source, VideoReader(talking[2] / "cut-out.mkv") as result:
        assert 10 < result.frame_count == source.frame_count < FRAMES


def test_another_seed_gives_another_take_and_the_better_one_is_kept(talking, engine):
    job = DubJob(talking[0], talking[1], talking[2] / "takes.mkv", picture="ffv1", takes=2)
    segment = run(job, engine).report.segments[0]
    assert segment.takes == 2
    film = engine._films[talking[0], None][1]
    span = TimeRange(Fraction(0), film.index.duration)
    plans = []
    for seed in (0, 1, 1):
        spec = SegmentSpec(
            talking[0], talking[1], span, Fraction(0), "P1", engine="auto", lips=LipSettings(seed=seed)
        )
        maker = TakeMaker(film, spec, engine.cache)
        planned = maker.pieces[0]
        # Both takes of the job lie in the cache under their own keys.
        assert engine.cache.done_until(planned.key, 0) == FRAMES
        plans.append(maker._engine.recipe(planned.request).plan.rows)
        maker.close()
    assert (plans[1] == plans[2]).all()
    assert (plans[0] != plans[1]).mean() > 0.2


def numpys_want():
    np.empty(1 << 50, np.uint8)


def opencvs_want():
    cv2.resize(np.zeros((4, 4), np.uint8), (2**31 - 1, 2**14))


def memory_runs_out(times, wanted=numpys_want):
    """An own-mouth engine that asks for more memory than any computer has after its first chunk, `times` times."""

    class Starved(OwnMouthEngine):
        def render(self, request, start):
            chunks = super().render(request, start)
            yield next(chunks)
            if left:
                left.pop()
                wanted()
            yield from chunks

    left = [None] * times
    return lambda name, device: Starved()


@pytest.mark.parametrize("wanted", [numpys_want, opencvs_want])
def test_short_of_memory_it_tries_again_with_nothing_kept_and_says_so(
    talking, engine, tmp_path, monkeypatch, wanted
):
    monkeypatch.setattr("core.takes.takes.load_engine", memory_runs_out(1, wanted))
    job = DubJob(talking[0], talking[1], tmp_path / "retried.mkv", picture="ffv1")
    result = run(job, Engine(ChunkCache(tmp_path / "chunks")))
    assert result.report.output["frames"] == FRAMES
    told = "Memory ran out at frame 25; the lips go on with nothing kept from before."
    assert told in result.report.segments[0].notes


def test_out_of_memory_for_good_says_what_was_tried(talking, engine, tmp_path, monkeypatch):
    monkeypatch.setattr("core.takes.takes.load_engine", memory_runs_out(2))
    job = DubJob(talking[0], talking[1], tmp_path / "starved.mkv", picture="ffv1")
    with pytest.raises(DeviceError, match="from frame 50 on, also after letting go"):
        run(job, Engine(ChunkCache(tmp_path / "chunks")))
    assert not (tmp_path / "starved.mkv").exists()


def test_a_kill_in_the_middle_costs_only_the_chunk_under_way(talking, done, tmp_path):
    """And one processor core makes the same film as two."""
    film, voice, _ = talking
    home = tmp_path / "home"
    home.mkdir()
    from core.base.models import user_data_dir

    (home / "models").symlink_to(user_data_dir() / "models")
    environment = {**os.environ, "UNISYNC_HOME": str(home)}
    command = [
        sys.executable, "-m", "app.main", "dub", str(film), "--audio", str(voice), "-o", str(tmp_path / "out.mkv"),
        "--export", "ffv1", "--report", str(tmp_path / "report.json"), "--cores", "1", "--profile",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)

    def finished() -> list[Path]:
        return [path for path in home.rglob("*.chunk") if not path.name.startswith(".")]

    while not finished():
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=300)
    kept = {path: path.stat().st_mtime_ns for path in finished()}
    assert not (tmp_path / "out.mkv").exists()
    told = subprocess.run(command, env=environment, check=True, text=True, capture_output=True, timeout=300).stdout
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in kept.items())
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["output"]["frames"] == FRAMES
    profile = report["profile"]
    laid_in = profile["stages"]["laying in"]
    assert laid_in["times"] >= FRAMES
    assert 0 < laid_in["processor_seconds"] < profile["processor_seconds"]
    assert f"{laid_in['processor_seconds']:.2f}" in next(
        line for line in told.splitlines() if "laying in" in line
    )
    assert f"{profile['busy_cores']:.2f} processor cores were busy" in told
    assert all(
        (a == b).all()
        for a, b in zip(planes(tmp_path / "out.mkv")[0], planes(done[1].output)[0], strict=True)
    )
    assert [
        p.name for p in tmp_path.iterdir() if p.name.startswith(".unisync") or p.name.endswith(".part")
    ] == []


def test_a_cut_timeline_shows_the_take_that_was_made_for_the_whole(talking, engine):
    film, voice, folder = talking
    spec = SegmentSpec(film, voice, TimeRange(Fraction(2, 5), Fraction(2)), Fraction(0), PersonId("P1"))
    whole, cut = folder / "whole.mkv", folder / "cut.mkv"
    placed = PlacedTake(spec, MaskSettings())
    part = replace(placed, shown=TimeRange(Fraction(1), Fraction(7, 5)))
    signed = folder / "signed.mp4"
    cuts = (FilmCut(film, TimeRange(Fraction(4, 5), Fraction(8, 5)), Fraction(0), (part,)),)
    for request in (
        ExportRequest(film, (placed,), (), None, whole, "ffv1"),
        TimelineRequest(cuts, Fraction(4, 5), FrameRate(Fraction(25)), (), None, signed, "h264"),
        TimelineRequest(
            cuts, Fraction(4, 5), FrameRate(Fraction(25)), (), None, cut, "ffv1",
        ),
    ):  # fmt: skip
        list(engine.run(request, JobId("x"), CancelToken()))
    dubbed, own, shown = planes(whole)[0], planes(film)[0], planes(cut)[0]
    assert len(shown) == 20
    for n, frame in enumerate(shown, start=20):
        assert (frame == (dubbed if 25 <= n < 35 else own)[n]).all()
    assert (dubbed[30] != own[30]).any()
    # On the finished film's own clock, and only what is seen.
    assert any("from 0.200 s to 0.600 s with own-mouth" in action for action in read(signed).actions)


def test_frames_in_which_a_thing_hides_the_mouth_stay_as_filmed_and_are_counted(talking, engine, tmp_path):
    film, voice, _ = talking
    landmarks = analyse(film, cache=tmp_path / "faces").tracks[0].landmarks
    with VideoReader(film) as reader:
        pictures = [reader.rgb(n).copy() for n in range(44)]
    for n in range(16, 32):  # a telephone
        eyes = np.linalg.norm(landmarks[n, 33] - landmarks[n, 263])
        x, y = landmarks[n, [13, 14], :2].mean(axis=0)
        corners = [
            (round(float(x + dx * eyes)), round(float(y + dy * eyes)))
            for dx, dy in ((-0.5, -0.3), (0.45, 0.6))
        ]
        cv2.rectangle(pictures[n], *corners, (35, 38, 44), -1)
        cv2.rectangle(pictures[n], *corners, (150, 152, 158), 2)
    hidden = write_film(tmp_path / "hidden.mp4", pictures)
    result = run(DubJob(hidden, voice, tmp_path / "out.mkv", picture="ffv1"), engine)
    (segment,) = result.report.segments
    assert 10 <= segment.frames_hidden <= 16
    (covered,) = segment.covered
    assert covered[0] == pytest.approx(16, abs=2)
    assert covered[1] == pytest.approx(31, abs=2)
    assert covered[2] == pytest.approx(covered[0] / 25, abs=1e-3)
    assert any("before all of the mouth" in note for note in segment.notes)
    before, after = planes(hidden)[0], planes(tmp_path / "out.mkv")[0]
    changed = [not np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
    assert not any(changed[19:28])
    assert any(changed[:10])


def test_what_else_the_film_holds_goes_along_and_what_does_not_is_said_before_and_in_the_report(
    talking, engine, tmp_path
):
    film, voice, _ = talking
    rich = tmp_path / "rich.mkv"
    with av.open(str(film)) as source, av.open(str(rich), "w") as out:
        copies = {}
        for number, name in enumerate(("eng", "fra")):  # its own sound, twice
            copies[number] = out.add_stream_from_template(source.streams.audio[0])
            copies[number].metadata["language"] = name
        picture = out.add_stream_from_template(source.streams.video[0])
        out.add_attachment("font.ttf", "font/ttf", b"a font")
        packets = [packet for packet in source.demux() if packet.dts is not None]
        for packet in packets:
            if packet.stream.type == "video":
                packet.stream = picture
                out.mux(packet)
                continue
            for copy in copies.values():
                twin = av.Packet(bytes(packet))
                twin.pts, twin.dts, twin.duration = packet.pts, packet.dts, packet.duration
                twin.time_base, twin.stream = packet.time_base, copy
                out.mux(twin)
    job = DubJob(
        rich,
        voice,
        tmp_path / "out.mp4",
        picture="auto",
        span=TimeRange(Fraction(0), Fraction(2, 5)),
        language="deu",
    )
    events, told = dub(job, engine, CancelToken()), []
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            report = end.value.report
            break
        told.append(event)
    notes = [event.text for event in told if isinstance(event, Note)]
    assert any("attached file" in note for note in notes)
    assert any("its end is not heard" in note for note in notes)
    assert set(notes) <= set(report.notes)
    stages = [event.stage for event in told if isinstance(event, Progress)]
    first_lips = next(
        n for n, event in enumerate(told) if isinstance(event, Progress) and event.stage == "lips"
    )
    assert all(told.index(event) < first_lips for event in told if isinstance(event, Note))
    assert "export" in stages
    with av.open(str(job.output)) as written:
        assert [stream.metadata.get("language") for stream in written.streams.audio] == ["deu", "fra"]
    assert report.output["codec"] == "h264"
