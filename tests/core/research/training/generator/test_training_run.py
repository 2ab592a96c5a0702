import json
from dataclasses import replace

import pytest
import torch

from app.main import main
from core.adaptation.clips import save_clip
from core.base.errors import DeviceError, ModelError, SettingsError
from core.base.models import file_sha256
from core.generator.export import export_generator, load_generator
from core.generator.recipes import as_json
from core.research.training.generator.training_run import RunSettings, train_generator
from core.research.training.scorer.networks import SyncNetwork
from core.research.training.scorer.recipes import small_recipe
from core.scorer.config import config_to_json
from tests.core.adaptation.toy_clips import clip
from tests.core.research.training.generator.test_training import EDIT, RECIPE


@pytest.fixture
def data(tmp_path):
    for split, seed in (("train", 0), ("val", 1)):
        (tmp_path / "clips" / split).mkdir(parents=True)
        save_clip(tmp_path / "clips" / split / f"clip{seed}.npz", clip(seed))
    return tmp_path / "clips"


def test_the_command_trains_goes_on_and_exports(data, tmp_path, capsys):
    (tmp_path / "toy.json").write_text(as_json(EDIT))
    command = ["lab", "train", "generator", "--data", str(data), "--config", str(tmp_path / "toy.json")]
    command += ["-o", str(tmp_path / "run"), "--export", str(tmp_path / "out")]
    assert main([*command, "--most-steps", "2"]) == 0
    assert [line.rsplit("/")[-1] for line in capsys.readouterr().out.split()] == [
        "toy.json",
        "toy.safetensors",
    ]
    assert main([*command, "--most-steps", "3", "--resume"]) == 0
    steps = [
        json.loads(line)["step"]
        for line in (tmp_path / "run/transformer/curve.jsonl").read_text().splitlines()
    ]
    assert steps == [2, 3]
    recipe, pipeline = load_generator(tmp_path / "out/toy.json")
    assert as_json(recipe) == as_json(EDIT)
    assert pipeline.transformer.config.speech_dim == 4


def test_a_recipe_with_a_sync_loss_is_taught_by_the_scorer_that_is_named(data, tmp_path):
    recipe = replace(EDIT, frames=6, view="lower-face", sync_weight=1e4)
    recipe = replace(recipe, transformer={**recipe.transformer, "patch": 1})
    (tmp_path / "toy.json").write_text(as_json(recipe))
    command = ["lab", "train", "generator", "--data", str(data), "--config", str(tmp_path / "toy.json")]
    command += ["-o", str(tmp_path / "run"), "--most-steps", "1"]
    assert main([*command, "--sync-loss", str(tmp_path / "nowhere")]) == 2
    assert main(command) == 2  # none is named
    scorer = tmp_path / "scorer"
    scorer.mkdir()
    assert main([*command, "--sync-loss", str(scorer)]) == 2  # its training is not finished
    config = small_recipe("rgb", "mel")
    (scorer / "config.json").write_text(config_to_json(config))
    torch.save(SyncNetwork(config).state_dict(), scorer / "network.pt")
    assert main([*command, "--sync-loss", str(scorer)]) == 0
    (line,) = (tmp_path / "run/transformer/curve.jsonl").read_text().splitlines()
    assert json.loads(line)["loss"] > 1e3  # so strong a loss of the scorer's drowns all others


def test_a_recipe_with_an_autoencoder_trains_it_first(data, tmp_path):
    settings = RunSettings(data, tmp_path / "run", 60, most_steps=2)
    train_generator(RECIPE, settings, export=tmp_path / "out")
    weights = tmp_path / "run/autoencoder/autoencoder/diffusion_pytorch_model.safetensors"
    before = weights.read_bytes()
    train_generator(RECIPE, settings, resume=True)
    assert weights.read_bytes() == before
    _, pipeline = load_generator(tmp_path / "out/toy.json")
    assert pipeline.autoencoder.config.scale != 1.0


def test_what_does_not_fit_is_said(data, tmp_path):
    with pytest.raises(SettingsError, match="32 pixels wide; the recipe wants 64"):
        train_generator(replace(EDIT, size=64), RunSettings(data, tmp_path / "run", 0.01))
    with pytest.raises(SettingsError, match="no prepared clips"):
        train_generator(EDIT, RunSettings(tmp_path, tmp_path / "run", 0.01))
    if not torch.cuda.is_available():
        with pytest.raises(DeviceError, match="cuda cannot be used"):
            train_generator(EDIT, RunSettings(data, tmp_path / "run", 0.01, device="cuda"))


def test_weights_are_split_and_put_together_again(tmp_path):
    codec = EDIT.make_codec()
    torch.manual_seed(1)
    network = EDIT.make_transformer(codec, 4)
    files = export_generator(EDIT, codec, network, tmp_path, largest=2**18 + 40_000)
    assert len(files) > 2
    _, pipeline = load_generator(tmp_path / "toy.json")
    for name, tensor in pipeline.transformer.state_dict().items():
        assert torch.allclose(tensor, network.state_dict()[name], atol=2e-3), name


def test_wrong_files_are_named(tmp_path):
    codec = EDIT.make_codec()
    export_generator(EDIT, codec, EDIT.make_transformer(codec, 4), tmp_path)
    description = tmp_path / "toy.json"
    facts = json.loads(description.read_text())
    with pytest.raises(ModelError, match=r"nothing\.json cannot be read"):
        load_generator(tmp_path / "nothing.json")
    for change, message in (
        ({"format": 9}, "format 9; this version of the program reads format 2"),
        ({"speech_dim": 8}, r"null_speech” has shape \(4,\); expected \(8,\)"),
        ({"weights": {"lost.safetensors": "0" * 64}}, r"lost\.safetensors are missing"),
        ({"weights": {"toy.safetensors": "0"}}, r"no sha256 of toy\.safetensors"),
        ({"weights": {"toy.safetensors": "0" * 64}}, r"toy\.safetensors are not those of toy\.json"),
    ):
        description.write_text(json.dumps({**facts, **change}))
        with pytest.raises(ModelError, match=message):
            load_generator(description)
    description.write_text(json.dumps(facts))
    (tmp_path / "toy.safetensors").write_bytes(b"not weights")
    facts["weights"]["toy.safetensors"] = file_sha256(tmp_path / "toy.safetensors")
    description.write_text(json.dumps(facts))
    with pytest.raises(ModelError, match=r"toy\.safetensors cannot be read"):
        load_generator(description)
