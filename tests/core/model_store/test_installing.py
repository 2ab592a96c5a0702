"""Installing published models from a folder: what is taken, what is refused, and that nothing is run."""

import pickle
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.base.errors import ModelError
from core.base.models import file_sha256
from core.model_store import store
from core.model_store.catalogue import MODELS
from core.model_store.installing import PACK, install
from core.model_store.reading import autoencoder, tensors_in
from tests.core.foreign_generators.toys import (
    latentsync_tensors,
    musetalk_tensors,
    openai_whisper,
    write_latentsync,
    write_musetalk,
)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    for model in MODELS.values():
        store.accept(model.licence)
    return tmp_path / "home"


@pytest.fixture(scope="module")
def musetalk_folder(tmp_path_factory):
    return write_musetalk(tmp_path_factory.mktemp("toys") / "musetalk")


@pytest.fixture(scope="module")
def latentsync_folder(tmp_path_factory):
    return write_latentsync(tmp_path_factory.mktemp("toys") / "latentsync")


def as_published(model, folder):
    """The model with the sizes and digests of the files in `folder`."""
    files = []
    for file in model.files:
        path = next(
            p
            for p in sorted(folder.rglob(file.name))
            if file.folder in str(p.relative_to(folder)) and p.is_file()
        )
        files.append(replace(file, size=path.stat().st_size, sha256=file_sha256(path)))
    return replace(model, files=tuple(files))


def test_own_weights_of_the_published_layout_are_made_into_safetensors(musetalk_folder):
    before = {p: p.stat().st_mtime_ns for p in musetalk_folder.rglob("*")}
    made = install(MODELS["musetalk-1.5"], source=musetalk_folder, own_weights=True)
    assert set(made.files) == {"unet.safetensors", "vae.safetensors", "whisper.safetensors"}
    held, wanted = load_file(made.folder / "unet.safetensors"), musetalk_tensors()
    assert held.keys() == wanted.keys()
    assert all((held[name] == wanted[name]).all() for name in held)
    assert store.is_installed("musetalk-1.5")
    assert store.verify("musetalk-1.5") == []
    assert not store.stored("musetalk-1.5").is_published
    assert {
        p: p.stat().st_mtime_ns for p in musetalk_folder.rglob("*")
    } == before  # the user's stay as they are


def test_the_wrapped_dict_and_openais_whisper_are_read(latentsync_folder):
    made = install(MODELS["latentsync-1.6"], source=latentsync_folder, own_weights=True, side=128)
    assert load_file(made.folder / "unet.safetensors").keys() == latentsync_tensors().keys()
    encoder = load_file(made.folder / "whisper.safetensors")
    original = openai_whisper()["model_state_dict"]
    assert len(encoder) == sum(name.startswith("encoder.") for name in original)
    assert (encoder["layers.2.fc1.weight"] == original["encoder.blocks.2.mlp.0.weight"]).all()
    assert (encoder["embed_positions.weight"] == original["encoder.positional_embedding"]).all()
    assert store.stored("latentsync-1.6").side == 128


def test_published_files_are_checked_by_size_then_digest_before_they_are_opened(musetalk_folder, tmp_path):
    model = as_published(MODELS["musetalk-1.5"], musetalk_folder)
    steps = []
    made = install(model, source=musetalk_folder, on_progress=lambda *step: steps.append(step[0]))
    assert made.is_published
    assert made.files["unet.safetensors"].made_of == model.files[0].sha256
    assert steps.index("check") < steps.index("convert")
    store.remove(model.id)

    other = write_musetalk(tmp_path / "other")
    unet = other / "musetalkV15" / "unet.pth"
    content = bytearray(unet.read_bytes())
    content[-200] ^= 1
    unet.write_bytes(content)
    with pytest.raises(ModelError, match=r"is not the published musetalkV15/unet.pth"):
        install(model, source=other)
    unet.write_bytes(content[:-1])
    with pytest.raises(ModelError, match=r"bytes; the published musetalkV15/unet.pth has"):
        install(model, source=other)
    assert not store.is_installed(model.id)


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


