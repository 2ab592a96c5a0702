"""SyncNet (Chung and Zisserman, “Out of time: automated lip sync in the wild”, 2016) for users who have its weights.

The network is rebuilt from the paper so that the published ``syncnet_v2.model`` fits it; no weights come with the program.
`convert_weights` turns that file into safetensors once, reading tensors only.
"""

import os
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from scipy.fft import dct
from torch import Tensor, nn

from core.base.errors import ModelError
from core.base.tensors import check_shapes, check_values, read_tensors
from core.scorer.lse import LseFigures, lse, usable_frames
from core.speech.mel import SAMPLE_RATE

PICTURE_SIZE = 224
_FRAMES, _CEPSTRA, _STEPS = 5, 13, 20
_STEPS_PER_FRAME = 4
_WINDOW, _HOP, _FFT, _FILTERS, _LIFTER = 400, 160, 512, 26, 22
_AT_ONCE = 16
_LARGEST = 512 * 2**20  # bytes; the published file has 54 MB
_HINT = "It must be syncnet_v2.model."


class SyncNet(nn.Module):
    """Lip (B, 3, 5, 224, 224) and sound (B, 1, 13, 20) segments to 1024 numbers each."""

    def __init__(self) -> None:
        super().__init__()
        # Module names and positions are those of the published file.
        self.netcnnaud = nn.Sequential(
            *_block2d(1, 64, 3, 1), nn.MaxPool2d(1, 1),
            *_block2d(64, 192, 3, 1), nn.MaxPool2d(3, (1, 2)),
            *_block2d(192, 384, 3, 1), *_block2d(384, 256, 3, 1), *_block2d(256, 256, 3, 1), nn.MaxPool2d(3, 2),
            *_block2d(256, 512, (5, 4), 0),
        )  # fmt: skip
        self.netfcaud = _head()
        self.netfclip = _head()
        self.netcnnlip = nn.Sequential(
            *_block3d(3, 96, (5, 7, 7), (1, 2, 2), 0), nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_block3d(96, 256, (1, 5, 5), (1, 2, 2), (0, 1, 1)), nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
            *_block3d(256, 256, (1, 3, 3), 1, (0, 1, 1)), *_block3d(256, 256, (1, 3, 3), 1, (0, 1, 1)),
            *_block3d(256, 256, (1, 3, 3), 1, (0, 1, 1)), nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_block3d(256, 512, (1, 6, 6), 1, 0),
        )  # fmt: skip

    def lips(self, pictures: Tensor) -> Tensor:
        """(B, 1024) of (B, 3, 5, 224, 224) BGR values 0 … 255."""
        return self.netfclip(self.netcnnlip(pictures).flatten(1))

    def sound(self, cepstra: Tensor) -> Tensor:
        """(B, 1024) of (B, 1, 13, 20) cepstra."""
        return self.netfcaud(self.netcnnaud(cepstra).flatten(1))


def _block2d(inputs: int, outputs: int, kernel: int | tuple[int, int], padding: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, kernel, padding=padding), nn.BatchNorm2d(outputs), nn.ReLU()


def _block3d(
    inputs: int,
    outputs: int,
    kernel: tuple[int, int, int],
    stride: int | tuple[int, int, int],
    padding: int | tuple[int, int, int],
) -> tuple[nn.Module, ...]:
    return nn.Conv3d(inputs, outputs, kernel, stride, padding), nn.BatchNorm3d(outputs), nn.ReLU()


def _head() -> nn.Sequential:
    return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 1024))


def convert_weights(source: Path, target: Path) -> None:
    """Writes the published weights as safetensors; nothing but tensors is read from the file.

    Raises:
        ModelError: the file is not SyncNet's state.
    """
    what = f"The file {source} does not hold SyncNet's weights"
    try:
        if not source.is_file() or source.stat().st_size > _LARGEST:
            raise ModelError(
                f"The file {source} cannot be read as weights: it is no file of their size.", hint=_HINT
            )
        state = torch.load(source, map_location="cpu", weights_only=True)
    except ModelError:
        raise
    except Exception as error:
        said = (str(error).splitlines() or [""])[0] or type(error).__name__
        raise ModelError(f"The file {source} cannot be read as weights: {said[:200]}", hint=_HINT) from error
    wanted = SyncNet().state_dict()
    if not isinstance(state, dict) or not all(
        isinstance(name, str) and type(value) is Tensor and value.layout == torch.strided
        for name, value in state.items()
    ):
        raise ModelError(f"{what}.", hint=_HINT)
    shapes = {name: tuple(value.shape) for name, value in state.items()}
    check_shapes(
        shapes,
        {name: tuple(value.shape) for name, value in wanted.items()},
        error=ModelError,
        what=what,
        hint=_HINT,
    )
    check_values(state, wanted, error=ModelError, what=what, hint=_HINT)
    partial = target.with_name(f".{target.name}.part")
    try:
        save_file({name: value.clone().contiguous() for name, value in state.items()}, partial)
        os.replace(partial, target)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"The converted weights cannot be written to {target}: {error}.") from error
    finally:
        partial.unlink(missing_ok=True)


