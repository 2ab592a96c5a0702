"""``unisync models`` through the command line, with toy files and a hub on this computer."""

import os
import subprocess
import sys

import pytest

from app.main import main
from core.base.models import file_sha256
from core.model_store import catalogue, store
from tests.core.foreign_generators.toys import write_musetalk
from tests.core.model_store.hub import serving

PATHS = {
    "unet": "musetalkV15/unet.pth",
    "autoencoder": "sd-vae-ft-mse/diffusion_pytorch_model.safetensors",
    "whisper": "whisper-tiny/model.safetensors",
}


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return write_musetalk(tmp_path_factory.mktemp("toys") / "musetalk")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_licence_is_shown_and_asked_for_once(toy, capsys):
    command = ["models", "install", "musetalk-1.5", "--from", str(toy), "--other-weights"]
    assert main(command) == 2
    shown = capsys.readouterr()
    assert "CreativeML OpenRAIL-M" in shown.out
    assert "https://" in shown.out
    assert "is not accepted" in shown.err
    assert not store.is_installed("musetalk-1.5")
    assert main([*command, "--accept-licence"]) == 0
    assert "is installed in" in capsys.readouterr().out
    assert main(command) == 0
    assert "CreativeML" not in capsys.readouterr().out


def test_list_verify_and_remove(toy, capsys):
    main(["models", "list", "--files"])
    shown = capsys.readouterr().out
    for model in catalogue.MODELS.values():
        line = next(line for line in shown.splitlines() if line.startswith(model.id))
        assert "not installed" in line
        assert model.licence.title in line
        for file in model.files:
            assert f"{file.size:,}" in shown
            assert (file.sha256 or "as the hub states") in shown
    assert main(["models", "verify", "musetalk-1.5"]) == 2
    assert "is not installed" in capsys.readouterr().err
    install = ["models", "install", "musetalk-1.5", "--from", str(toy), "--other-weights", "--accept-licence"]
    assert main(install) == 0
    assert main(["models", "verify", "musetalk-1.5"]) == 0
    path = store.model_folder("musetalk-1.5") / "unet.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    capsys.readouterr()
    assert main(["models", "verify", "musetalk-1.5"]) == 2
    assert f"{path} is not what was installed." in capsys.readouterr().out
    assert main(["models", "remove", "musetalk-1.5"]) == 0
    assert not path.parent.exists()
    assert main(["models", "remove", "musetalk-1.5"]) == 0
    assert "was not installed" in capsys.readouterr().out


def test_an_unknown_model_and_wrong_options_are_refused(toy, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["models", "install", "magic"])
    assert stopped.value.code == 2
    store.accept(catalogue.MODELS["latentsync-1.6"].licence)
    assert main(["models", "install", "latentsync-1.6", "--size", "128"]) == 2
    assert "--size goes with --other-weights" in capsys.readouterr().err
    assert main(["models", "install", "latentsync-1.6", "--from", str(toy), "--other-weights"]) == 2
    assert "“latentsync_unet.pt” of ByteDance/LatentSync-1.6 is not in" in capsys.readouterr().err


CHILD = """
import sys
from dataclasses import replace
from pathlib import Path
from core.model_store import catalogue
from core.base.models import file_sha256

folder = Path(sys.argv[1])
model = catalogue.MODELS["musetalk-1.5"]
files = []
for file in model.files:
    path = folder / file.repository / file.path
    files.append(replace(file, size=path.stat().st_size, sha256=file_sha256(path)))
catalogue.MODELS["musetalk-1.5"] = replace(model, files=tuple(files))
from app.main import main
sys.exit(main(["models", "install", "musetalk-1.5", "--accept-licence"]))
"""


def test_a_model_is_fetched_from_the_hub_and_a_killed_install_goes_on(toy, home, tmp_path):
    """In a process of its own, whose hub is the one on this computer; its catalogue states the toys' digests."""
    for file in catalogue.MODELS["musetalk-1.5"].files:
        place = tmp_path / "hub" / file.repository / file.path
        place.parent.mkdir(parents=True)
        place.write_bytes((toy / PATHS[file.reads]).read_bytes())
    unet = catalogue.MODELS["musetalk-1.5"].files[0]
    whole = (tmp_path / "hub" / unet.repository / unet.path).read_bytes()
    # What a process that was killed left behind.
    left = store.model_folder("musetalk-1.5") / "downloads" / "unet.pth.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(whole[: len(whole) // 2])
    with serving(tmp_path / "hub") as hub:
        environment = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HUB_DISABLE_XET": "1"}
        command = [sys.executable, "-c", CHILD, str(tmp_path / "hub")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        ranges = [where for verb, path, where in hub.asked if verb == "GET" and path.endswith("unet.pth")]
    assert ranges == [f"bytes={len(whole) // 2}-"]
    made = store.stored("musetalk-1.5")
    assert made.is_published
    assert {p.name for p in made.folder.iterdir()} == {*made.files, store.DESCRIPTION}  # no downloads left
    assert store.verify("musetalk-1.5") == []
    assert made.files["unet.safetensors"].made_of == file_sha256(
        tmp_path / "hub" / unet.repository / unet.path
    )
