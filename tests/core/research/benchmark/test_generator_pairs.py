import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from app.main import main
from core.adaptation.clips import load_clip
from core.base.errors import ModelError, SettingsError
from core.base.models import model_files
from core.generator.engine import default_sampler
from core.generator.export import export_generator
from core.generator.pipeline import LipSyncPipeline, SamplerSettings
from core.research.benchmark.generator import Told, generated, run_pairs, standard_ways
from core.research.benchmark.generator_sweeps import sweep_ways
from core.research.corpus.generator_clips import PrepareSettings, prepare
from core.speech.whisper import whisper_ear
from tests.core.generator.test_generator_engine import RECIPE
from tests.core.research.corpus.test_generator_clips import write_tracked

pytestmark = pytest.mark.slow

FULL = replace(
    RECIPE,
    codec={"factor": 2},
    transformer={**RECIPE.transformer, "pyramid": (16, 16), "patch": 4, "references": 3, "fetch": True},
)


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
    network = RECIPE.make_transformer(codec, whisper_ear().width)
    return export_generator(RECIPE, codec, network, tmp_path_factory.mktemp("generator"))[0]


def test_every_way_is_measured_against_the_truth(prepared, exported, tmp_path, capsys):
    command = ["lab", "benchmark", "generator", "--data", str(prepared), "--clips", "1", "-o", str(tmp_path)]
    assert main([*command, "--weights", str(exported)]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in standard_ways([exported]))
    rows = {row["way"]: row["figures"] for row in json.loads((tmp_path / "generator.json").read_text())}
    # The same words out of other footage are nearer to the truth than other words.
    own, other = rows["own-mouth, true motion"], rows["other words, unchanged"]
    assert own["l1"] < other["l1"]
    assert other["leak"] == pytest.approx(1, abs=0.01)
    assert own["ssim"] > other["ssim"]
    assert all(
        np.isfinite(value) or name == "closure" for row in rows.values() for name, value in row.items()
    )
    assert len(list(tmp_path.glob("*.png"))) == 1


def test_without_weights_only_what_needs_none(prepared, tmp_path):
    rows = run_pairs(prepared, tmp_path, standard_ways(), most=1)
    assert [row.way for row in rows] == ["other words, unchanged", "own-mouth, true motion"]


def test_a_folder_without_pairs_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="holds no clip with both"):
        run_pairs(tmp_path, tmp_path / "out", standard_ways())


def test_a_sweep_changes_one_thing_at_a_time(prepared, exported, tmp_path, capsys):
    command = ["lab", "benchmark", "generator", "--data", str(prepared), "--clips", "1", "-o", str(tmp_path)]
    assert main([*command, "--weights", str(exported), "--sweep", "hybrid"]) == 0
    printed = capsys.readouterr().out
    for label in (
        "as shipped",
        "tau 0.2",
        "from tau 1, 2 steps",
        "DS guidance",
        "injection 0",
        "without geometry",
    ):
        assert label in printed
    assert main([*command, "--sweep", "hybrid"]) == 2
    assert "one generator" in capsys.readouterr().err


def test_of_one_that_works_in_one_step_only_the_inputs_are_swept(tmp_path):
    recipe = replace(FULL, one_step=True)
    codec = recipe.make_codec()
    network = recipe.make_transformer(codec, whisper_ear().width)
    rows = sweep_ways(export_generator(recipe, codec, network, tmp_path)[0], "hybrid")
    assert {"as shipped", "without references", "references not laid"} <= set(rows)
    assert not any("tau" in name or "guidance" in name for name in rows)


def test_each_input_can_be_taken_away(prepared):
    codec = FULL.make_codec()
    network = FULL.make_transformer(codec, whisper_ear().width)
    torch.manual_seed(0)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    pipeline, sampler = LipSyncPipeline(codec, network), SamplerSettings(steps=1, tau=1.0, guidance_peak=0)
    clip = load_clip(next((prepared / "val").glob("*.npz")))
    usual = generated(FULL, pipeline, "own", sampler=sampler)(clip)
    for name in ("geometry", "pose", "speech", "references", "aligned", "smooth"):
        way = generated(FULL, pipeline, "own", sampler=sampler, told=replace(Told(), **{name: False}))
        assert (way(clip) != usual).any(), name


def test_an_edit_is_done_to_the_clips_own_pixels(prepared):
    recipe = replace(FULL, one_step=True)
    codec = recipe.make_codec()
    pipeline = LipSyncPipeline(codec, recipe.make_transformer(codec, whisper_ear().width))
    clip = load_clip(next((prepared / "val").glob("*.npz")))
    sampler = default_sampler(recipe, "hybrid")
    source = clip.pictures(range(len(clip)), altered=clip.words.index("own")).astype(int)
    # Untrained it trusts the source: there is next to nothing of the references in it.
    assert np.abs(generated(recipe, pipeline, "own", sampler=sampler)(clip) - source).mean() < 1.5
    torch.nn.init.normal_(pipeline.transformer.fetching.shares.bias, std=1.0)
    made = generated(recipe, pipeline, "own", sampler=sampler)(clip)
    assert np.abs(made - source)[:, 30:50, 20:44].mean() > 1.5
    x, y, side = recipe.region.pixels(recipe.size)
    outside = np.ones(made.shape[1:3], bool)
    outside[y : y + side, x : x + side] = False
    assert (made == source)[:, outside].all()
    pasted = generated(recipe, pipeline, "own", sampler=sampler, told=Told(smooth=False))(clip)
    assert (pasted[:, y, x + side // 2] != made[:, y, x + side // 2]).any()


def test_a_masked_rival_fills_its_hole(prepared):
    inpainting = {**FULL.transformer, "references": 1, "fetch": False}
    recipe = replace(FULL, condition="masked", one_step=True, transformer=inpainting)
    codec = recipe.make_codec()
    pipeline = LipSyncPipeline(codec, recipe.make_transformer(codec, whisper_ear().width))
    clip = load_clip(next((prepared / "val").glob("*.npz")))
    made = generated(recipe, pipeline, "other", sampler=default_sampler(recipe, "diffusion"))(clip)
    source = clip.pictures(range(len(clip)), altered=clip.words.index("other"))
    assert np.abs(made[:, 48, 32].astype(int) - 128).max() <= 2  # untrained: grey from the nose down
    assert (made[:, :20] == source[:, :20]).all()
