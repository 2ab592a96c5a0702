"""How much memory this process has needed, and whether it was too little."""

import os
import sys

_WANTING = (
    "can't allocate memory",  # torch on the processor
    "out of memory",  # torch on Apple's cards, CUDA's own libraries
    "Insufficient memory",  # OpenCV
    "Failed to allocate memory",  # onnxruntime
)


def peak_memory_bytes() -> int:
    """The most memory this process has had."""
    if os.name == "nt":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource  # Windows has none

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` is a want of memory, as Python, numpy, torch (of the processor or a card), OpenCV and onnxruntime say it."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, Exception) and any(words in str(error) for words in _WANTING)


def free_memory() -> int:
    """Bytes that this computer can still give."""
    import psutil

    return int(psutil.virtual_memory().available)
