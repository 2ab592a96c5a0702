"""How fast a published generator is on this machine, and what memory it takes: one real window, before anybody waits for a film.

The weights need not be here: without them the same networks are filled with random numbers, which cost the same.
"""

import time
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from core.base.device import Device, resolve_device
from core.base.precision import fast_dtype
from core.foreign_generators.autoencoder import LatentPictures, autoencoder_like
from core.foreign_generators.installed import painter_of
from core.foreign_generators.latentsync import LatentSync
from core.foreign_generators.listening import SAMPLE_RATE, Listener, encoder_like
from core.foreign_generators.musetalk import MuseTalk
from core.foreign_generators.painter import MouthPainter
from core.foreign_generators.tbdub import TBDub
from core.foreign_generators.tbdub_hearing import HubertListener, hubert_like
from core.foreign_generators.tbdub_network import TBDubTransformer
from core.foreign_generators.tbdub_video import LatentFilms, video_autoencoder_like
from core.foreign_generators.unet import latentsync_unet, musetalk_unet
from core.model_store import store
from core.model_store.catalogue import PublishedModel

Network = TypeVar("Network", bound=nn.Module)

FILM_RATE = 25


@dataclass(frozen=True, slots=True)
class Cost:
    """What an engine costs here.

    Attributes:
        model: its id.
        has_weights: whether its own weights were used rather than random ones.
        device, precision: where and in what it ran.
        final, draft: seconds of work for a second of film at 25 frames a second.
        card_memory: bytes at most on a graphics card, 0 without one.
        parts: seconds of one window: hearing a second of sound, encoding and decoding, one step of the network.
    """

    model: str
    has_weights: bool
    device: str
    precision: str
    final: float
    draft: float
    card_memory: int
    parts: tuple[float, float, float]


def measure(model_id: str, device_name: str = "auto") -> Cost:
    """Runs one window of the engine and reckons what a second of film costs.

    Raises:
        ModelError: there is no such model, or it is installed and damaged.
        DeviceError: the device is not here.
    """
    model, device = store.known(model_id), resolve_device(device_name)
    has_weights = store.is_installed(model_id)
    painter = painter_of(store.stored(model_id)) if has_weights else _random(model, device)
    painter.to(device.name, fast_dtype(device.name))
    count, side = painter.grid.length, painter.size
    squares = np.random.default_rng(0).integers(0, 256, (count, side, side, 3)).astype(np.uint8)
    voice = np.random.default_rng(0).normal(0, 0.1, 4 * SAMPLE_RATE).astype(np.float32)

    began = time.perf_counter()
    heard = painter.hear(voice)
    speech = heard.at(np.arange(count) / FILM_RATE)
    hearing = (time.perf_counter() - began) / 4

    def window(steps: int) -> tuple[float, torch.Tensor]:
        began = time.perf_counter()
        settings = replace(painter.settings(is_draft=False, articulation=1.0, seed=0), steps=steps)
        latents = painter.latents(squares, squares[:1], speech, settings)
        _wait(device)
        return time.perf_counter() - began, latents

    first, latents = window(1)
    if device.name != "cpu":  # the first one also chose kernels
        first, latents = window(1)
    began = time.perf_counter()
    painter.pictures(latents.transpose(0, 1))
    decoding = time.perf_counter() - began
    final, draft = (
        painter.settings(is_draft=is_draft, articulation=1.0, seed=0).steps for is_draft in (False, True)
    )
    step, fixed = first, 0.0
    if final > 1:
        two, _ = window(2)
        step = max(two - first, 1e-6)
        fixed = max(first - step, 0.0)
    per_second = FILM_RATE / painter.grid.step
    return Cost(
        model_id,
        has_weights,
        device.name,
        str(painter.dtype).removeprefix("torch."),
        hearing + (fixed + final * step) * per_second + decoding * FILM_RATE / count,
        hearing + (fixed + draft * step) * per_second + decoding * FILM_RATE / count,
        _card_memory(device),
        (hearing, fixed + decoding, step),
    )


def _random(model: PublishedModel, device: Device) -> MouthPainter:
    dtype = fast_dtype(device.name)
    if model.architecture == "tbdub":
        with torch.device("meta"):
            network, films, ear = TBDubTransformer(), video_autoencoder_like({}), hubert_like({})
        network, films, ear = _filled(network, dtype), _filled(films, dtype), _filled(ear, dtype)
        context = torch.zeros(1, 512, network.shape.text)
        return TBDub(network, LatentFilms(films), HubertListener(ear), context, model.side)
    with torch.device("meta"):
        unet = musetalk_unet() if model.architecture == "musetalk" else latentsync_unet()
        autoencoder, encoder = autoencoder_like({}), encoder_like({})
    unet, autoencoder, encoder = _filled(unet, dtype), _filled(autoencoder, dtype), _filled(encoder, dtype)
    pictures, listener = LatentPictures(autoencoder), Listener(encoder)
    if model.architecture == "musetalk":
        return MuseTalk(unet, pictures, listener, model.side)
    return LatentSync(unet, pictures, listener, model.side)


def _filled(network: Network, dtype: torch.dtype) -> Network:
    """The network with random weights small enough that nothing overflows."""
    torch.manual_seed(0)
    nn.Module.to(network, dtype=dtype).to_empty(device="cpu")  # in place
    with torch.no_grad():
        for tensor in (*network.parameters(), *network.buffers()):
            if tensor.is_floating_point():
                tensor.normal_(0, 0.02)
            else:
                tensor.zero_()
    return network.eval().requires_grad_(requires_grad=False)


def _wait(device: Device) -> None:
    if device.name.startswith("cuda"):
        torch.cuda.synchronize()


def _card_memory(device: Device) -> int:
    return int(torch.cuda.max_memory_allocated()) if device.name.startswith("cuda") else 0
