"""``unisync doctor``: what this computer has, proven by using it, and what to do about each problem."""

import argparse
import importlib.metadata
import platform
import sys
from collections.abc import Callable

from core.base.torch_library import NAMES, is_torch_here
from core.base.version import program_version

PACKAGES = (
    "PySide6-Essentials",
    "torch",
    "diffusers",
    "transformers",
    "opencv-python",
    "av",
    "numpy",
    "onnxruntime-gpu",
    "onnxruntime",
    "ai-edge-litert",
    "insightface",
)
CODECS = (
    "libx264",
    "libx265",
    "prores_ks",
    "dnxhd",
    "ffv1",
    "aac",
    "h264_nvenc",
    "hevc_nvenc",
    "h264_videotoolbox",
    "h264_qsv",
)
REQUIRED_CODECS = ("libx264", "prores_ks", "dnxhd", "ffv1", "aac")


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb to the command line."""
    parser = verbs.add_parser("doctor", help="check versions, devices, codecs and models")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prints one line a fact; returns 0 when nothing needs mending, else 2."""
    print(f"UniSync Studio {program_version()}, Python {platform.python_version()}, {platform.platform()}")
    problems = [problem for check in (_packages, _devices, _codecs, _models) for problem in check()]
    print()
    for problem in problems:
        print(f"PROBLEM  {problem}")
    if not problems:
        print("Everything that is needed is here.")
    return 2 if problems else 0


def _packages() -> list[str]:
    problems = []
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    for name, version in found.items():
        if version:
            print(f"package  {name} {version}")
    runtimes = [name for name in ("onnxruntime-gpu", "onnxruntime") if found[name]]
    if len(runtimes) != 1:
        problems.append(
            f"{len(runtimes)} variants of onnxruntime are installed. Delete .venv and run installer/studio.py again."
        )
    problems += [
        f"{name} is not installed. Run installer/studio.py again."
        for name, v in found.items()
        if not v and "onnxruntime" not in name and name not in NAMES
    ]
    if not found["torch"]:
        print("package  torch is not installed: own-mouth works without it; “unisync torch” installs it")
    if (
        found["PySide6-Essentials"]
        and found["PySide6-Essentials"].startswith("6.12.0")
        and sys.version_info < (3, 12)
    ):
        problems.append(
            "PySide6 6.12.0 aborts on this Python. Run installer/studio.py again to get the locked version."
        )
    return problems


def _devices() -> list[str]:
    return [problem for probe in (_torch_kernel, _onnx_kernel) for problem in _report(probe)]


def _report(probe: Callable[[], list[str]]) -> list[str]:
    try:
        for line in probe():
            print(f"device   {line}")
    except (ImportError, RuntimeError, OSError) as exc:
        return [f"{probe.__name__.strip('_').replace('_', ' ')} failed: {exc}"]
    return []


def _torch_kernel() -> list[str]:
    """One real kernel on every device torch sees, compared with the CPU's answer."""
    if not is_torch_here():
        return []
    import torch

    from core.base.device import torch_devices

    a = torch.randn(64, 64, generator=torch.Generator().manual_seed(0))
    lines = []
    for device in torch_devices():
        if not torch.allclose((a.to(device) @ a.to(device)).cpu(), a @ a, atol=1e-3):
            raise RuntimeError(f"{device} multiplies matrices wrongly; update its driver")
        name = (
            torch.cuda.get_device_name(device)
            if device.startswith("cuda")
            else platform.processor() or platform.machine()
        )
        lines.append(f"torch {device} ({name}) works")
    return lines


def _onnx_kernel() -> list[str]:
    import onnxruntime

    from core.base.models import MODELS, SHIPPED_MODELS
    from core.base.onnx_network import open_network

    shipped = [
        name for spec in MODELS.values() if spec.shipped for name, _ in spec.files if name.endswith(".onnx")
    ]
    if not shipped:
        return [f"onnxruntime offers {', '.join(onnxruntime.get_available_providers())}"]
    session = open_network(SHIPPED_MODELS / shipped[0], threads=1)
    return [f"onnxruntime runs {shipped[0]} with {', '.join(session.get_providers())}"]


def _codecs() -> list[str]:
    import av

    here = {name: name in av.codecs_available for name in CODECS}
    print(f"codecs   {', '.join(name for name, found in here.items() if found)}")
    return [
        f"The video library lacks {name}; exports with it will be refused."
        for name in REQUIRED_CODECS
        if not here[name]
    ]


def _models() -> list[str]:
    from app.model_install import is_installed
    from core.base.models import MODELS

    problems = []
    for spec in MODELS.values():
        if is_installed(spec):
            print(f"model    {spec.id}: {spec.title} ({spec.licence})")
        else:
            problems.append(f"The model “{spec.title}” is missing or damaged. Run “unisync models install”.")
    return problems
