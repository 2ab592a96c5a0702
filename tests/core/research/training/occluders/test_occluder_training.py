"""The whole training path at toy size: drawn people as tracked clips, a few steps, resumed, exported, asked."""

import csv
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

pytest.importorskip("torch")

from app.main import main
from core.base.errors import SettingsError
from core.research.training.occluders.faces import gather
from core.research.training.occluders.train import OccluderTraining, export, finder, load_network, train
from tests import needs
from tests.core.faces.drawn_face import talking, write_film


@pytest.fixture(scope="module")
def tracked(tmp_path_factory) -> Path:
    """Four clips; podium_man is held out, “secret” may not be trained on."""
    folder = tmp_path_factory.mktemp("tracked")
    for seed, name in enumerate(("a", "b", "podium_man", "secret")):
        pairs = list(talking(24, size=(400, 320), centre=(200, 130), unit=70, seed=seed))
        film = write_film(folder / f"{name}.mp4", [picture for picture, _ in pairs])
        np.savez(
            folder / f"single__{name}__0.npz",
            landmarks=np.stack([points for _, points in pairs]).astype(np.float32),
            quality=np.ones(24, np.float32),
            frame_numbers=np.arange(24),
            video_path=str(film),
            person=name,
            licence="MIT",
            allowed=name != "secret",
        )
    return folder


def toy(tracked, out, steps):
    return OccluderTraining(
        str(tracked), str(out / "run"), heads=0, things=30, batch=4, trials=3, most_steps=steps
    )


def test_faces_come_from_what_may_be_trained_on(tracked, tmp_path):
    faces = gather(tracked, None, 0, tmp_path / "faces.npz", frozenset({"b"}))
    assert set(faces.person) == {"a", "podium_man"}
    assert set(faces.person[faces.held_out]) == {"podium_man"}
    assert len(faces) == 4
    again = gather(tracked / "gone", None, 0, tmp_path / "faces.npz", frozenset())
    assert np.array_equal(again.rgb, faces.rgb)
    with pytest.raises(SettingsError, match="no tracked clips"):
        gather(tmp_path, None, 0, tmp_path / "none.npz", frozenset())


@needs.voices
def test_rendered_heads_are_faces_too(offscreen_opengl, tracked, tmp_path):
    faces = gather(tracked, None, 1, tmp_path / "faces.npz", frozenset())
    heads = [name for name in faces.clip if name.startswith("head-")]
    assert len(heads) == 2


def test_a_run_is_resumed_and_exported(tracked, tmp_path):
    weights = train(toy(tracked, tmp_path, 3))
    train(toy(tracked, tmp_path, 5), resume=True)
    with (tmp_path / "run" / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [3, 5]
    assert {"false", "trained_iou", "cup_recall"} <= set(rows[0])
    paths = export(weights, tmp_path / "out")
    assert [path.name for path in paths] == ["occluders.safetensors", "occluders.onnx"]
    rng = np.random.default_rng(0)
    rgb, face = rng.integers(0, 255, (2, 128, 128, 3)).astype(np.uint8), np.zeros((2, 128, 128), np.uint8)
    by_torch = finder(load_network(paths[0]))(rgb, face)
    session = onnxruntime.InferenceSession(str(paths[1]), providers=["CPUExecutionProvider"])
    stacked = np.concatenate([rgb, face[..., None]], axis=3).transpose(0, 3, 1, 2).astype(np.float32) / 255
    by_onnx = session.run(None, {"pictures": stacked})[0][:, 0]
    assert np.abs(by_torch - by_onnx).max() < 0.05  # torch may work in half precision


def test_the_command_trains_and_exports(tracked, tmp_path, capsys):
    options = ["--most-steps", "2", "--rendered", "0", "-o", str(tmp_path / "r" / "o")]
    assert (
        main(["lab", "train", "occluders", "--data", str(tracked), *options, "--export", str(tmp_path / "x")])
        == 0
    )
    assert "occluders.onnx" in capsys.readouterr().out
    assert (
        main(
            [
                "lab",
                "train",
                "occluders",
                "--data",
                str(tmp_path / "nothing"),
                "-o",
                str(tmp_path / "q" / "o"),
            ]
        )
        == 2
    )
    assert "no tracked clips" in capsys.readouterr().err
    assert not (tmp_path / "q").exists()
