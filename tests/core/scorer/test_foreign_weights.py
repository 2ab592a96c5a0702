"""SyncNet files, configurations and calibrations that are damaged or were made to harm: one sentence, nothing written."""

import io
import pickle
import random
import zipfile

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.base.errors import AppError, ModelError, SettingsError
from core.base.models import SHIPPED_MODELS
from core.scorer.config import config_from_json, load_config
from core.scorer.curve import Calibration, load_calibration, save_calibration
from core.scorer.syncnet import SyncNet, convert_weights, load_syncnet


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("published") / "syncnet_v2.model"
    torch.save(SyncNet().state_dict(), path)
    return path


def refused(path, tmp_path):
    with pytest.raises(ModelError) as caught:
        convert_weights(path, tmp_path / "out.safetensors")
    assert "\n" not in str(caught.value)
    assert not [each for each in tmp_path.iterdir() if "out.safetensors" in each.name]


class Evil:
    def __reduce__(self):
        return (open, ("/tmp/never-written", "w"))


def saved(value):
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def strange_state(change):
    state = SyncNet().state_dict()
    change(state)
    return saved(state)


FIRST = "netcnnaud.0.weight"


@pytest.mark.parametrize(
    "content",
    [
        lambda: b"",
        lambda: b"\x80",
        lambda: b"\x80\x02}q\x00.",
        lambda: b"PK\x05\x06" + b"\0" * 18,
        lambda: pickle.dumps({"a": 1}),
        lambda: pickle.dumps(Evil()),
        lambda: saved(Evil()),
        lambda: saved(None),
        lambda: saved([torch.zeros(1)]),
        lambda: saved({1: torch.zeros(1)}),
        lambda: saved({"a": "b"}),
        lambda: strange_state(lambda s: s.pop(FIRST)),
        lambda: strange_state(lambda s: s.update(extra=torch.zeros(1))),
        lambda: strange_state(lambda s: s.update({FIRST: torch.zeros(64, 1, 3, 2)})),
        lambda: strange_state(lambda s: s.update({FIRST: s[FIRST] * float("nan")})),
        lambda: strange_state(lambda s: s.update({FIRST: s[FIRST].to(torch.int64)})),
        lambda: strange_state(lambda s: s.update({FIRST: s[FIRST].to_sparse()})),
    ],
)
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "x.model").write_bytes(content())
    refused(tmp_path / "x.model", tmp_path)


def test_damaged_files_are_refused_or_are_the_same(published, tmp_path):
    """Seeded damage, most of it in the parts that say what there is: it may not pass as something else."""
    content = published.read_bytes()
    with zipfile.ZipFile(published) as archive:
        places = [info.header_offset for info in archive.infolist()]
    draw = random.Random(0)
    path = tmp_path / "x.model"
    for _ in range(40):
        damaged = bytearray(content)
        for _ in range(draw.randint(1, 8)):
            place = draw.choice(places) if draw.random() < 0.5 else draw.choice([0, len(content) - 9000])
            damaged[min(place + draw.randrange(9000), len(content) - 1)] = draw.randrange(256)
        path.write_bytes(damaged[: draw.randrange(len(damaged))] if draw.random() < 0.3 else damaged)
        try:
            convert_weights(path, tmp_path / "out.safetensors")
        except ModelError as error:
            assert "\n" not in str(error)  # noqa: PT017 - others must come out
            continue
        assert all(torch.isfinite(t).all() for t in load_file(tmp_path / "out.safetensors").values())
    assert not list(tmp_path.glob(".*part"))


@pytest.mark.parametrize("name", ["missing.model", "."])
def test_what_is_no_file_is_refused(tmp_path, name):
    refused(tmp_path / name, tmp_path)


def test_converted_weights_are_checked_again(tmp_path):
    for content in (b"", b"\xff" * 8, b"\x10\0\0\0\0\0\0\0{}"):
        (tmp_path / "x.safetensors").write_bytes(content)
        with pytest.raises(ModelError):
            load_syncnet(tmp_path / "x.safetensors")
    save_file({"a": torch.zeros(1)}, tmp_path / "x.safetensors")
    with pytest.raises(ModelError, match="is missing"):
        load_syncnet(tmp_path / "x.safetensors")
    with pytest.raises(ModelError):
        load_syncnet(tmp_path / "none.safetensors")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "{}",
        '{"visual_tower": 1, "audio_tower": 2}',
        "[" * 99_999,
        '{"visual_tower": {"preprocessing": 3}}',
    ],
)
def test_no_scorer_is_configured_by_something_else(tmp_path, text):
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(SettingsError, match="does not fit"):
        load_config(tmp_path / "c.json")
    (tmp_path / "c.json").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_config(tmp_path / "c.json")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"bias": "x"}',
        '{"bias": NaN}',
        '{"bias": [1]}',
        '{"weights": 1}',
        '{"weights": [1, 2]}',
        '{"colour": 1}',
        '{"bias": true}',
        '{"bias": 1e999}',
    ],
)
def test_no_calibration_is_made_of_something_else(tmp_path, text):
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(AppError):
        load_calibration(tmp_path / "c.json")
    save_calibration(tmp_path / "c.json", Calibration(bias=1.5))
    assert load_calibration(tmp_path / "c.json") == Calibration(bias=1.5)


def test_a_configurations_odd_names_do_not_break_the_sentence():
    shipped = (SHIPPED_MODELS / "sync-scorer-a-landmarks.json").read_text("utf-8")
    text = shipped.replace("{", '{"\\n\\n": 1,', 1)
    with pytest.raises(SettingsError, match="does not fit") as refusal:
        config_from_json(text)
    assert "\n" not in refusal.value.message
