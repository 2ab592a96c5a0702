"""Which device the engine uses, proven by running something on it."""

import logging
import multiprocessing
import re
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

from core.base.errors import DeviceError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Device:
    """A device that works.

    Attributes:
        name: ``cpu``, ``cuda:0``, … or ``mps``; also torch's name of it.
        providers: onnxruntime's execution providers for it, best first.
    """

    name: str
    providers: tuple[str | tuple[str, dict[str, int]], ...]


CPU = Device("cpu", ("CPUExecutionProvider",))


def resolve_device(name: str) -> Device:
    """The device called `name`; ``auto`` is the best one that works.

    Raises:
        DeviceError: it is not here, does not work, or is no device's name.
    """
    if name == "auto":
        return next((d for d in (_cuda(0), _mps()) if d is not None), CPU)
    if name == "cpu":
        return CPU
    if match := re.fullmatch(r"cuda(?::(\d+))?", name):
        device = _cuda(int(match[1] or 0))
    elif name == "mps":
        device = _mps()
    else:
        raise DeviceError(f"“{name}” is not a device.", hint="Use auto, cpu, cuda:0 or mps.")
    if device is None:
        raise DeviceError(
            f"The device {name} was asked for, but it is not here or does not work.",
            hint="Use --device auto or --device cpu; “unisync doctor” shows what was found.",
        )
    return device


def device_name_apart(name: str) -> str:
    """The name of `resolve_device`, found out by another process: this one does not load the inference libraries.

    Raises:
        DeviceError: as `resolve_device`.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(_resolved_name, name).result()


def _resolved_name(name: str) -> str:
    return resolve_device(name).name


def _cuda(index: int) -> Device | None:
    provider = ("CUDAExecutionProvider", {"device_id": index})
    return Device(f"cuda:{index}", (provider, "CPUExecutionProvider")) if _works(provider[0], index) else None


def _mps() -> Device | None:
    return (
        Device("mps", ("CoreMLExecutionProvider", "CPUExecutionProvider"))
        if _works("CoreMLExecutionProvider", 0)
        else None
    )


@cache
def _works(provider: str, index: int) -> bool:
    """Whether one real matrix product runs there; onnxruntime falls back to the CPU without saying so."""
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper

    if provider not in onnxruntime.get_available_providers():
        return False
    matrix = helper.make_tensor_value_info("a", TensorProto.FLOAT, [4, 4])
    product = helper.make_tensor_value_info("b", TensorProto.FLOAT, [4, 4])
    graph = helper.make_graph([helper.make_node("MatMul", ["a", "a"], ["b"])], "probe", [matrix], [product])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # a missing CUDA library is an answer here, not something to print
    onnxruntime.set_default_logger_severity(4)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(),
        options,
        providers=[(provider, {"device_id": index} if "CUDA" in provider else {})],
    )
    onnxruntime.set_default_logger_severity(2)
    if session.get_providers()[0] != provider:
        logger.info("%s is compiled in but does not start", provider)
        return False
    a = np.eye(4, dtype=np.float32) * 2
    return bool(np.allclose(session.run(None, {"a": a})[0], a @ a))
