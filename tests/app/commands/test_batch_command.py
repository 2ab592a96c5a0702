"""``unisync batch`` as users run it: real films, real processes."""

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
import soxr

from app.main import main
from core.batch.state import FILE
from core.delivery.loudness import measure
from core.media.audio import AudioReader
from tests.sample_array import SampleArray
from tests.talking import cut_dub, cut_film

ROOT = Path(__file__).resolve().parents[3]
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="finds processes by /proc, which is Linux's"
)
DRAFT = ["--set", "preset=draft", "--set", "export=ffv1", "--workers", "2"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A cache of this test's own, with the installed models in it."""
    from core.base.models import user_data_dir

    models = user_data_dir() / "models"
    shutil.copytree(models, tmp_path / "home" / "models")
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def films(tmp_path):
    folder = tmp_path / "films"
    folder.mkdir()
    cut_film(folder / "ep1.mkv", 30)
    for language, start in (("de", 0.3), ("fr", 1.3)):
        cut_dub(folder / f"ep1.{language}.flac", 1.2, start)
    return folder


def pictures(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]


def write_sine(path, frequency, amplitude, seconds, rate):
    wave = amplitude * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=rate)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.rint(wave * 32767).astype(np.int16)[None], "s16", "mono")
        frame.sample_rate = rate
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def refusal(capsys, arguments):
    assert main(["batch", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def test_a_folder_is_dubbed_into_every_language_and_nothing_is_made_twice(films, home, tmp_path, capsys):
    out = tmp_path / "out"
    page = tmp_path / "report.html"
    command = ["batch", str(films), "-o", str(out), *DRAFT, "--report", str(page), "--tracks", "fr"]
    assert main(command) == 0
    made = sorted(path.name for path in out.iterdir())
    assert made == [FILE, "ep1.de.mkv", "ep1.de.mkv.json", "ep1.fr.mkv", "ep1.fr.mkv.json", "ep1.tracks.mkv"]
    assert len(list((home / "cache" / "faces").iterdir())) == 1  # found once for both languages
    assert page.read_text("utf-8").count("data:image/jpeg") == 2
    table = page.with_suffix(".csv").read_text("utf-8").splitlines()
    assert len(table) == 3
    facts = json.loads((out / "ep1.de.mkv.json").read_text("utf-8"))
    assert facts["language"] == "de"
    assert isinstance(facts["weak"], list)

    single = tmp_path / "single.mkv"
    options = ["--preset", "draft", "--export", "ffv1"]
    os.environ["UNISYNC_HOME"] = str(
        tmp_path / "other"
    )  # a cache of its own: nothing is taken from the batch
    shutil.copytree(home / "models", tmp_path / "other" / "models")
    assert (
        main(
            [
                "dub",
                str(films / "ep1.mkv"),
                "--audio",
                str(films / "ep1.fr.flac"),
                "-o",
                str(single),
                *options,
            ]
        )
        == 0
    )
    os.environ["UNISYNC_HOME"] = str(home)
    assert pictures(out / "ep1.fr.mkv") == pictures(single)

    capsys.readouterr()
    times = {path.name: path.stat().st_mtime_ns for path in out.iterdir() if path.suffix == ".mkv"}
    (out / "ep1.de.mkv").unlink()
    assert main(command[:-4]) == 0
    assert "ep1.fr" not in capsys.readouterr().out  # it was there
    assert (out / "ep1.fr.mkv").stat().st_mtime_ns == times["ep1.fr.mkv"]
    assert (out / "ep1.de.mkv").is_file()


def test_every_wrong_line_is_told_before_anything_begins(films, home, tmp_path, capsys):
    table = films / "jobs.csv"
    table.write_text(
        "film,voice,language,articulation,colour\n"
        "ep1.mkv,ep1.de.flac,de,,\n"
        "ep1.mkv,nowhere.wav,fr,,\n"
        "ep1.mkv,ep1.de.flac,klingon!,,\n"
        "ep1.mkv,ep1.de.flac,es,9,\n"
        "ep1.mkv,ep1.de.flac,it,,red\n"
        "ep1.mkv,ep1.fr.flac,de,,\n"
        ",ep1.fr.flac,pt,,\n"
    )
    out = tmp_path / "out"
    said = refusal(capsys, [table, "-o", out])
    for place, words in [(3, "nowhere.wav"), (4, "klingon!"), (5, "articulation"), (6, "“colour”"), (2, "another line"),
                         (7, "another line"), (8, "film is missing")]:  # fmt: skip
        assert any(f"line {place}:" in line and words in line for line in said.splitlines()), (place, said)
    assert "7 things are wrong" in said
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--workers", "0"], "--workers 0"),
        (["--set", "draft"], "not NAME=VALUE"),
        (["--report", "nowhere/r.html"], "does not exist"),
        (["--tracks", "it"], "no line dubs it into it"),
    ],
)
def test_options_that_cannot_be_are_refused(films, home, tmp_path, capsys, arguments, words):
    assert words in refusal(capsys, [films, "-o", tmp_path / "out", *arguments])
    assert not (tmp_path / "out").exists()


