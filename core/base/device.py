"""Which device networks run on, proven by running something on it: the one place that asks what cards there are."""

import ctypes
import logging
import multiprocessing
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

from core.base.errors import DeviceError
from core.base.torch_library import is_torch_here

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Device:
    """A device that works for torch, for onnxruntime, or for both.

    Attributes:
        name: ``cpu``, ``cuda:0``, …, ``mps`` or ``directml``.
        torch: torch's name of it; ``cpu`` where torch cannot use it.
        providers: onnxruntime's execution providers for it, best first; the processor's alone where it cannot use it.
    """

    name: str
    torch: str
    providers: tuple[str | tuple[str, dict[str, int]], ...]


_CPU_PROVIDER = "CPUExecutionProvider"
CPU = Device("cpu", "cpu", (_CPU_PROVIDER,))


def resolve_device(name: str) -> Device:
    """The device called `name`; ``auto`` is the best one that works: an NVIDIA card, Apple's, one through DirectML, the processor.

    Raises:
        DeviceError: it is not here, does not work, or is no device's name.
    """
    if name == "auto":
        return next((d for d in (_cuda(0), _mps(), _directml()) if d is not None), CPU)
    if name == "cpu":
        return CPU
    if match := re.fullmatch(r"cuda(?::(\d+))?", name):
        device = _cuda(int(match[1] or 0))
    elif name == "mps":
        device = _mps()
    elif name == "directml":
        device = _directml()
    else:
        raise DeviceError(f"“{name}” is not a device.", hint="Use auto, cpu, cuda:0, mps or directml.")
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


def torch_devices() -> tuple[str, ...]:
    """Every device torch sees, by its own names, whether it works or not; the processor first. Loads torch."""
    import torch

    cards = [f"cuda:{n}" for n in range(torch.cuda.device_count())]
    return ("cpu", *cards, *(("mps",) if torch.backends.mps.is_available() else ()))


def _resolved_name(name: str) -> str:
    return resolve_device(name).name


def _cuda(index: int) -> Device | None:
    name = f"cuda:{index}"
    by_torch = _nvidia_cards() > index and _torch_works(name)
    return _found(name, by_torch, ("CUDAExecutionProvider", {"device_id": index}))


def _mps() -> Device | None:
    return _found("mps", sys.platform == "darwin" and _torch_works("mps"), ("CoreMLExecutionProvider", {}))


def _directml() -> Device | None:
    """Cards of any maker on Windows; torch has no way to them that is kept up."""
    return _found("directml", by_torch=False, provider=("DmlExecutionProvider", {"device_id": 0}))


def _found(name: str, by_torch: bool, provider: tuple[str, dict[str, int]]) -> Device | None:
    by_onnx = _onnx_works(provider[0], provider[1].get("device_id", 0))
    if not by_torch and not by_onnx:
        return None
    best = provider if provider[1] else provider[0]
    return Device(name, name if by_torch else "cpu", (best, _CPU_PROVIDER) if by_onnx else (_CPU_PROVIDER,))


@cache
def _nvidia_cards() -> int:
    """How many cards NVIDIA's driver knows, without loading torch, which takes seconds."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        count = ctypes.c_int()
        return (
            count.value if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 else 0
        )
    except (OSError, AttributeError):
        return 0


@cache
def _torch_works(name: str) -> bool:
    """Whether torch multiplies two matrices there rightly."""
    if not is_torch_here():
        return False
    import torch

    try:
        a = torch.eye(4, device=name) * 2
        return bool(torch.equal((a @ a).cpu(), torch.eye(4) * 4))
    except (
        RuntimeError,
        AssertionError,
    ) as error:  # a build without it, a driver too old, a card that others hold
        logger.info("torch cannot use %s: %s", name, error)
        return False


@cache
def _onnx_works(provider: str, index: int) -> bool:
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
        providers=[(provider, {} if provider.startswith("CoreML") else {"device_id": index})],
    )
    onnxruntime.set_default_logger_severity(2)
    if session.get_providers()[0] != provider:
        logger.info("%s is compiled in but does not start", provider)
        return False
    a = np.eye(4, dtype=np.float32) * 2
    return bool(np.allclose(session.run(None, {"a": a})[0], a @ a))
