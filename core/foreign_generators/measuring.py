"""How fast a published generator is on this machine, and what memory it takes: each of its networks once, at full size.

The weights need not be here: without them the same networks are filled with random numbers, which cost the same. What a film needs
of each network is then added up, as `core.foreign_generators.estimating` counts it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from core.base.device import resolve_device
from core.base.precision import Place, most_memory_on_card, place_on, put, sent, wait_for
from core.foreign_generators.autoencoder import LatentPictures, autoencoder_like
from core.foreign_generators.installed import painter_of
from core.foreign_generators.latentsync import LatentSync
from core.foreign_generators.listening import SAMPLE_RATE, Listener, encoder_like
from core.foreign_generators.musetalk import MuseTalk
from core.foreign_generators.painter import MouthPainter, PaintSettings
from core.foreign_generators.tbdub import KEPT, TBDub
from core.foreign_generators.tbdub_hearing import HubertListener, hubert_like
from core.foreign_generators.tbdub_network import TBDubShape, TBDubTransformer
from core.foreign_generators.tbdub_video import FRAMES_A_LATENT, LatentFilms, video_autoencoder_like
from core.foreign_generators.unet import latentsync_unet, musetalk_unet
from core.model_store import store
from core.model_store.catalogue import PublishedModel

Network = TypeVar("Network", bound=nn.Module)
Result = TypeVar("Result")

FILM_RATE = 25
_PICTURES = 2  # encoded and decoded to know what one costs
_HEARD_S = 4
MEASURED_BY_PART = ("tbdub",)
"""Architectures of whose network only a part is measured where their weights are not here."""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by the clock and of the processor."""

    seconds: float
    processor: float

    def __add__(self, other: "Took") -> "Took":
        return Took(self.seconds + other.seconds, self.processor + other.processor)

    def __sub__(self, other: "Took") -> "Took":
        return Took(max(self.seconds - other.seconds, 0.0), max(self.processor - other.processor, 0.0))

    def __mul__(self, times: float) -> "Took":
        return Took(self.seconds * times, self.processor * times)


