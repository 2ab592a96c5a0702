from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from core.base.device import CPU, device_name_apart, resolve_device
from core.base.errors import DeviceError


def test_auto_is_a_device_that_runs_a_model():
    device = resolve_device("auto")
    assert device.providers[-1] == "CPUExecutionProvider"
    assert resolve_device(device.name) == device


def test_cpu_is_always_there():
    assert resolve_device("cpu") is CPU


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "tpu", ""])
def test_what_is_no_device_is_refused(name):
    with pytest.raises(DeviceError, match="is not a device"):
        resolve_device(name)


def test_a_device_that_is_absent_is_refused_and_the_way_out_named():
    with pytest.raises(DeviceError, match="not here or does not work") as caught:
        resolve_device("cuda:97")
    assert "--device cpu" in caught.value.hint


def test_probing_leaves_onnxruntime_usable():
    resolve_device("auto")
    assert "CPUExecutionProvider" in onnxruntime.get_available_providers()
    assert np.eye(2).sum() == 2


def test_another_process_finds_the_same_device():
    assert device_name_apart("auto") == resolve_device("auto").name


def test_another_process_refuses_in_the_same_words():
    with pytest.raises(DeviceError, match="not here or does not work") as caught:
        device_name_apart("cuda:97")
    assert "--device cpu" in caught.value.hint


@pytest.mark.parametrize("name", ["mps", "directml", "cuda:0"])
def test_every_kind_of_card_is_known_and_refused_where_there_is_none(name):
    if resolve_device("auto").name == name:
        assert resolve_device(name).providers[-1] == "CPUExecutionProvider"
        return
    with pytest.raises(DeviceError, match=f"The device {name} was asked for, but it is not here"):
        resolve_device(name)


SOURCES = [path for room in ("core", "app") for path in (Path(__file__).parents[3] / room).rglob("*.py")]


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ("InferenceSession(", {"device.py", "onnx_network.py"}),
        ("SessionOptions()", {"device.py", "onnx_network.py"}),
        ("ExecutionProvider", {"device.py"}),
        ("torch.cuda.", {"device.py", "precision.py", "doctor.py"}),
        ("torch.mps.", {"precision.py"}),
        ("torch.backends.", {"device.py"}),
    ],
)
def test_one_place_asks_for_cards_and_opens_networks(words, where):
    """Training (`core/research`) opens what it has just written by itself."""
    said = {
        path.name for path in SOURCES if words in path.read_text("utf-8") and "research" not in path.parts
    }
    assert said <= where
