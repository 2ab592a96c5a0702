"""Frames in another size, pixel format or colour space."""

import threading
from typing import Any

from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

_of_thread = threading.local()


def converted(frame: VideoFrame, **how: Any) -> VideoFrame:
    """`frame` as `VideoReformatter.reformat` makes it with `how`.

    Never `frame.reformat`: each frame would hold a converter of its own for as long as it is kept, half a megabyte of
    tables whatever its size, and every conversion would build them anew.
    """
    reformatter: VideoReformatter | None = getattr(_of_thread, "reformatter", None)
    if reformatter is None:
        reformatter = _of_thread.reformatter = VideoReformatter()
    return reformatter.reformat(frame, **how)