@dataclass(frozen=True, slots=True)
class Parts:
    """What one window takes, and how much of the network was looked at.

    Attributes:
        fixed: encoding and decoding.
        step: one step of the sampler, with guidance where there is any.
        missing_bytes: of weights that the whole network would hold beside those it was measured with.
        note: what was measured instead of the whole; "" where it was the whole.
    """

    fixed: Took
    step: Took
    missing_bytes: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an engine costs here.

    Attributes:
        model: its id.
        has_weights: whether its own weights were used rather than random ones.
        device, precision: where and in what it ran.
        final, draft: for a second of film at 25 frames a second.
        card_memory: bytes at most on a graphics card, 0 without one.
        missing_bytes, note: see `Parts`.
        hearing: for a second of sound; part of `final` and `draft`.
        parts: of one window.
    """

    model: str
    has_weights: bool
    device: str
    precision: str
    final: Took
    draft: Took
    card_memory: int
    missing_bytes: int
    note: str
    hearing: Took
    parts: Parts


@torch.inference_mode()
def measure(model_id: str, device_name: str = "auto") -> Cost:
    """Runs each network of the engine once and reckons what a second of film costs.

    Raises:
        ModelError: there is no such model, or it is installed and damaged.
        DeviceError: the device is not here.
    """
    model, place = store.known(model_id), place_on(resolve_device(device_name))
    has_weights = store.is_installed(model_id)
    painter = painter_of(store.stored(model_id)) if has_weights else _random(model, place.dtype)
    painter.move(place)
    voice = np.random.default_rng(0).normal(0, 0.1, _HEARD_S * SAMPLE_RATE).astype(np.float32)
    hearing, heard = _timed(place, lambda: painter.hear(voice))
    hearing = hearing * (1 / _HEARD_S)
    speech = sent(heard.at(np.arange(painter.grid.length) / FILM_RATE).to(place.dtype), place)
    if isinstance(painter, MuseTalk):
        parts = _musetalk(painter, speech)
    elif isinstance(painter, LatentSync):
        parts = _latentsync(painter, speech)
    else:
        assert isinstance(painter, TBDub)
        parts = _tbdub(painter, is_whole=has_weights)
    final, draft = (
        hearing
        + (parts.fixed + parts.step * _settings(painter, is_draft=is_draft).steps)
        * (FILM_RATE / painter.grid.step)
        for is_draft in (False, True)
    )
    return Cost(
        model_id,
        has_weights,
        str(place.device),
        place.precision,
        final,
        draft,
        most_memory_on_card(place),
        parts.missing_bytes,
        parts.note,
        hearing,
        parts,
    )


def _settings(painter: MouthPainter, *, is_draft: bool) -> PaintSettings:
    return painter.settings(is_draft=is_draft, articulation=1.0, seed=0)


def _timed(place: Place, work: Callable[[], Result]) -> tuple[Took, Result]:
    if not place.is_processor:  # the first one also chooses kernels
        work()
        wait_for(place)
    began, processor = time.perf_counter(), time.process_time()
    result = work()
    wait_for(place)
    return Took(time.perf_counter() - began, time.process_time() - processor), result


def _picture(painter: MuseTalk | LatentSync) -> tuple[Took, Took]:
    """Encoding one picture and decoding one."""
    place, side = painter.place, painter.size
    pictures = sent(torch.rand(_PICTURES, 3, side, side) * 2 - 1, place)
    encoding, latents = _timed(place, lambda: painter.pictures_to_latents(pictures))
    decoding, _ = _timed(place, lambda: painter.pictures(latents))
    return encoding * (1 / _PICTURES), decoding * (1 / _PICTURES)


def _musetalk(painter: MuseTalk, speech: Tensor) -> Parts:
    encoding, decoding = _picture(painter)
    place, cells, count = painter.place, painter.size // painter.factor, len(speech)
    given = sent(torch.randn(count, 8, cells, cells).to(place.dtype), place)
    now = torch.zeros(1, dtype=torch.long, device=place.device)
    step, _ = _timed(place, lambda: painter.unet(given, now, encoder_hidden_states=speech))
    return Parts(encoding * (count + 1) + decoding * painter.grid.step, step)


def _latentsync(painter: LatentSync, speech: Tensor) -> Parts:
    encoding, decoding = _picture(painter)
    place, cells, count = painter.place, painter.size // painter.factor, len(speech)
    given = sent(torch.randn(1, 13, count, cells, cells).to(place.dtype), place)
    now = torch.ones(1, dtype=torch.long, device=place.device)
    step, _ = _timed(place, lambda: painter.unet(given, now, encoder_hidden_states=speech))
    return Parts(encoding * (count + 1) + decoding * painter.grid.step, step * 2)  # with speech and without


def _tbdub(painter: TBDub, *, is_whole: bool) -> Parts:
    """Of the film a first picture and the four after it, as often as a clip holds those; of the network, where its weights are not
    here, one layer and two of thirty: whole it would fill 15 GB with random numbers.
    """
    place, clip = painter.place, painter.clip
    more = (clip - 1) // FRAMES_A_LATENT
    film = sent(torch.rand(1, 3, 1 + FRAMES_A_LATENT, painter.size, painter.size) * 2 - 1, place)
    one, _ = _timed(place, lambda: painter.films.encode(film[:, :, :1]))
    two, latents = _timed(place, lambda: painter.films.encode(film))
    encoding = one + (two - one) * more + two  # the clip, and what it begins with
    one, _ = _timed(place, lambda: painter.films.decode(latents[:, :, :1]))
    two, _ = _timed(place, lambda: painter.films.decode(latents))
    fixed = encoding + one + (two - one) * more

    shape = painter.network.shape
    rows, columns = latents.shape[-2:]
    noisy = sent(torch.randn(1, shape.channels, more + 1, rows, columns).to(place.dtype), place)
    heard = torch.zeros(1, more + 1, 8, shape.speech, dtype=place.dtype, device=place.device)
    text = torch.zeros(1, 512, shape.text, dtype=place.dtype, device=place.device)
    level = torch.ones(1, device=place.device)

    def step(network: TBDubTransformer) -> Took:
        return _timed(place, lambda: network(noisy, noisy, heard, text, level, kept=KEPT))[0]

    if is_whole:
        return Parts(fixed, step(painter.network))
    layers = TBDubShape().layers
    first = step(painter.network)
    block = painter.network.blocks[0]
    painter.network.blocks.append(put(_filled(type(block)(shape), place.dtype), place))
    each = step(painter.network) - first
    missing = (layers - 2) * sum(p.numel() * p.element_size() for p in block.parameters())
    return Parts(fixed, first + each * (layers - 1), missing, f"its network by one layer of {layers}")


def _random(model: PublishedModel, dtype: torch.dtype) -> MouthPainter:
    if model.architecture == "tbdub":
        with torch.device("meta"):
            network, films, ear = (
                TBDubTransformer(TBDubShape(layers=1)),
                video_autoencoder_like({}),
                hubert_like({}),
            )
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
