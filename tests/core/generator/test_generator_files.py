"""Generators that strangers made: nothing of them is believed, and nothing is written outside the models' folder."""

import hashlib
import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from app.main import main
from core.base.errors import ModelError
from core.generator.export import export_generator, install_generator, load_generator
from core.generator.recipes import GeneratorRecipe
from core.takes.lips import generator_folder

TOY = GeneratorRecipe(
    "toy",
    size=32,
    view="face",
    frames=3,
    overlap=1,
    one_step=True,
    transformer={"dim": 16, "depth": 1, "heads": 2, "patch": 4, "fusion": "channels", "prediction": "edit"},
)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    torch.manual_seed(0)
    codec = TOY.make_codec()
    export_generator(TOY, codec, TOY.make_transformer(codec, 8), folder)
    return folder


@pytest.fixture
def toy(exported, tmp_path, monkeypatch):
    """The description of a good generator that a test may spoil."""
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    shutil.copytree(exported, tmp_path / "theirs")
    return tmp_path / "theirs" / "toy.json"


def everything(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def spoil(description, change):
    facts = json.loads(description.read_text())
    change(facts)
    description.write_text(json.dumps(facts))


def install(description):
    return main(["models", "install", "--generator", str(description)])


def test_a_good_one_is_installed_in_place_of_the_last(toy, tmp_path, capsys):
    generator_folder().mkdir(parents=True)
    (generator_folder() / "old.json").write_text("{}")
    assert install(toy) == 0
    assert "toy is installed" in capsys.readouterr().out
    assert everything(tmp_path / "home") == {"models/generator/toy.json", "models/generator/toy.safetensors"}
    load_generator(generator_folder() / "toy.json")


@pytest.mark.parametrize(
    "name",
    [
        "../../../site-packages/x.pth",
        "../x.safetensors",
        "/{tmp}/x.safetensors",
        "sub/x.safetensors",
        "x.pth",
        "toy.json",
        "..\\x.safetensors",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_is_written(toy, tmp_path, capsys, name):
    """The proven attack: a weights file whose name climbs out of the models' folder and runs at Python's next start."""
    name = name.replace("/{tmp}", str(tmp_path))
    outside = toy.parent / name.replace("\\", "/")
    outside.parent.mkdir(parents=True, exist_ok=True)
    if name != "toy.json":
        shutil.copyfile(toy.with_suffix(".safetensors"), outside)
    digest = hashlib.sha256(outside.read_bytes()).hexdigest()
    spoil(toy, lambda facts: facts.update(weights={name: digest}))
    before = everything(tmp_path)
    assert install(toy) == 2
    assert "no plain name" in capsys.readouterr().err
    assert everything(tmp_path) == before


def set_recipe(**values):
    return lambda facts: facts["recipe"].update(values)


def set_transformer(**values):
    return lambda facts: facts["recipe"]["transformer"].update(values)


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.update(weights={}),
        lambda f: f.update(weights=["toy.safetensors"]),
        lambda f: f.update(weights={"toy.safetensors": None}),
        lambda f: f.update(weights={"toy.safetensors": f["weights"]["toy.safetensors"].upper()}),
        lambda f: f.update(weights={"toy.safetensors": ""}),
        lambda f: f["weights"].update({"TOY.safetensors": "0" * 64}),
        lambda f: f["weights"].update({"missing.safetensors": "0" * 64}),
        lambda f: f.pop("recipe"),
        lambda f: f.update(recipe=[]),
        lambda f: f.update(recipe={}),
        lambda f: f.update(format="2"),
        lambda f: f.update(format=[[1]]),
        lambda f: f.update(speech_dim=0),
        lambda f: f.update(speech_dim=True),
        lambda f: f.update(speech_dim=10**12),
        lambda f: f.update(latent_scale=0),
        lambda f: f.update(latent_scale="2"),
        lambda f: f.pop("latent_scale"),
        set_recipe(name="../toy"),
        set_recipe(name=3),
        set_recipe(colour="red"),
        set_recipe(size=-32),
        set_recipe(size=33),
        set_recipe(frames=0),
        set_recipe(frames=2.5),
        set_recipe(overlap=3),
        set_recipe(view=["face"]),
        set_recipe(codec={"factor": 0}),
        set_recipe(codec={"latent_channels": 8, "channels": []}),
        set_recipe(codec=None),
        set_recipe(transformer=[]),
        set_transformer(dim=10**9),
        set_transformer(dim=17),
        set_transformer(depth=10**9),
        set_transformer(heads=0),
        set_transformer(patch=0),
        set_transformer(pyramid=[0]),
        set_transformer(latent_channels=4),
        set_transformer(dim=16384, heads=1, depth=256),
    ],
)  # fmt: skip
def test_malformed_descriptions_are_refused_in_one_sentence(toy, capsys, change):
    spoil(toy, change)
    assert install(toy) == 2
    said = capsys.readouterr().err
    assert said.startswith("unisync: ")
    assert said.count("\n") == 1
    assert not generator_folder().exists()


@pytest.mark.parametrize(
    "text",
    ["", "7", "[]", '{"format": NaN}', "[" * 100_000, "\ud800"],
    ids=lambda text: text[:10].encode("utf-8", "replace").decode(),
)
def test_other_text_is_refused(toy, capsys, text):
    toy.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert install(toy) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("spoiling", "words"),
    [
        (lambda t: t.update(more=torch.zeros(2)), "too many"),
        (lambda t: t.pop(sorted(t)[0]), "is missing"),
        (lambda t: t.update({sorted(t)[0]: torch.zeros(1)}), "has shape"),
        (lambda t: t[sorted(t)[0]].fill_(float("nan")), "not finite"),
        (lambda t: t.update({k: v.to(torch.int8) for k, v in t.items()}), "no number"),
    ],
)
def test_weights_are_exactly_the_recipes(toy, spoiling, words):
    path = toy.with_suffix(".safetensors")
    tensors = load_file(path)
    spoiling(tensors)
    save_file(tensors, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    spoil(toy, lambda facts: facts.update(weights={path.name: digest}))
    with pytest.raises(ModelError, match=words):
        install_generator(toy, generator_folder())


def test_the_installed_one_stays_when_the_new_one_is_damaged(toy, tmp_path):
    assert install(toy) == 0
    here = {path: path.read_bytes() for path in generator_folder().iterdir()}
    weights = toy.with_suffix(".safetensors")
    weights.write_bytes(weights.read_bytes()[:-1])
    assert install(toy) == 2
    assert {path: path.read_bytes() for path in generator_folder().iterdir()} == here
    assert everything(tmp_path / "home") == {"models/generator/toy.json", "models/generator/toy.safetensors"}
