"""Opening ONNX networks: the one place that says how onnxruntime uses the processor or a card."""

from pathlib import Path

import onnxruntime

from core.base.device import CPU, Device


def session_options(threads: int) -> onnxruntime.SessionOptions:
    """For `threads` threads in one network, 0 for as many as there are cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Threads that wait by spinning take the processor from those that work: on a busy one, ten times the time.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def open_network(path: Path, *, threads: int, device: Device = CPU) -> onnxruntime.InferenceSession:
    """The network in `path`. Those of this program are so small that a graphics card would only add a copy, so the processor is
    what they run on.

    Raises:
        onnxruntime's own errors: it is missing or damaged.
    """
    return onnxruntime.InferenceSession(str(path), session_options(threads), providers=list(device.providers))
