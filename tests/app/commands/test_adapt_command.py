"""A generator of toy size fitted to a drawn person on film."""

import dataclasses

import numpy as np
import pytest

from app.main import main
from core.base.errors import ModelError
from core.base.models import model_files
from core.generator.export import export_generator, load_generator
from core.speech.whisper import whisper_ear
from tests.core.faces.drawn_face import draw_face, face_points
from tests.core.generator.test_generator_engine import RECIPE


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    try:
        model_files("face-mesh")
    except ModelError as error:
        pytest.skip(error.message)
    import av

    path = tmp_path_factory.mktemp("adapt") / "talks.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 192, 192, "yuv420p"
        sound = container.add_stream("aac", rate=16000, layout="mono")
        for i in range(104):
            picture = np.full((192, 192, 3), 90, np.uint8)
            draw_face(picture, face_points((96, 70), 60, opening=0.06 * (1 + np.sin(0.6 * i))))
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(video.encode(None))
        noise = np.random.default_rng(0).normal(0, 0.1, (1, 66560)).astype(np.float32)
        for start in range(0, 66560, 1024):
            frame = av.AudioFrame.from_ndarray(noise[:, start : start + 1024].copy(), "fltp", "mono")
            frame.sample_rate, frame.pts = 16000, start
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path


@pytest.fixture
def exported(tmp_path):
    recipe = dataclasses.replace(RECIPE, one_step=True, own_share=0.0)
    codec = recipe.make_codec()
    network = recipe.make_transformer(codec, whisper_ear().width)
    return export_generator(recipe, codec, network, tmp_path / "generator")[0]


def test_a_generator_is_fitted_to_the_person(film, exported, tmp_path, capsys):
    command = [
        "adapt",
        str(film),
        "--weights",
        str(exported),
        "--steps",
        "3",
        "-o",
        str(tmp_path / "fit"),
    ]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "error of the mouth on held-out seconds" in said
    written = tmp_path / "fit/toy-talks-P1.json"
    if "nothing was written" in said:
        assert not written.exists()
    else:
        recipe, _ = load_generator(written)
        assert recipe.name == "toy-talks-P1"


def test_a_person_who_is_not_there_is_said(film, exported, tmp_path, capsys):
    assert main(["adapt", str(film), "--weights", str(exported), "--face", "P9", "-o", str(tmp_path)]) == 2
    assert "There is no person “P9”" in capsys.readouterr().err
