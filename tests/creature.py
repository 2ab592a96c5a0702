"""A film of a drawn creature with a mouth but no eyes, in which no face is found."""

from pathlib import Path

import av

from tests.core.takes.test_mouth_points import Creature


def write_creature(path: Path, frames: int = 30) -> Path:
    """The creature's first frames at 25 a second, without sound."""
    creature = Creature()
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "10", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for frame in range(frames):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(creature.rgb(frame), "rgb24")))
        out.mux(stream.encode(None))
    return path
