import pytest
import torch

from app.main import main
from core.base.device import CPU
from core.base.errors import ModelError, SettingsError
from core.base.models import SHIPPED_MODELS
from core.generator.export import export_generator
from core.speech.whisper import whisper_ear
from core.takes.lips import SHIPPED_GENERATOR, generator_folder, installed_generator, is_ready, load_engine
from tests.core.generator.test_generator_engine import RECIPE


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def exported(tmp_path):
    torch.manual_seed(0)
    codec = RECIPE.make_codec()
    network = RECIPE.make_transformer(codec, whisper_ear().width)
    return export_generator(RECIPE, codec, network, tmp_path / "out")[0]


def test_without_a_generator_only_own_mouth_is_ready(home, no_shipped_generator):
    assert [name for name in ("auto", "own-mouth", "diffusion", "hybrid", "generator") if is_ready(name)] == [
        "auto",
        "own-mouth",
    ]
    assert load_engine("auto", CPU).name == "own-mouth"
    with pytest.raises(SettingsError, match="“hybrid” needs a generator, and none is installed"):
        load_engine("hybrid", CPU)
    with pytest.raises(SettingsError, match="no lip engine “magic”"):
        load_engine("magic", CPU)


def test_the_shipped_generator_is_offered_until_another_is_installed(home, exported):
    assert installed_generator() == SHIPPED_MODELS / SHIPPED_GENERATOR
    assert load_engine("hybrid", CPU).name == "hybrid"
    assert load_engine("auto", CPU).name == "own-mouth"
    assert main(["models", "install", "--generator", str(exported)]) == 0
    assert installed_generator() == generator_folder() / "toy.json"


def test_an_installed_generator_is_offered(home, exported, capsys):
    assert main(["models", "install", "--generator", str(exported)]) == 0
    assert "toy is installed" in capsys.readouterr().out
    assert installed_generator() == generator_folder() / "toy.json"
    assert is_ready("hybrid")
    assert load_engine("diffusion", CPU).name == "diffusion"
    assert load_engine("generator", CPU).name == "diffusion"  # what older projects call it
    assert load_engine("hybrid", CPU).name == "hybrid"
    assert load_engine("auto", CPU).name == "own-mouth"
    assert {p.name for p in generator_folder().iterdir()} == {"toy.json", "toy.safetensors"}


def test_another_generator_takes_its_place_and_a_broken_one_does_not(home, exported, tmp_path, capsys):
    assert main(["models", "install", "--generator", str(exported)]) == 0
    (tmp_path / "out/toy.safetensors").write_bytes(b"other")
    assert main(["models", "install", "--generator", str(exported)]) == 2
    assert "are not those of toy.json" in capsys.readouterr().err
    assert load_engine("hybrid", CPU).name == "hybrid"
    (generator_folder() / "toy.safetensors").write_bytes(b"damaged")
    with pytest.raises(ModelError, match="are not those of toy"):
        load_engine("hybrid", CPU)
