import csv
import json
import math

import numpy as np
import pytest

from app.main import main
from core.base.errors import SettingsError
from core.media.audio import read_analysis
from core.media.reader import VideoReader
from core.research.benchmark import suite_cases, suites
from core.research.benchmark.lip_engines import OWN
from core.research.benchmark.lips import OWN_SOUND, UNCHANGED
from core.research.benchmark.suite_cases import cases_of, chosen_cases
from core.research.benchmark.suite_films import case_film, write_clip
from core.research.benchmark.suite_report import SuiteRow, report
from core.research.benchmark.suites import SuiteSettings, run_suite
from core.research.corpus.conditions import CONDITIONS
from tests.talking import SAMPLES, cut_film

pytestmark = pytest.mark.slow

HEAD = ["name", "condition", "footage", "start", "seconds", "spoil", "voice", "mouth"]
MOUTH = "200,365 312,365 256,352 256,392"


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    for name in ("test", "voices"):
        (folder / name).mkdir()
    cut_film(folder / "test" / "film.mkv", 40)
    write_clip(folder / "test" / "bare.mkv", [np.full((120, 160, 3), 90, np.uint8)] * 15)
    (folder / "voices" / "dub.wav").write_bytes((SAMPLES / "dub.wav").read_bytes())
    return folder


