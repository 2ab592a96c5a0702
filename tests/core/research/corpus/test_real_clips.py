import json

import cv2
import numpy as np
import pytest

from core.base.errors import ModelError
from core.base.models import model_files
from core.research.corpus.real import build, clips_of
from tests.core.faces.drawn_face import talking, write_film


@pytest.fixture
def media(tmp_path):
    folder = tmp_path / "media"
    for part in ("train/grid", "test", "stills"):
        (folder / part).mkdir(parents=True)
    (folder / "MEDIA.md").write_text(
        "| set | file | what | licence |\n|---|---|---|---|\n| train | alone.mp4 | a face | MIT |\n| test | kept.mp4 | a face | Apache-2.0 |\n",
        "utf-8",
    )
    pictures = [picture for picture, _ in talking(12)]
    for name in ("train/alone.mp4", "train/grid/s3_bbaf2n.mp4", "test/kept.mp4"):
        write_film(folder / name, pictures)
    cv2.imwrite(str(folder / "stills" / "portrait.png"), pictures[0][..., ::-1])
    return folder


def test_clips_know_their_person_licence_and_what_is_allowed(media):
    train, test = clips_of(media, "train"), clips_of(media, "test")
    assert [(c.group, c.person, c.licence, c.training_allowed) for c in train] == [
        ("single", "single:alone", "MIT", True),
        ("grid", "s3", "CC BY 4.0 (verify)", True),
    ]
    assert [(c.licence, c.training_allowed) for c in test] == [("Apache-2.0", False)]


def test_the_folder_is_built_and_completed(media, tmp_path):
    try:
        model_files("face-mesh")
    except ModelError as error:
        pytest.skip(error.message)
    out = tmp_path / "real"
    build(media, out)
    assert (out / "DONE").exists()
    index = json.loads((out / "index.json").read_text("utf-8"))
    assert [row["frames"] for row in index["train"]] == [12, 12]
    with np.load(out / "stills" / "stills__portrait__0.npz") as data:
        assert data["landmarks"].shape == (1, 468, 3)
        assert len(data["audio"]) == 0
        assert data["person"] == "stills:portrait"
    with np.load(out / "test" / "single__kept__0.npz") as data:
        assert data["landmarks"].shape == (12, 468, 3)
        assert data["times"] == pytest.approx(np.arange(12) / 25)
        assert data["frame_numbers"].tolist() == list(range(12))
        assert not data["allowed"]
        assert len(data["audio"]) == 0
    written = (out / "train" / "single__alone__0.npz").stat().st_mtime_ns
    build(media, out, ("train", "test"))
    assert (out / "train" / "single__alone__0.npz").stat().st_mtime_ns == written