def load_syncnet(path: Path) -> SyncNet:
    """SyncNet with the weights of a file of `convert_weights`, in evaluation mode.

    Raises:
        ModelError: they do not fit.
    """
    network = SyncNet()
    what = f"The file {path} does not hold SyncNet's weights"
    network.load_state_dict(
        read_tensors([path], network.state_dict(), error=ModelError, what=what, hint=_HINT)
    )
    return network.eval()


def cepstra(voice: np.ndarray) -> np.ndarray:
    """(13, T) mel cepstra of `voice` ((N,) float32 mono 16 kHz), 100 a second.

    The settings of python_speech_features' defaults, which the published weights were trained with: 25 ms rectangular
    windows every 10 ms on 16-bit values, 26 filters to 8 kHz, lifter 22, the first number replaced by the log energy.
    """
    samples = np.asarray(voice, np.float64) * 32768.0
    emphasised = np.append(samples[:1], samples[1:] - 0.97 * samples[:-1])
    count = 1 if len(samples) <= _WINDOW else 1 + -(-(len(samples) - _WINDOW) // _HOP)
    padded = np.zeros((count - 1) * _HOP + _WINDOW)
    padded[: len(emphasised)] = emphasised[: len(padded)]
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    power = np.abs(np.fft.rfft(windows, _FFT)) ** 2 / _FFT
    tiny = np.finfo(float).eps
    energy = np.maximum(power.sum(axis=1), tiny)
    bands = np.log(np.maximum(power @ _filters().T, tiny))
    values = dct(bands, type=2, axis=1, norm="ortho")[:, :_CEPSTRA]
    values *= 1 + _LIFTER / 2 * np.sin(np.pi * np.arange(_CEPSTRA) / _LIFTER)
    values[:, 0] = np.log(energy)
    return values.T


def _filters() -> np.ndarray:
    top = 2595 * np.log10(1 + SAMPLE_RATE / 2 / 700)
    hertz = 700 * (10 ** (np.linspace(0, top, _FILTERS + 2) / 2595) - 1)
    bins = np.floor((_FFT + 1) * hertz / SAMPLE_RATE).astype(int)
    filters = np.zeros((_FILTERS, _FFT // 2 + 1))
    for row in range(_FILTERS):
        left, middle, right = bins[row : row + 3]
        filters[row, left:middle] = (np.arange(left, middle) - left) / max(middle - left, 1)
        filters[row, middle:right] = (right - np.arange(middle, right)) / max(right - middle, 1)
    return filters


@torch.inference_mode()
def syncnet_figures(network: SyncNet, pictures: np.ndarray, voice: np.ndarray) -> LseFigures:
    """LSE-D, LSE-C and offset of one face.

    Args:
        network: with the published weights.
        pictures: (F, 224, 224, 3) uint8 RGB face crops at 25 fps.
        voice: (N,) float32 mono 16 kHz, its first sample at the first picture.
    """
    frames = usable_frames(len(pictures), len(voice))
    if frames == 0:
        raise ValueError(f"{len(pictures)} pictures and {len(voice)} samples are too few for SyncNet")
    heard = cepstra(voice)
    lips, sounds = [], []
    for start in range(0, frames, _AT_ONCE):
        rows = range(start, min(start + _AT_ONCE, frames))
        seen = np.stack([pictures[row : row + _FRAMES, :, :, ::-1].transpose(3, 0, 1, 2) for row in rows])
        lips.append(network.lips(torch.from_numpy(seen.astype(np.float32))))
        windows = [heard[:, row * _STEPS_PER_FRAME : row * _STEPS_PER_FRAME + _STEPS] for row in rows]
        sounds.append(network.sound(torch.from_numpy(np.stack(windows)[:, None].astype(np.float32))))
    return lse(torch.cat(lips).numpy(), torch.cat(sounds).numpy())