@pytest.fixture
def short_list(tmp_path, monkeypatch):
    folder = tmp_path / "lists"
    folder.mkdir()
    rows = [
        ["plain", "indoor", "test/film.mkv", "0.2", "0.6", "", "dub.wav", ""],
        ["dim", "dim", "test/film.mkv", "0", "0.6", "dim", "dub.wav", ""],
        ["robot", "non-human", "drawn:flat:4", "0", "0.4", "", "dub.wav", MOUTH],
        ["bare", "non-human", "test/bare.mkv", "0", "0.6", "", "dub.wav", ""],
    ]
    with (folder / "aigc.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])
    monkeypatch.setattr(suite_cases, "LISTS", folder)


def settings(media, output, **more):
    return SuiteSettings(media, output, engines=[OWN], cache=output / "cache", **more)


def test_the_shipped_lists_name_known_conditions_and_every_clip_once():
    for suite in ("realworld", "aigc"):
        cases = cases_of(suite)
        assert len({case.name for case in cases}) == len(cases)
        assert all(2 <= case.seconds <= 15 for case in cases)
        assert all(not case.spoil or case.spoil in CONDITIONS for case in cases)
    wanted = {"stage", "indoor", "outdoor", "moving camera", "hard spot", "dim", "bright", "dark"}
    wanted |= {"coloured light", "profile", "hand", "microphone", "subtitle", "cartoon", "4K"}
    assert {case.condition for case in cases_of("realworld")} == wanted
    assert {case.condition for case in cases_of("aigc")} == {"photoreal", "stylised", "non-human"}


def test_clips_are_chosen_by_name_or_condition():
    assert {case.condition for case in chosen_cases("realworld", ["dark"])} == {"dark"}
    assert [case.name for case in chosen_cases("realworld", ["indoor-suit"])] == ["indoor-suit"]
    with pytest.raises(SettingsError, match="no clip or condition “moon”"):
        chosen_cases("realworld", ["moon"])


def test_a_clip_is_cut_spoiled_and_keeps_its_own_sound(short_list, media, tmp_path):
    plain, dim = cases_of("aigc")[:2]
    shown = []
    for case in (plain, dim):
        path = case_film(case, media, tmp_path, tmp_path / "cache")
        with VideoReader(path) as reader:
            assert reader.frame_count == 15
            shown.append(reader.rgb(3).mean())
    assert shown[1] < 0.75 * shown[0]
    own = read_analysis(media / "test" / "film.mkv")
    assert np.allclose(read_analysis(tmp_path / "plain.mkv")[:4000], own[3200:7200], atol=2e-3)


def test_every_engine_is_measured_once_and_a_second_run_goes_on(short_list, media, tmp_path, monkeypatch):
    both = ["plain", "robot"]
    rows = run_suite("aigc", settings(media, tmp_path, clips=both))
    by_clip = {(row.clip, row.engine): row for row in rows}
    assert {engine for _, engine in by_clip} == {OWN_SOUND, UNCHANGED, OWN}
    own = by_clip["plain", OWN].figures
    assert own.outside == 0
    assert 0 <= own.silence_open <= own.changed == 1
    assert by_clip["plain", UNCHANGED].figures.leak > 0.5
    assert by_clip["robot", OWN].is_placed
    assert math.isnan(by_clip["robot", OWN].figures.identity)
    assert (tmp_path / "aigc" / "sheets" / "plain-own-mouth.png").is_file()
    text = (tmp_path / "aigc" / "report.md").read_text()
    assert "1 of them with the mouth placed by hand" in text
    assert "| all stylised and non-human | 1 |" in text

    monkeypatch.setattr(suites, "dubbed", lambda *args, **kwargs: pytest.fail("measured already"))
    again = run_suite("aigc", settings(media, tmp_path, clips=both))
    assert [row.clip for row in again] == [row.clip for row in rows]

    kept = tmp_path / "aigc" / "rows" / "plain.json"
    stored = json.loads(kept.read_text())
    stored["case"]["voice"] = "other.wav"  # the list has changed since
    kept.write_text(json.dumps(stored))
    with pytest.raises(pytest.fail.Exception, match="measured already"):
        run_suite("aigc", settings(media, tmp_path, clips=both))


def test_no_clip_is_begun_when_time_is_up(short_list, media, tmp_path):
    assert run_suite("aigc", settings(media, tmp_path, minutes=0)) == []


def test_missing_footage_is_named(short_list, tmp_path):
    with pytest.raises(SettingsError, match=r"has no “test/film\.mkv”"):
        run_suite("aigc", settings(tmp_path, tmp_path))


def test_a_clip_without_a_face_fails_with_its_reason(short_list, media, tmp_path):
    rows = run_suite("aigc", settings(media, tmp_path, clips=["bare"]))
    assert {row.engine: row.figures for row in rows} == {UNCHANGED: None, OWN: None}
    assert "No face was found" in rows[0].reasons[0]
    assert "| bare | own-mouth | No face was found" in report("aigc", rows)


def test_stored_rows_are_judged_by_the_limits_of_today(short_list, media, tmp_path, monkeypatch):
    run_suite("aigc", settings(media, tmp_path, clips=["plain"]))
    stored = json.loads((tmp_path / "aigc" / "rows" / "plain.json").read_text())["rows"]
    values = next(row for row in stored if row["engine"] == OWN)
    values["figures"]["sharpness"] = 0.01
    assert any("blurred" in reason for reason in SuiteRow.of_stored(values).reasons)


def test_the_command_runs_what_it_is_asked_for_and_refuses_the_rest(short_list, media, tmp_path, capsys):
    command = [
        "lab",
        "benchmark",
        "aigc",
        "--media",
        str(media),
        "-o",
        str(tmp_path),
        "--cache",
        str(tmp_path / "c"),
    ]
    assert main([*command, "--clips", "moon"]) == 2
    assert "no clip or condition “moon”" in capsys.readouterr().err
    assert main([*command, "--engines", "magic"]) == 2
    assert "no engine “magic”" in capsys.readouterr().err
    assert (
        main([*command, "--clips", "bare", "--engines", "own-mouth", "--frames", "5", "--minutes", "1"]) == 0
    )
    assert "| bare | own-mouth | No face was found" in capsys.readouterr().out


def test_rows_of_other_lengths_are_not_taken_over(short_list, media, tmp_path):
    for frames in (5, 6):
        rows = run_suite("aigc", settings(media, tmp_path, clips=["bare"], frames=frames))
        stored = json.loads((tmp_path / "aigc" / "rows" / "bare.json").read_text())
        assert stored["case"]["frames"] == frames
        assert len(rows) == len(stored["rows"]) == 2
