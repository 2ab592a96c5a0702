"""LSE-D, LSE-C and offset of a face in a film: by SyncNet's own weights when a user has them, or by a scorer of ours."""

from pathlib import Path

import cv2
import numpy as np
from scipy.signal import medfilt

from core.base.errors import SettingsError
from core.face_geometry.track import FaceTrack
from core.lip_engine import FrameSource
from core.scorer.embeddings import FaceEmbeddings, SpeechEmbeddings
from core.scorer.lse import LseFigures, lse_of_scorer, usable_frames
from core.scorer.segments import nearest_rows
from core.speech.mel import SAMPLE_RATE

FPS = 25
_MEDIAN = 13  # frames; of the boxes, as in syncnet_python
_MARGIN = 0.4
_GREY = (110, 110, 110)


def syncnet_crops(source: FrameSource, track: FaceTrack, times: np.ndarray) -> np.ndarray:
    """(N, 224, 224, 3) uint8 RGB at 25 fps, cut as syncnet_python cuts: 0.4 of the box more to the sides and below.

    Args:
        source: the film's pictures.
        track: the face.
        times: (track.frame_count,) float64 seconds of its frames.
    """
    from core.scorer.syncnet import PICTURE_SIZE

    boxes = np.asarray(track.boxes, np.float64)
    half = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) / 2
    window = min(_MEDIAN, len(boxes) - 1 + len(boxes) % 2)
    half, x, y = (
        medfilt(values, window)
        for values in (half, (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2)
    )
    rows = nearest_rows(times, np.arange(times[0], times[-1] + 1e-6, 1 / FPS))
    crops = []
    for row in rows.tolist():
        side = half[row] * 2 * (1 + _MARGIN)
        left, top = x[row] - side / 2, y[row] - half[row]
        scale = PICTURE_SIZE / side
        matrix = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
        crops.append(
            cv2.warpAffine(
                source.rgb(track.first_frame + row),
                matrix,
                (PICTURE_SIZE, PICTURE_SIZE),
                flags=cv2.INTER_AREA,
                borderValue=_GREY,
            )
        )
    return np.stack(crops)


def lse_by_syncnet(
    weights: Path, source: FrameSource, track: FaceTrack, times: np.ndarray, voice: np.ndarray
) -> LseFigures:
    """The figures by the published network.

    Args:
        weights: ``syncnet_v2.model``, converted beside itself to ``.safetensors`` the first time, or that file.
        source: the film's pictures.
        track: the face.
        times: (track.frame_count,) float64 seconds of its frames on the voice's clock.
        voice: (N,) float32 mono 16 kHz.

    Raises:
        ModelError: the file is not SyncNet's.
        SettingsError: the face is shown too briefly.
    """
    from core.scorer.syncnet import convert_weights, load_syncnet, syncnet_figures

    converted = weights if weights.suffix == ".safetensors" else weights.with_suffix(".safetensors")
    if not converted.is_file():
        convert_weights(weights, converted)
    heard = voice[max(0, round(float(times[0]) * SAMPLE_RATE)) :]
    seconds = float(times[-1] - times[0])
    if usable_frames(int(seconds * FPS) + 1, len(heard)) == 0:
        raise SettingsError(f"Face {track.id} is shown for {seconds:.1f} s: too short for LSE.")
    return syncnet_figures(load_syncnet(converted), syncnet_crops(source, track, times), heard)


def lse_by_scorer(faces: FaceEmbeddings, speech: SpeechEmbeddings) -> LseFigures:
    """The figures by our own SyncNet-type network, which are not comparable with published ones.

    Raises:
        SettingsError: the face and the voice have no moment in common.
    """
    try:
        return lse_of_scorer(faces, speech)
    except ValueError as error:
        raise SettingsError("There is no sound while the face is shown: no LSE.") from error
