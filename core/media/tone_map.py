"""HDR pictures made fit for an SDR screen, by a curve that can be run backwards.

A face is generated in SDR; pasting it into an HDR film needs the inverse of the very curve that was used to show it.
So the curve is simple and invertible: extended Reinhard (Reinhard et al. 2002, eq. 4) on the largest of R, G, B, around
the reference white of 203 cd/m2 that ITU-R BT.2408 gives for both PQ and HLG.
"""

from functools import lru_cache

import cv2
import numpy as np

from core.media.colour import TRANSFER_HLG

REFERENCE_WHITE = 203.0  # cd/m2, BT.2408
_PEAK = (
    1000.0 / REFERENCE_WHITE
)  # what maps to full SDR white; HLG's nominal peak and the usual PQ mastering peak

# BT.2087: linear BT.2020 to BT.709.
_TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
_TO_2020 = np.linalg.inv(_TO_709).astype(np.float32)

_LUMA_2020 = (0.2627, 0.6780, 0.0593)

# SMPTE ST 2084
_M1, _M2, _C1, _C2, _C3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
# ARIB STD-B67
_HLG_A, _HLG_B, _HLG_C = 0.17883277, 0.28466892, 0.55991073
_HLG_GAMMA = 1.2  # system gamma at 1000 cd/m2 (BT.2100)


def hdr_to_sdr(rgb: np.ndarray, transfer: int) -> np.ndarray:
    """(..., 3) float32 BT.709 R'G'B' in 0..1 from PQ or HLG coded BT.2020 R'G'B' in 0..1."""
    light = _hlg_to_light(rgb) if transfer == TRANSFER_HLG else _pq_to_light(rgb)
    light = np.maximum(light @ _TO_709.T, 0)
    peak = light.max(axis=-1, keepdims=True)
    scale = (1 + peak / _PEAK**2) / (1 + peak)
    return np.clip(light * scale, 0, 1) ** np.float32(1 / 2.4)


def picture_to_sdr(picture: np.ndarray, transfer: int) -> np.ndarray:
    """As `hdr_to_sdr` for a whole picture, by tables: (H, W, 3) uint8 from (H, W, 3) uint16 over its full range."""
    light = np.take(_light_table(transfer), picture)
    if transfer == TRANSFER_HLG:
        luma = cv2.transform(light, np.array([_LUMA_2020], np.float32))
        light *= (np.maximum(luma, 1e-6) ** np.float32(_HLG_GAMMA - 1) * np.float32(_PEAK))[..., None]
    light = np.maximum(cv2.transform(light, _TO_709), 0)
    peak = light.max(axis=2)
    light *= ((1 + peak * np.float32(1 / _PEAK**2)) / (1 + peak))[..., None]
    # The table runs over the square root: over light itself its first steps would be several code values high.
    steps = np.sqrt(np.minimum(light, 1)) * np.float32(65535) + np.float32(0.5)
    return np.take(_shown_table(), steps.astype(np.uint16))


def quick_picture_to_sdr(picture: np.ndarray, transfer: int) -> np.ndarray:
    """As `picture_to_sdr` for playback: (H, W, 3) uint8 from uint8, by one table of 64 steps a channel."""
    coarse = (picture >> 2).astype(np.int32)
    index = (coarse[..., 0] << 12) | (coarse[..., 1] << 6) | coarse[..., 2]
    return np.take(_cube(transfer), index, axis=0)


@lru_cache(maxsize=2)
def _cube(transfer: int) -> np.ndarray:
    steps = ((np.arange(64, dtype=np.float32) * 4 + 1.5) * 257).astype(np.uint16)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    return picture_to_sdr(grid.reshape(64, 64 * 64, 3), transfer).reshape(-1, 3)


@lru_cache(maxsize=4)
def _light_table(transfer: int) -> np.ndarray:
    coded = np.linspace(0, 1, 65536, dtype=np.float32)
    return _hlg_to_scene(coded) if transfer == TRANSFER_HLG else _pq_to_light(coded)


@lru_cache(maxsize=1)
def _shown_table() -> np.ndarray:
    return np.rint(np.linspace(0, 1, 65536) ** (2 / 2.4) * 255).astype(np.uint8)


def sdr_to_hdr(rgb: np.ndarray, transfer: int) -> np.ndarray:
    """The inverse of `hdr_to_sdr` for colours inside BT.709."""
    shown = np.clip(rgb, 0, 1).astype(np.float32) ** np.float32(2.4)
    peak = shown.max(axis=-1, keepdims=True)
    # y = x (1 + x / p^2) / (1 + x), solved for x
    half = (1 - peak) / 2
    original = _PEAK**2 * (np.sqrt(half**2 + peak / _PEAK**2) - half)
    light = shown * np.where(peak > 1e-6, original / np.maximum(peak, 1e-6), 1)
    light = np.maximum(light @ _TO_2020.T, 0)
    return _light_to_hlg(light) if transfer == TRANSFER_HLG else _light_to_pq(light)


def _pq_to_light(coded: np.ndarray) -> np.ndarray:
    root = np.clip(coded, 0, 1).astype(np.float32) ** np.float32(1 / _M2)
    linear = (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** np.float32(1 / _M1)
    return linear * np.float32(10000 / REFERENCE_WHITE)


def _light_to_pq(light: np.ndarray) -> np.ndarray:
    power = np.clip(light * np.float32(REFERENCE_WHITE / 10000), 0, 1) ** np.float32(_M1)
    return ((_C1 + _C2 * power) / (1 + _C3 * power)) ** np.float32(_M2)


def _hlg_to_scene(coded: np.ndarray) -> np.ndarray:
    coded = np.clip(coded, 0, 1).astype(np.float32)
    return np.where(coded <= 0.5, coded**2 / 3, (np.exp((coded - _HLG_C) / _HLG_A) + _HLG_B) / 12)


def _hlg_to_light(coded: np.ndarray) -> np.ndarray:
    scene = _hlg_to_scene(coded)
    luma = scene @ np.array(_LUMA_2020, np.float32)
    return scene * np.maximum(luma, 1e-6)[..., None] ** np.float32(_HLG_GAMMA - 1) * np.float32(_PEAK)


def _light_to_hlg(light: np.ndarray) -> np.ndarray:
    display = light / np.float32(_PEAK)
    luma = display @ np.array(_LUMA_2020, np.float32)
    scene = display * np.maximum(luma, 1e-6)[..., None] ** np.float32((1 - _HLG_GAMMA) / _HLG_GAMMA)
    scene = np.clip(scene, 0, 1)
    low = np.sqrt(3 * scene)
    return np.where(scene <= 1 / 12, low, _HLG_A * np.log(np.maximum(12 * scene - _HLG_B, 1e-6)) + _HLG_C)
