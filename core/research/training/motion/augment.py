"""Changes of a log-mel that a recording could have had: level, tone, noise, room, voice size, tempo, band limits.

All of them work on the mel itself, so that a batch costs milliseconds. Values are those of `core.speech.mel`: 8 units for
100 dB.
"""

import torch
from torch import Tensor
from torch.nn import functional

_UNITS_PER_DB = 8.0 / 100.0
_FLOOR = -4.0


def _power(mel: Tensor) -> Tensor:
    return torch.pow(10.0, (mel - _FLOOR) / (_UNITS_PER_DB * 10.0))


def _mel(power: Tensor) -> Tensor:
    return (torch.log10(power.clamp_min(1.0)) * (_UNITS_PER_DB * 10.0) + _FLOOR).clamp(_FLOOR, 4.0)


def _uniform(size: tuple[int, ...], low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.rand(size, generator=generator) * (high - low) + low


def _smooth_curve(rows: int, bands: int, decibels: float, generator: torch.Generator) -> Tensor:
    """(rows, bands) curves through 6 random points of ± `decibels`."""
    knots = _uniform((rows, 1, 6), -decibels, decibels, generator)
    return functional.interpolate(knots, size=bands, mode="linear", align_corners=True)[:, 0]


def _resample_bands(mel: Tensor, factors: Tensor) -> Tensor:
    """Stretches the band axis by `factors` (B,): a longer or shorter vocal tract."""
    bands = mel.shape[2]
    # mel bands are nearly linear below 1 kHz and logarithmic above; a stretch of the index is what VTLP papers use
    position = torch.arange(bands, dtype=torch.float32)[None] * factors[:, None]
    low = position.floor().clamp(0, bands - 1)
    share = (position - low).clamp(0, 1)[:, None]
    low_index = low.long()[:, None].expand(-1, mel.shape[1], -1)
    high_index = (low_index + 1).clamp_max(bands - 1)
    return mel.gather(2, low_index) * (1 - share) + mel.gather(2, high_index) * share


def augment(mel: Tensor, generator: torch.Generator) -> Tensor:
    """A recording-like variation of each row of `mel` (B, 2 S, 80); about one in six stays as it is."""
    rows, frames, bands = mel.shape
    chance = lambda share: (torch.rand((rows, 1, 1), generator=generator) < share).float()  # noqa: E731
    changed = _resample_bands(mel, _uniform((rows,), 0.88, 1.13, generator))
    gain = _uniform((rows, 1, 1), -18.0, 8.0, generator)
    changed = (
        changed + (gain + chance(0.7) * _smooth_curve(rows, bands, 9.0, generator)[:, None]) * _UNITS_PER_DB
    )
    changed = changed.clamp(_FLOOR, 4.0)
    power = _power(changed)

    # A room: each frame leaves a tail that fades 60 dB in 0.15–0.6 s, 6–20 dB below the direct sound.
    fade = torch.pow(10.0, -6.0 / (100.0 * _uniform((rows, 1), 0.15, 0.6, generator)))
    lags = torch.arange(40, dtype=torch.float32)[None]
    kernel = torch.pow(fade, lags) * (lags > 2)
    wet = torch.pow(10.0, -_uniform((rows, 1), 6.0, 20.0, generator) / 10.0) * chance(0.4)[:, 0]
    kernel = (kernel / kernel.sum(1, keepdim=True) * wet).flip(1)
    tail = functional.conv1d(
        functional.pad(power.permute(2, 0, 1), (39, 0)), kernel[:, None], groups=rows
    ).permute(1, 2, 0)
    power = power + tail

    # Noise: steady with a random colour, or another window's speech, 3–40 dB below the loud frames.
    loud = torch.quantile(power.mean(2), 0.9, dim=1)[:, None, None]
    snr = torch.pow(10.0, -_uniform((rows, 1, 1), 3.0, 40.0, generator) / 10.0)
    colour = torch.pow(10.0, _smooth_curve(rows, bands, 12.0, generator)[:, None] / 10.0)
    rough = torch.empty(rows, frames, bands).exponential_(
        generator=generator
    )  # |noise|² is exponentially distributed
    babble = power.roll(1, 0) / torch.quantile(power.roll(1, 0).mean(2), 0.9, dim=1)[:, None, None].clamp_min(
        1.0
    )
    is_babble = chance(0.25)
    noise = (
        loud * snr * torch.where(is_babble > 0, babble * 0.5, colour / colour.mean(2, keepdim=True) * rough)
    )
    power = power + noise * chance(0.6)
    changed = _mel(power)

    # Telephones and old films: nothing below or above some band.
    index = torch.arange(bands)[None, None]
    low = _uniform((rows, 1, 1), 0, 12, generator) * chance(0.15)
    high = bands - _uniform((rows, 1, 1), 0, 26, generator) * chance(0.2)
    changed = torch.where((index >= low) & (index < high), changed, torch.full_like(changed, _FLOOR))
    return torch.where(chance(0.15) > 0, mel, changed)
