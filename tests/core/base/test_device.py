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
