import json

import numpy as np
import pytest

from app.main import main
from core.benchmark.generator import run_pairs, standard_ways
from core.corpus.generator_clips import PrepareSettings, prepare
from core.errors import ModelError, SettingsError
from core.generator.export import export_generator
from core.models import model_files
from core.speech.encoder import speech_encoder
from tests.core.corpus.test_generator_clips import write_tracked
from tests.core.generator.test_generator_engine import RECIPE


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    try:
        model_files("face-mesh")
    except ModelError as error:
        pytest.skip(error.message)
    folder = tmp_path_factory.mktemp("pairs")
    write_tracked(folder, "german_speaker", 2)  # a name the motion network never heard
    write_tracked(folder, "anna", 1)
    prepare(folder, folder / "clips", PrepareSettings(size=64, frames=25, per_person=2, minutes=5))
    return folder / "clips"


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    codec = RECIPE.make_codec()
    network = RECIPE.make_transformer(codec, speech_encoder().width)
    return export_generator(RECIPE, codec, network, tmp_path_factory.mktemp("generator"))[0]


def test_every_way_is_measured_against_the_truth(prepared, exported, tmp_path, capsys):
    command = ["benchmark", "generator", "--data", str(prepared), "--clips", "1", "-o", str(tmp_path)]
    assert main([*command, "--weights", str(exported)]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in standard_ways(exported))
    rows = {row["way"]: row["figures"] for row in json.loads((tmp_path / "generator.json").read_text())}
    # The same words out of other footage are nearer to the truth than other words, and follow it.
    own, other = rows["own-mouth, true motion"], rows["other words, unchanged"]
    assert own["l1"] < other["l1"]
    assert own["opening"] > other["opening"]
    assert other["leak"] == pytest.approx(1, abs=0.01)
    assert own["ssim"] > other["ssim"]
    assert all(
        np.isfinite(value) or name == "closure" for row in rows.values() for name, value in row.items()
    )
    assert len(list(tmp_path.glob("*.png"))) == 1


def test_without_weights_only_what_needs_none(prepared, tmp_path):
    rows = run_pairs(prepared, tmp_path, description=None, most=1)
    assert [row.way for row in rows] == ["other words, unchanged", "own-mouth, true motion"]


def test_a_folder_without_pairs_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="holds no clip with both"):
        run_pairs(tmp_path, tmp_path / "out", description=None)
