"""Things before the mouth, with exact masks: microphone, cup, subtitle, hand, strands of hair."""

import cv2
import numpy as np

from core.face_geometry.landmark_sets import INNER_LIP_MIDDLES
from core.face_geometry.measures import eye_distance

OCCLUDERS = ("microphone", "cup", "subtitle", "hand", "hair")


def occlude(frames: np.ndarray, landmarks: np.ndarray, kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`frames` (F, S, S, 3) uint8 with one occluder drawn over them, and its masks (F, S, S) uint8 0/255.

    The occluder stays near the mouth of `landmarks` (F, 468, 3), drifts, and sometimes leaves it free.
    """
    rng = np.random.default_rng([seed, 501])
    size = frames.shape[1]
    count = len(frames)
    mouth = landmarks[:, list(INNER_LIP_MIDDLES), :2].mean(axis=1)
    eye = float(np.median(eye_distance(landmarks)))
    anchor = (
        mouth if kind in ("hand", "hair") else np.repeat(mouth.mean(axis=0, keepdims=True), count, axis=0)
    )
    phase, speed = rng.uniform(0, 2 * np.pi), rng.uniform(0.02, 0.08)
    drift = np.stack(
        [np.cos(phase + speed * np.arange(count)), np.sin(0.7 * phase + speed * np.arange(count))], axis=1
    )
    at = anchor + drift * eye * rng.uniform(0.1, 0.45) + rng.normal(0, 0.25, 2) * eye
    colour = tuple(float(v) for v in rng.uniform(20, 200, 3))
    if kind == "hand":
        colour = tuple(float(v) for v in np.array([225, 170, 140]) * rng.uniform(0.35, 1.0))
    covered, masks = [], []
    for frame, place in zip(frames, at, strict=True):
        layer = np.zeros((size, size, 4), np.uint8)
        _draw(layer, kind, place, eye, colour, seed)
        alpha = cv2.GaussianBlur(layer[..., 3].astype(np.float32) / 255, (0, 0), 0.6)[..., None]
        covered.append((frame * (1 - alpha) + layer[..., :3] * alpha + 0.5).astype(np.uint8))
        masks.append(((alpha[..., 0] > 0.1) * 255).astype(np.uint8))
    return np.stack(covered), np.stack(masks)


def _draw(
    layer: np.ndarray, kind: str, place: np.ndarray, eye: float, colour: tuple[float, ...], seed: int
) -> None:
    size = layer.shape[0]
    x, y = (float(v) for v in place)
    dark, light = tuple(0.6 * c for c in colour), tuple(min(255.0, 1.25 * c) for c in colour)

    def disc(
        cx: float, cy: float, rx: float, ry: float, paint: tuple[float, ...], angle: float = 0.0
    ) -> None:
        box = ((cx, cy), (2 * rx, 2 * ry), angle)
        cv2.ellipse(layer, box, (*paint, 255.0), -1, cv2.LINE_AA)

    def bar(x0: float, y0: float, x1: float, y1: float, width: float, paint: tuple[float, ...]) -> None:
        ends = ((round(x0), round(y0)), (round(x1), round(y1)))
        cv2.line(layer, *ends, (*paint, 255.0), max(1, round(width)), cv2.LINE_AA)

    if kind == "microphone":
        y += 0.45 * eye
        bar(x, y, x + 0.3 * eye, size + eye, 0.28 * eye, dark)
        disc(x, y, 0.33 * eye, 0.36 * eye, (60.0, 60.0, 65.0))
        for k in range(-3, 4):
            bar(x + 0.09 * k * eye, y - 0.3 * eye, x + 0.09 * k * eye, y + 0.3 * eye, 1, (95.0, 95.0, 100.0))
    elif kind == "cup":
        w, h = 0.5 * eye, 0.75 * eye
        outline = np.array([[x - w, y], [x + w, y], [x + 0.8 * w, y + 2 * h], [x - 0.8 * w, y + 2 * h]])
        cv2.fillPoly(layer, [np.round(outline).astype(np.int32)], (*colour, 255.0), cv2.LINE_AA)
        disc(x, y, w, 0.16 * eye, light)
    elif kind == "subtitle":
        words = ("AND THEN WE LAUGHED", "nobody knew", "- Where? - Here.", "LIVE")[seed % 4]
        scale = size / 256 * 0.55
        (width, height), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_DUPLEX, scale, 1)
        origin = (round(size / 2 - width / 2), round(min(y + height, size - 4)))
        cv2.putText(layer, words, origin, cv2.FONT_HERSHEY_DUPLEX, scale, (10, 10, 10, 255), 3, cv2.LINE_AA)
        cv2.putText(
            layer, words, origin, cv2.FONT_HERSHEY_DUPLEX, scale, (245, 245, 240, 255), 1, cv2.LINE_AA
        )
    elif kind == "hand":
        disc(x + 0.75 * eye, y + 0.75 * eye, 0.55 * eye, 0.65 * eye, colour, -35)
        for k in range(4):
            tip = (x - 0.35 * eye + 0.05 * k * eye, y - 0.15 * eye + 0.27 * k * eye)
            bar(x + 0.6 * eye, y + (0.45 + 0.14 * k) * eye, *tip, 0.24 * eye, dark)
            bar(x + 0.6 * eye, y + (0.44 + 0.14 * k) * eye, *tip, 0.21 * eye, colour)
    else:
        rng = np.random.default_rng([seed, 502])
        for _ in range(14):
            x0 = x + rng.normal(-0.3, 0.25) * eye
            steps = np.linspace(0, 1, 12)
            bend = rng.normal(0, 0.35)
            path = np.stack([x0 + (0.4 + bend * steps) * steps * eye, y + (3.2 * steps - 2.2) * eye], axis=1)
            paint = tuple(0.3 * c * rng.uniform(0.7, 1.3) for c in colour)
            cv2.polylines(layer, [np.round(path).astype(np.int32)], False, (*paint, 255.0), 1, cv2.LINE_AA)
