"""A film with its faces drawn in: boxes, names, lips and outline. For looking at, not for editing."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from core.base.errors import MediaError
from core.base.whole_file import written_whole
from core.face_geometry.landmark_sets import FACE_OVAL, LEFT_EYE, LIPS_INNER, LIPS_OUTER, RIGHT_EYE
from core.face_geometry.track import FaceTrack
from core.faces.analysis import Analysis
from core.media.picture import frame_to_rgb
from core.media.reader import VideoReader

LONGEST_SIDE = 1280
# Told apart by the colour-blind as well (Okabe and Ito's set).
COLOURS = ((86, 180, 233), (230, 159, 0), (0, 158, 115), (240, 228, 66), (213, 94, 0), (204, 121, 167))
TIME_BASE = Fraction(1, 90000)


def draw_faces(rgb: np.ndarray, tracks: tuple[FaceTrack, ...], frame: int) -> np.ndarray:
    """A copy of the picture with the faces of `tracks`, all of which cover `frame`."""
    picture = rgb.copy()
    for track in tracks:
        index = track.index_of(frame)
        number = int(str(track.person).lstrip("P") or 1)
        is_bridged = track.quality[index] <= 0
        colour = (128, 128, 128) if is_bridged else COLOURS[(number - 1) % len(COLOURS)]
        x0, y0, x1, y1 = np.round(track.boxes[index]).astype(int).tolist()
        cv2.rectangle(picture, (x0, y0), (x1, y1), colour, 2, cv2.LINE_AA)
        yaw, pitch, _ = track.pose[index]
        label = f"{track.person} ({track.id})  yaw {yaw:+.0f}  pitch {pitch:+.0f}"
        scale = max(picture.shape[0] / 1080, 0.4)
        cv2.putText(
            picture, label, (x0, max(y0 - 6, 12)), cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 1, cv2.LINE_AA
        )
        points = np.round(np.asarray(track.landmarks[index])[:, :2] * 16).astype(np.int32)
        for ring in (FACE_OVAL, LIPS_OUTER, LIPS_INNER, LEFT_EYE, RIGHT_EYE):
            cv2.polylines(picture, [points[list(ring)]], True, colour, 1, cv2.LINE_AA, shift=4)
    return picture


def write_preview(
    source: Path, analysis: Analysis, target: Path, *, progress: Callable[[int, int], None] | None = None
) -> None:
    """Writes `target` (H.264, no sound): `source` with its faces drawn in, at most 1280 pixels long.

    Raises:
        MediaError: the target cannot be written.
    """
    try:
        with (
            written_whole(target, "The preview") as beside,
            VideoReader(source) as reader,
            av.open(str(beside), "w") as output,
        ):
            _encode(reader, analysis, output, progress)
    except (ValueError, av.error.FFmpegError) as error:
        raise MediaError(
            f"The preview “{target}” cannot be written: {error}.",
            hint="Choose a name ending in .mp4 in a folder you may write to.",
        ) from error


def _encode(
    reader: VideoReader,
    analysis: Analysis,
    output: av.container.OutputContainer,
    progress: Callable[[int, int], None] | None,
) -> None:
    video = reader.info.video
    if video is None:
        raise MediaError(f"“{reader.info.path}” has no video stream.")
    scale = min(LONGEST_SIDE / max(analysis.width, analysis.height), 1.0)
    size = (round(analysis.width * scale / 2) * 2, round(analysis.height * scale / 2) * 2)
    stream = output.add_stream("libx264", rate=25, options={"crf": "20", "preset": "veryfast"})
    stream.width, stream.height, stream.pix_fmt = size[0], size[1], "yuv420p"
    stream.codec_context.time_base = TIME_BASE
    for decoded in reader.frames():
        rgb = frame_to_rgb(decoded.frame, video.colour, video.rotation, fast=True)
        drawn = draw_faces(rgb, analysis.tracks_at(decoded.number), decoded.number)
        if scale < 1:
            drawn = np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.uint8)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(drawn[: size[1], : size[0]]))
        frame.pts, frame.time_base = round(decoded.time / TIME_BASE), TIME_BASE
        output.mux(stream.encode(frame))
        if progress is not None:
            progress(decoded.number + 1, reader.frame_count)
    output.mux(stream.encode(None))


def contact_sheet(
    source: Path, analysis: Analysis, *, columns: int = 4, rows: int = 2, width: int = 400
) -> np.ndarray:
    """(H, W, 3) uint8 RGB: pictures spread evenly over the film, faces drawn in."""
    numbers = np.linspace(0, analysis.frame_count - 1, columns * rows).round().astype(int)
    height = round(width * analysis.height / analysis.width)
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    with VideoReader(source) as reader:
        for place, number in enumerate(numbers.tolist()):
            drawn = draw_faces(reader.rgb(number, fast=True), analysis.tracks_at(number), number)
            y, x = divmod(place, columns)
            sheet[y * height : (y + 1) * height, x * width : (x + 1) * width] = cv2.resize(
                drawn, (width, height), interpolation=cv2.INTER_AREA
            )
    return sheet