@pytest.mark.parametrize("style", ["torch", "pickle"])
def test_a_pickle_that_is_more_than_tensors_is_refused_and_never_run(tmp_path, musetalk_folder, style):
    mark, folder = tmp_path / "it ran", tmp_path / "given"
    write_musetalk(folder)
    unet = folder / "musetalkV15" / "unet.pth"
    content = {**musetalk_tensors(), "extra": Bomb(mark)}
    if style == "torch":
        torch.save(content, unet)
    else:
        unet.write_bytes(pickle.dumps(content))
    with pytest.raises(ModelError, match=r"holds more than tensors, and is not opened") as caught:
        install(MODELS["musetalk-1.5"], source=folder, own_weights=True)
    assert str(unet) in caught.value.message
    assert not mark.exists()
    assert not store.is_installed("musetalk-1.5")
    torch.load(unet, weights_only=False) if style == "torch" else pickle.loads(unet.read_bytes())
    assert mark.exists()  # whoever opens it without care runs it


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"state_dict": {"a": torch.zeros(2), "b": "text"}}, "“b” is no tensor"),
        ([torch.zeros(2)], "no table of tensors"),
        ({}, "no table of tensors"),
    ],
)
def test_pickles_without_a_table_of_tensors_are_refused(tmp_path, content, sentence):
    path = tmp_path / "weights.pt"
    torch.save(content, path)
    with pytest.raises(ModelError, match=sentence):
        tensors_in(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 rubbish", b"rubbish", b"\x80\x04."])
@pytest.mark.parametrize("name", ["weights.pt", "weights.safetensors"])
def test_damaged_files_are_refused_in_one_sentence(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ModelError, match=name):
        tensors_in(path)


def test_a_file_that_is_not_there_is_named(tmp_path, musetalk_folder):
    with pytest.raises(ModelError, match=r"There is no folder"):
        install(MODELS["musetalk-1.5"], source=tmp_path / "nowhere", own_weights=True)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"“unet.pth” of TMElyralab/MuseTalk is not in"):
        install(MODELS["musetalk-1.5"], source=tmp_path / "empty", own_weights=True)


def test_nothing_is_installed_before_the_licence_is_accepted(musetalk_folder, home):
    (home / "models" / "accepted-licences.json").unlink()
    with pytest.raises(ModelError, match=r"licence of MuseTalk 1.5") as caught:
        install(MODELS["musetalk-1.5"], source=musetalk_folder, own_weights=True)
    assert "--accept-licence" in caught.value.hint
    assert not store.model_folder("musetalk-1.5").exists()


def test_options_that_contradict_each_other_are_refused(musetalk_folder):
    model = MODELS["latentsync-1.6"]
    with pytest.raises(ModelError, match=r"--other-weights needs the folder"):
        install(model, own_weights=True)
    for given in ({"own_weights": True, "side": 100}, {"own_weights": True, "side": 0}, {"side": 128}):
        with pytest.raises(ModelError, match=r"pixels is not possible"):
            install(model, source=musetalk_folder, **given)


def test_too_little_room_is_said_before_anything_is_written(home):
    huge = replace(MODELS["musetalk-1.5"].files[0], size=10**15)
    with pytest.raises(ModelError, match=r"1000000\.\d GB are needed|2000000\.\d GB are needed"):
        install(replace(MODELS["musetalk-1.5"], files=(huge,)))
    assert not store.model_folder("musetalk-1.5").exists()


