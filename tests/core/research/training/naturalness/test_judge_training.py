"""The judge's whole training at toy size: drawn people as tracked clips, a few steps, resumed, exported, asked."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest

pytest.importorskip("torch")

from app.main import main
from core.base.errors import SettingsError
from core.face_geometry.landmark_sets import INNER_LIP
from core.own_mouth.naturalness import PIXELS, mouth_patch
from core.research.benchmark import judge_composites
from core.research.training.naturalness import composites
from core.research.training.naturalness.broken import ALWAYS, OPEN, broken
from core.research.training.naturalness.mouths import SIZE, gather
from core.research.training.naturalness.train import (
    JudgeTraining,
    Trial,
    against_an_eye,
    answers,
    export,
    load_network,
    train,
    trials,
    validate,
)
from tests.core.faces.drawn_face import talking, write_film


@pytest.fixture(scope="module")
def tracked(tmp_path_factory) -> Path:
    """Five clips; podium_man is held out, “secret” and a clip of television may not be trained on."""
    folder = tmp_path_factory.mktemp("tracked")
    for seed, name in enumerate(
        ("single__a", "single__b", "single__podium_man", "single__secret", "lrw_ar__word")
    ):
        pairs = list(talking(24, size=(400, 320), centre=(200, 130), unit=70, seed=seed))
        film = write_film(folder / f"{name}.mp4", [picture for picture, _ in pairs])
        np.savez(
            folder / f"{name}__0.npz",
            landmarks=np.stack([points for _, points in pairs]).astype(np.float32),
            quality=np.ones(24, np.float32),
            pose=np.zeros((24, 3), np.float32),
            frame_numbers=np.arange(24),
            times=np.arange(24) / 25,
            boxes=np.stack([_box(points) for _, points in pairs]).astype(np.float32),
            audio=np.random.default_rng(seed).normal(0, 0.1, 16000).astype(np.float32),
            video_path=str(film),
            person=name,
            licence="MIT",
            allowed=name != "single__secret",
        )
    return folder


def _box(points):
    return np.concatenate([points[:, :2].min(0), points[:, :2].max(0)])


def toy(tracked, out, steps):
    return JudgeTraining(str(tracked), str(out / "run"), batch=4, most_steps=steps)


def test_mouths_come_from_what_may_be_trained_on_and_are_kept(tracked, tmp_path):
    mouths = gather(tracked, tmp_path / "mouths.npz")
    assert set(mouths.person[~mouths.held_out]) == {"a", "b"}
    assert set(mouths.person[mouths.held_out]) == {"podium_man"}
    again = gather(tracked / "gone", tmp_path / "mouths.npz")
    assert np.array_equal(again.rgb, mouths.rgb)
    lips = mouths.points[:, [61, 291]].mean(axis=1)
    assert np.abs(lips - SIZE / 2).max() < SIZE / 8
    with pytest.raises(SettingsError, match="no tracked clips"):
        gather(tmp_path, tmp_path / "none.npz")


@pytest.mark.parametrize("name", [*ALWAYS, *OPEN])
def test_each_fault_is_seen_at_the_mouth_and_nowhere_else(tracked, tmp_path, name):
    mouths = gather(tracked, tmp_path / "mouths.npz")
    widest = int(np.argmax(np.linalg.norm(mouths.points[:, 13] - mouths.points[:, 14], axis=1)))
    textured = mouths.rgb[widest] // 2 + np.random.default_rng(1).integers(
        0, 90, mouths.rgb[0].shape, np.uint8
    )
    if name == "hollow":  # cut through teeth
        outline = np.round(mouths.points[widest][list(INNER_LIP)]).astype(np.int32)
        cv2.fillPoly(textured, [outline], (210, 200, 190))
    made = (ALWAYS | OPEN)[name](textured, mouths.points[widest], mouths.rgb[0], np.random.default_rng(3))
    change = np.abs(made.astype(int) - textured).max(axis=2)
    assert change.max() > 20
    assert change[:10].mean() < 0.2 * change.mean()


def test_a_broken_mouth_is_never_the_whole_one(tracked, tmp_path):
    mouths = gather(tracked, tmp_path / "mouths.npz")
    rng = np.random.default_rng(0)
    for row in range(0, len(mouths), 2):
        made, _ = broken(mouths.rgb[row], mouths.points[row], mouths.rgb[0], rng)
        assert (made != mouths.rgb[row]).any()


def test_a_run_is_resumed_exported_and_asked(tracked, tmp_path):
    weights = train(toy(tracked, tmp_path, 3))
    train(toy(tracked, tmp_path, 5), resume=True)
    with (tmp_path / "run" / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [3, 5]
    assert {"auc", "limit", "found"} <= set(rows[0])
    paths = export(weights, tmp_path / "out")
    assert [path.name for path in paths] == ["naturalness.safetensors", "naturalness.onnx"]
    assert paths[1].stat().st_size < 2 * 2**20
    mouths = gather(tracked, tmp_path / "mouths.npz")
    natural = [
        trial.rgb for trial in trials(mouths.select(np.flatnonzero(mouths.held_out)), 0) if not trial.fault
    ]
    session = onnxruntime.InferenceSession(str(paths[1]), providers=["CPUExecutionProvider"])
    stacked = np.stack(natural).transpose(0, 3, 1, 2).astype(np.float32) / 255
    said = session.run(None, {"pictures": stacked})[0].reshape(-1)
    np.testing.assert_allclose(said, answers(load_network(paths[0]), np.stack(natural)), atol=0.01)


def test_the_figures_say_which_faults_are_found():
    class Bright:
        def __call__(self, pictures):
            return pictures.mean((1, 2, 3))

    dark, light = np.zeros((PIXELS, PIXELS, 3), np.uint8), np.full((PIXELS, PIXELS, 3), 200, np.uint8)
    dim = np.full(
        (PIXELS, PIXELS, 3), 60, np.uint8
    )  # one person's own pictures are as dark as another's broken ones
    trials_of = {"p": (light, dim), "q": (dim, dark)}
    given = [
        trial
        for name, (whole, spoilt) in trials_of.items()
        for trial in (Trial(whole, "", name), Trial(spoilt, "fold", name), Trial(whole, "ghost", name))
    ]
    row = validate(Bright(), given)
    assert (row["fold"], row["ghost"], row["found"]) == (1, 0, 0.5)


def test_what_is_seen_is_upright_and_of_one_size_whatever_the_film():
    from core.face_geometry.canonical_face import canonical_face

    points = canonical_face().points[:, :2]
    seen = []
    for scale, angle in ((60, 0), (300, 0), (120, 40)):
        turn = cv2.getRotationMatrix2D((0, 0), angle, scale)
        at = points @ turn[:, :2].T + (2.2 * scale, 2.2 * scale)
        picture = np.zeros((int(4.4 * scale), int(4.4 * scale), 3), np.uint8)
        for index, colour in ((61, (255, 0, 0)), (291, (0, 255, 0)), (152, (0, 0, 255))):
            cv2.circle(picture, tuple(int(v) for v in at[index]), int(0.05 * scale), colour, -1)
        patch = mouth_patch(picture, at, scale)
        seen.append([np.argwhere(patch[..., c] > 120).mean(axis=0) for c in (0, 1, 2)])
    np.testing.assert_allclose(seen[1], seen[0], atol=1.5)
    np.testing.assert_allclose(seen[2], seen[0], atol=1.5)


def test_made_mouths_are_kept_and_an_eyes_verdicts_are_learnt_from(tracked, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(judge_composites, "_ARTICULATION", (1.0,))
    monkeypatch.setattr(judge_composites, "_MADE", 6)
    made, verdict = tmp_path / "made", tmp_path / "verdicts.json"
    verdict.write_text(
        json.dumps(
            {"a@1": {"sent back": [2], "passed": [0]}, "podium_man@1": {"sent back": [4], "passed": [0, 2]}}
        ),
        "utf-8",
    )
    command = ["lab", "train", "naturalness", "--minutes", "0.0001", "--data", str(tracked)]
    command += ["--composites", str(made), "--verdicts", str(verdict), "-o", str(tmp_path / "r" / "o")]
    assert main(command) == 0
    assert {path.stem for path in made.glob("*.npz")} == {"a@1", "b@1", "podium_man@1"}
    each = composites.load_composites(made)
    assert set(each.frame.tolist()) <= {0, 2, 4}
    assert each.held_out.tolist() == (each.person == "podium_man").tolist()
    assert not np.array_equal(each.rgb, each.film)
    said = composites.verdicts(each, verdict)
    assert said[(each.clip == "a@1")].tolist() == [0, 1, -1]
    assert set(said[each.clip == "b@1"].tolist()) == {-1}
    with (tmp_path / "r" / "o" / "curve.csv").open() as file:
        assert {"eye_found", "eye_auc"} <= set(next(csv.DictReader(file)))
    written = {path: path.stat().st_mtime_ns for path in made.glob("*.npz")}
    assert main(command) == 0
    assert {path: path.stat().st_mtime_ns for path in made.glob("*.npz")} == written
    with pytest.raises(SettingsError, match="no made mouths"):
        composites.load_composites(tmp_path)


def test_what_an_eye_sent_back_is_found_below_the_films_own():
    class Bright:
        def __call__(self, pictures):
            return pictures.mean((1, 2, 3))

    def picture(level):
        return np.full((SIZE, SIZE, 3), level, np.uint8)

    made = composites.Composites(
        np.stack([picture(level) for level in (20, 100, 20, 101)]),
        np.stack([picture(level) for level in (99, 101, 100, 100)]),
        np.zeros((4, 468, 2), np.float32),
        *(np.array(list("pppp")) for _ in range(2)),
        np.arange(4, dtype=np.int32),
        np.zeros(4, np.float32),
        np.ones(4, bool),
    )
    row = against_an_eye(Bright(), composites.LookedAt(made, np.int8([1, 0, 0, 0])))
    assert (row["eye_found"], row["eye_passed"]) == (1.0, pytest.approx(1 / 3, abs=0.01))


def test_the_command_trains_and_exports(tracked, tmp_path, capsys):
    command = ["lab", "train", "naturalness", "--minutes", "0.0001"]
    out = ["-o", str(tmp_path / "r" / "o"), "--export", str(tmp_path / "x")]
    assert main([*command, "--data", str(tracked), *out]) == 0
    assert "naturalness.onnx" in capsys.readouterr().out
    assert main([*command, "--data", str(tmp_path / "nothing"), "-o", str(tmp_path / "q" / "o")]) == 2
    assert "no tracked clips" in capsys.readouterr().err
    assert not (tmp_path / "q").exists()
