"""A face drawn from the mean face, real enough for the networks: no picture of anybody is needed."""

import av
import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.landmark_sets import (
    LEFT_EYE,
    LEFT_EYEBROW,
    LIPS_INNER,
    LIPS_OUTER,
    RIGHT_EYE,
    RIGHT_EYEBROW,
)

SKIN, LIP, HAIR = np.array([205, 160, 135]), np.array([170, 85, 85]), (60, 40, 30)


def face_points(centre, unit, *, yaw=0.0, pitch=0.0, roll=0.0, opening=0.0, length=1.0):
    """(468, 3) source pixels of the drawn face; `unit` pixels between the outer eye corners, `length` stretches it."""
    points = canonical_face().points.copy()
    middle = points[list(LIPS_INNER), 1].mean()
    below = np.clip((points[:, 1] - middle) / 0.1, 0, 1) * (np.abs(points[:, 0]) < 0.55)
    points[:, 1] += below * opening
    points[:, 1] *= length
    # Signs as in FaceTrack.pose: yaw to the picture's right, pitch up, roll clockwise.
    rotation = (
        Rotation.from_euler("z", roll, degrees=True)
        * Rotation.from_euler("y", -yaw, degrees=True)
        * Rotation.from_euler("x", -pitch, degrees=True)
    )
    return rotation.apply(points) * unit + (*centre, 0)


def draw_face(picture, points, *, skin=SKIN, lip=LIP, beard=False):
    """Draws the face into `picture` (H, W, 3) uint8 RGB, in place."""
    face = canonical_face()
    flat = np.round(points[:, :2] * 16).astype(np.int32)
    oval = cv2.convexHull(flat)[:, 0]
    centre = points[168, :2]
    unit = float(np.linalg.norm(points[263, :2] - points[33, :2]))
    hair = (int(centre[0] * 16), int((centre[1] + 0.05 * unit) * 16))
    cv2.ellipse(
        picture, hair, (int(0.95 * unit * 16), int(1.2 * unit * 16)), 0, 0, 360, HAIR, -1, cv2.LINE_AA, 4
    )
    neck = points[152, :2]
    cv2.rectangle(
        picture,
        (int(neck[0] - 0.4 * unit), int(neck[1] - 0.3 * unit)),
        (int(neck[0] + 0.4 * unit), int(neck[1] + 0.6 * unit)),
        [int(v * 0.75) for v in skin],
        -1,
    )
    cv2.fillPoly(picture, [oval], [int(v * 0.9) for v in skin], cv2.LINE_AA, 4)
    a, b, c = (points[face.triangles[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    light = np.clip(0.62 + 0.4 * (normals @ (-0.25, -0.45, 0.85)) * np.sign(normals[:, 2]), 0.3, 1.1)
    for index in np.argsort(-(a + b + c)[:, 2]):
        colour = np.clip(skin * light[index], 0, 255)
        cv2.fillConvexPoly(picture, flat[face.triangles[index]], colour.tolist(), cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(picture, (0, 0), max(unit * 0.02, 0.5))
    region = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(region, [oval], 255, cv2.LINE_8, 4)
    picture[region > 0] = soft[region > 0]
    if beard:
        for hairy in (
            (164, 167, 92, 186, 57, 212, 214, 135, 136, 150, 149, 176, 148, 152),
            (193, 417, 285, 55),
        ):
            both = [*hairy, *canonical_face().mirror[list(hairy)]]
            cv2.fillPoly(picture, [cv2.convexHull(flat[both])[:, 0]], HAIR, cv2.LINE_AA, 4)
    cv2.fillPoly(picture, [flat[list(LIPS_OUTER)]], [int(v) for v in lip], cv2.LINE_AA, 4)
    cv2.fillPoly(picture, [flat[list(LIPS_INNER)]], (50, 15, 15), cv2.LINE_AA, 4)
    for brow in (RIGHT_EYEBROW, LEFT_EYEBROW):
        cv2.fillPoly(picture, [cv2.convexHull(flat[list(brow)])[:, 0]], HAIR, cv2.LINE_AA, 4)
    for eye in (RIGHT_EYE, LEFT_EYE):
        cv2.fillPoly(picture, [flat[list(eye)]], (235, 235, 230), cv2.LINE_AA, 4)
        middle = flat[list(eye)].mean(axis=0).astype(int)
        cv2.circle(picture, middle.tolist(), int(0.055 * unit * 16), (60, 40, 20), -1, cv2.LINE_AA, 4)
        cv2.polylines(
            picture, [flat[list(eye)]], True, (40, 25, 20), max(int(unit * 0.012), 1), cv2.LINE_AA, 4
        )
    for nostril in (98, 327):
        place = (flat[nostril] * 0.75 + flat[2] * 0.25).astype(int).tolist()
        cv2.circle(picture, place, int(0.03 * unit * 16), (90, 50, 45), -1, cv2.LINE_AA, 4)


def background(width, height, seed=0):
    """A quiet (height, width, 3) uint8 background."""
    generator = np.random.default_rng(seed)
    small = generator.integers(70, 150, (6, 8, 3)).astype(np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def write_film(path, pictures, *, rate=25):
    """Writes (H, W, 3) uint8 pictures as H.264."""
    with av.open(str(path), "w") as output:
        stream = None
        for picture in pictures:
            if stream is None:
                stream = output.add_stream("libx264", rate=rate, options={"crf": "14", "preset": "ultrafast"})
                stream.width, stream.height, stream.pix_fmt = picture.shape[1], picture.shape[0], "yuv420p"
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        output.mux(stream.encode(None))
    return path


def talking(count, *, size=(320, 240), centre=(160, 100), unit=52, seed=0, sway=6.0, length=1.0, **look):
    """`count` pictures of a face that sways and opens its mouth, with its true points."""
    for number in range(count):
        picture = background(*size, seed=seed)
        points = face_points(
            (centre[0] + sway * np.sin(number / 6), centre[1]),
            unit,
            yaw=6 * np.sin(number / 9),
            opening=0.12 * (1 - np.cos(number / 2)),
            length=length,
        )
        draw_face(picture, points, **look)
        yield picture, points
