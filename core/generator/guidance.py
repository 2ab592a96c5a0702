"""What steers sampling: noise initialisation, spatio-temporal guidance, latent injection. Plain functions of tensors.

Throughout, sigma in 0..1 is the share of noise: x = (1 - sigma)·x0 + sigma·eps, and the velocity is eps - x0.
"""

import torch
from torch import Tensor


def initial_latents(source: Tensor, noise: Tensor, tau: float) -> Tensor:
    """Progressive noise initialisation: x_init = (1 - tau)·source + tau·noise (OmniSync eq. 5, tau = 0.92)."""
    return (1 - tau) * source + tau * noise


def start_step(sigmas: Tensor, tau: float) -> int:
    """Index of the first step whose sigma is not above `tau`: where sampling begins on `initial_latents`."""
    return int((sigmas > tau).sum())


def guidance_map(height: int, width: int, mouth: tuple[float, float], spread: float, base: float) -> Tensor:
    """(height, width) weights from `base` far from the mouth to 1 at its centre (OmniSync eq. 7, peak divided out).

    The paper multiplies by the peak twice, here and in its eq. 8; the peak belongs to `guidance_scale` alone.

    Args:
        height: of the latents.
        width: of the latents.
        mouth: (x, y) of the mouth's centre in latent pixels.
        spread: standard deviation in latent pixels.
        base: weight far away, 0..1, as a share of the peak.
    """
    y = torch.arange(height, dtype=torch.float32)[:, None] - mouth[1]
    x = torch.arange(width, dtype=torch.float32)[None, :] - mouth[0]
    return base + (1 - base) * torch.exp(-(x**2 + y**2) / (2 * spread**2))


def guidance_scale(sigma: float, peak: float, gamma: float = 1.5) -> float:
    """Strength at noise level `sigma`: peak·(t/T)^gamma (OmniSync eq. 8, gamma = 1.5)."""
    return peak * sigma**gamma


def guided_velocity(without: Tensor, with_speech: Tensor, weights: Tensor, scale: float) -> Tensor:
    """V = v(∅) + (1 + G·w(t))·(v(c) - v(∅)): DS-CFG (OmniSync eq. 9) counted from full conditioning.

    As printed the paper's factor falls to 0 with t, which would drop the speech altogether at the last steps; counting
    from the conditional prediction keeps it, and guidance adds to it.
    """
    return without + (1 + weights * scale) * (with_speech - without)


def inject_source(latents: Tensor, source: Tensor, noise: Tensor, mouth: Tensor, sigma: float) -> Tensor:
    """Temporal-adaptive latent injection: outside the mouth the source at the same noise level (UniSync 2026, Alg. 1).

    Two corrections to the printed algorithm: the path is flow matching's linear one, and `sigma` is that of the *next*
    step, which is where `latents` already are. The same noise is used at every step (X-Dub).

    Args:
        latents: (B, C, T, H, W) after a step.
        source: (B, C, T, H, W) clean.
        noise: (B, C, T, H, W) the noise sampling began with.
        mouth: broadcastable to latents, 1 where the result is wanted.
        sigma: noise level of `latents`.
    """
    return mouth * latents + (1 - mouth) * ((1 - sigma) * source + sigma * noise)


def injects_at(step: int, steps: int, ratio: float) -> bool:
    """Whether source is injected after step number `step` of `steps`: in the first `ratio` of them (0.8 in the paper)."""
    return step < round(ratio * steps)