def sound_of(path):
    with AudioReader(path) as reader:
        return np.concatenate(list(reader.blocks(as_float=True))), reader.rate


def level_of(samples, frequency, rate):
    """Amplitude of a sine in (n,) samples."""
    t = np.arange(len(samples)) / rate
    return 2 * np.abs(np.mean(samples * np.exp(-2j * np.pi * frequency * t)))


def test_each_line_says_what_lies_under_its_dub_and_how_loud_it_is(films, home, tmp_path, capsys):
    """Music under one, the film's own sound under the other; the page lies in the folder that the command makes."""
    music, rate, hum = films / "me.wav", 48000, 7000
    write_sine(music, hum, 0.02, 2.0, rate)
    table = films / "jobs.csv"
    table.write_text(
        "film;voice;language;background;background-gain;duck;loudness\n"
        "ep1.mkv;ep1.de.flac;de;me.wav;-6;;ebu\n"
        "ep1.mkv;ep1.fr.flac;fr;;;12;measure\n"
    )
    out = tmp_path / "out"
    page = out / "report.html"
    assert main(["batch", str(table), "-o", str(out), *DRAFT, "--report", str(page)]) == 0
    capsys.readouterr()
    facts = {
        x: json.loads((out / f"ep1.{x}.mkv.json").read_text("utf-8"))["output"]["loudness"]
        for x in ("de", "fr")
    }

    with_music, found_rate = sound_of(out / "ep1.de.mkv")
    assert found_rate == rate
    measured = measure(SampleArray(with_music, rate))
    assert measured.lufs == pytest.approx(-23, abs=0.5)
    assert (facts["de"]["rule"], facts["de"]["after"]["lufs"]) == (
        "ebu",
        pytest.approx(measured.lufs, abs=0.1),
    )
    gain = 10 ** ((facts["de"]["after"]["lufs"] - facts["de"]["before"]["lufs"]) / 20)
    wanted = 0.02 * 10 ** (-6 / 20) * gain
    assert level_of(with_music[:rate, 0], hum, rate) == pytest.approx(wanted, rel=0.1)

    ducked, found_rate = sound_of(out / "ep1.fr.mkv")
    film, film_rate = sound_of(films / "ep1.mkv")
    assert found_rate == film_rate
    voice, voice_rate = sound_of(films / "ep1.fr.flac")
    own = np.zeros(len(ducked))
    dub = soxr.resample(voice[:, 0], voice_rate, found_rate)[: len(own)]
    own[: len(dub)] = dub
    under = slice(round(0.1 * found_rate), round(1.0 * found_rate))
    rest, quiet = (ducked[:, 0] - own)[under], film[under, 0]
    assert float(rest @ quiet / (quiet @ quiet)) == pytest.approx(10 ** (-12 / 20), rel=0.05)
    assert facts["fr"]["rule"] == "measure"
    assert page.is_file()
    assert page.with_suffix(".csv").is_file()


def test_a_background_that_is_not_there_is_told_with_its_line(films, home, tmp_path, capsys):
    table = films / "jobs.csv"
    table.write_text(
        "film,voice,language,background,loudness\nep1.mkv,ep1.de.flac,de,none.wav,\nep1.mkv,ep1.fr.flac,fr,,loud\n"
    )
    said = refusal(capsys, [table, "-o", tmp_path / "out"])
    assert "2 things are wrong" in said
    assert "line 2" in said
    assert "none.wav" in said
    assert "line 3" in said
    assert "loud" in said
    assert not (tmp_path / "out").exists()


def test_a_dry_run_says_what_would_be_made_and_makes_nothing(films, home, tmp_path, capsys):
    assert main(["batch", str(films), "-o", str(tmp_path / "out"), "--dry-run"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split("  ←  ")[0] for line in said] == [
        str(tmp_path / "out" / f"ep1.{x}.mkv") for x in ("de", "fr")
    ]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("picture", "suffix"), [("ffv1", ".mkv"), ("prores", ".mov"), ("auto", ".mp4"), ("hevc", ".mp4")]
)
def test_films_are_named_for_files_that_take_the_export(films, home, tmp_path, capsys, picture, suffix):
    cut_film(films / "ep2.mp4", 3)
    shutil.copy(films / "ep1.de.flac", films / "ep2.de.flac")
    assert (
        main(["batch", str(films), "-o", str(tmp_path / "out"), "--dry-run", "--set", f"export={picture}"])
        == 0
    )
    assert str(tmp_path / "out" / f"ep2.de{suffix}") in capsys.readouterr().out