def test_damage_afterwards_is_found_and_removal_leaves_nothing(musetalk_folder):
    made = install(MODELS["musetalk-1.5"], source=musetalk_folder, own_weights=True)
    vae = made.folder / "vae.safetensors"
    content = bytearray(vae.read_bytes())
    content[-1] ^= 1
    vae.write_bytes(content)
    (made.folder / "whisper.safetensors").unlink()
    assert [sentence.rsplit(" ", 4)[-1] for sentence in store.verify("musetalk-1.5")] == [
        "installed.",
        "missing.",
    ]
    with pytest.raises(ModelError, match=r"whisper.safetensors is missing"):
        store.check_present(store.stored("musetalk-1.5"))
    assert store.remove("musetalk-1.5")
    assert not made.folder.exists()
    assert not store.remove("musetalk-1.5")
    with pytest.raises(ModelError, match=r"MuseTalk 1.5 is not installed"):
        store.stored("musetalk-1.5")


@pytest.mark.parametrize(
    "content", ["", "[]", '{"format": 1}', '{"format": 9, "architecture": "musetalk", "side": 1, "is_published": true, "files": {}}',
                '{"format": 1, "architecture": "musetalk", "side": 1, "is_published": true, "files": {"../x": {"size": 1, "sha256": ""}}}']
)  # fmt: skip
def test_a_damaged_description_is_refused(content, home):
    folder = store.model_folder("musetalk-1.5")
    folder.mkdir(parents=True)
    (folder / store.DESCRIPTION).write_text(content)
    with pytest.raises(ModelError, match=r"model.json is (damaged|not of this version)"):
        store.stored("musetalk-1.5")


def test_an_autoencoder_under_former_names_is_renamed():
    tensors = {
        "decoder.mid_block.attentions.0.query.weight": torch.arange(4.0).reshape(2, 2, 1, 1),
        "decoder.mid_block.attentions.0.proj_attn.bias": torch.zeros(2),
        "decoder.conv_in.weight": torch.zeros(1),
    }
    renamed = autoencoder(tensors)
    assert set(renamed) == {
        "decoder.mid_block.attentions.0.to_q.weight", "decoder.mid_block.attentions.0.to_out.0.bias", "decoder.conv_in.weight",
    }  # fmt: skip
    assert renamed["decoder.mid_block.attentions.0.to_q.weight"].shape == (2, 2)


def test_the_pack_is_taken_out_of_its_archive_by_bare_names_and_checked(tmp_path):
    archive = tmp_path / "given" / "buffalo_l.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as held:
        for name in (*PACK, "genderage.onnx", "../../escaped.onnx"):
            held.writestr(f"buffalo_l/{name}", name)
    model = as_published(MODELS["insightface-buffalo_l"], archive.parent)
    with pytest.raises(ModelError, match=r"det_10g.onnx in .* is not the published one"):
        install(model, source=archive.parent)
    made = install(model, source=archive.parent, own_weights=True)
    assert {p.name for p in made.folder.iterdir()} == {*PACK, store.DESCRIPTION}
    assert (made.folder / "det_10g.onnx").read_text() == "det_10g.onnx"

    loose = tmp_path / "loose" / "buffalo_l"
    loose.mkdir(parents=True)
    for name in PACK:
        (loose / name).write_text("loose")
    made = install(model, source=tmp_path / "loose", own_weights=True)
    assert (made.folder / "w600k_r50.onnx").read_text() == "loose"
    with zipfile.ZipFile(archive, "w") as held:
        held.writestr("det_10g.onnx", "")
    with pytest.raises(ModelError, match=r"holds no w600k_r50.onnx"):
        install(model, source=archive.parent, own_weights=True)
    archive.write_bytes(b"no zip")
    with pytest.raises(ModelError, match=r"is no zip archive"):
        install(model, source=archive.parent, own_weights=True)


def test_unused_tensors_do_not_count(tmp_path):
    save_file({"decoder.x": torch.zeros(1)}, tmp_path / "model.safetensors")
    from core.model_store.reading import convert

    with pytest.raises(ModelError, match=r"no whisper in it"):
        convert(tmp_path / "model.safetensors", "whisper", tmp_path / "out.safetensors")
    assert not (tmp_path / "out.safetensors").exists()