def test_one_failed_film_stops_no_other(films, home, tmp_path, capsys):
    table = films / "jobs.json"
    jobs = [{"film": "ep1.mkv", "voice": "ep1.de.flac", "language": "de", "person": "P7"},
            {"film": "ep1.mkv", "voice": "ep1.fr.flac", "language": "fr"}]  # fmt: skip
    table.write_text(json.dumps(jobs))
    out = tmp_path / "out"
    assert main(["batch", str(table), "-o", str(out), *DRAFT, "--progress", "json"]) == 1
    printed = capsys.readouterr()
    assert "ep1.de: " in printed.err
    assert "P7" in printed.err
    ends = {
        each["job"]: each["ok"]
        for line in printed.out.splitlines()
        if (each := json.loads(line))["event"] == "job"
    }
    assert ends == {"ep1.de": False, "ep1.fr": True}
    assert (out / "ep1.fr.mkv").is_file()
    assert not (out / "ep1.de.mkv").exists()


def started(arguments, home):
    environment = {**os.environ, "UNISYNC_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "app.main", "batch", *map(str, arguments)]
    with (home / "said.txt").open("w") as said:
        return subprocess.Popen(command, env=environment, cwd=ROOT, stderr=said, stdout=subprocess.DEVNULL)


def workers(process):
    """Ids of the processes that make lips."""
    threads = Path(f"/proc/{process.pid}/task").glob("*/children")
    children = [pid for each in threads for pid in each.read_text().split()]
    return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def is_running(pid):
    """Not so when it has ended, whether or not somebody took note: in a container often nobody does."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition, process):
    while process.poll() is None:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it ended before it could be killed")


@needs_proc
@pytest.mark.slow
def test_killed_workers_and_a_killed_batch_lose_nothing(films, home, tmp_path):
    out = tmp_path / "out"
    arguments = [films, "-o", out, *DRAFT]
    process = started(arguments, home)
    chunks = home / "cache" / "chunks"
    wait_for(lambda: any(chunks.glob("*/*")) if chunks.is_dir() else None, process)

    os.kill(wait_for(lambda: workers(process), process)[0], signal.SIGKILL)
    assert process.wait(timeout=300) == 0, (home / "said.txt").read_text()
    whole = {path.name: pictures(path) for path in out.glob("*.mkv")}
    assert set(whole) == {"ep1.de.mkv", "ep1.fr.mkv"}

    shutil.rmtree(out)
    shutil.rmtree(home / "cache")
    process = started(arguments, home)
    wait_for(lambda: (out / "ep1.de.mkv").is_file() or (out / "ep1.fr.mkv").is_file(), process)
    orphans = workers(process)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=300)
    while any(is_running(pid) for pid in orphans):  # they notice that nobody listens, and end
        time.sleep(0.1)
    assert main(["batch", *map(str, arguments)]) == 0
    assert {path.name: pictures(path) for path in out.glob("*.mkv")} == whole


@needs_proc
@pytest.mark.slow
def test_the_same_on_a_ray_cluster_with_a_killed_worker(films, home, tmp_path, monkeypatch):
    if importlib.util.find_spec("ray") is None:
        pytest.skip("Ray is not installed (pip install “ray>=2.55”)")
    ray = Path(sys.executable).with_name("ray")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    start = [ray, "start", "--head", "--num-cpus=2", "--port=0", "--include-dashboard=false", "--disable-usage-stats",
             f"--temp-dir={tmp_path / 'ray'}"]  # fmt: skip
    if len(str(tmp_path / "ray")) > 40:  # sockets have short names
        start[-1] = f"--temp-dir=/tmp/unisync-ray-{os.getpid()}"
    begun = subprocess.run(start, capture_output=True, text=True, check=False, timeout=300)
    if begun.returncode:
        pytest.skip(f"no Ray cluster can be started here: {begun.stderr.strip().splitlines()[-1:]}")
    try:
        out = tmp_path / "out"
        process = started([films, "-o", out, *DRAFT, "--ray", "auto"], home)

        def working():
            names = []
            for path in Path("/proc").glob("[0-9]*/comm"):
                with contextlib.suppress(OSError):  # ended meanwhile
                    names.append((path.parent.name, path.read_text("utf-8")))
            found = [int(pid) for pid, name in names if name.startswith("ray::run_alone")]
            return found if any((home / "cache").glob("chunks/*/*")) else None

        os.kill(wait_for(working, process)[0], signal.SIGKILL)
        assert process.wait(timeout=300) == 0, (home / "said.txt").read_text()
        assert {path.name for path in out.glob("*.mkv")} == {"ep1.de.mkv", "ep1.fr.mkv"}
        assert all(len(pictures(path)) == 30 for path in out.glob("*.mkv"))
    finally:
        subprocess.run([ray, "stop", "--force"], capture_output=True, check=False, timeout=300)
        shutil.rmtree(f"/tmp/unisync-ray-{os.getpid()}", ignore_errors=True)


def test_without_ray_it_says_so(films, home, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *_: None)
    assert "Ray is not installed" in refusal(capsys, [films, "-o", tmp_path / "out", "--ray", "auto"])
