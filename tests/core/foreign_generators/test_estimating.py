"""What an engine will take, told beforehand."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from core.base.precision import processor
from core.foreign_generators.autoencoder import autoencoder_like
from core.foreign_generators.estimating import WORK, estimate, operations_a_second, work_of
from core.foreign_generators.listening import encoder_like
from core.foreign_generators.tbdub_hearing import hubert_like
from core.foreign_generators.tbdub_network import TBDubShape, TBDubTransformer
from core.foreign_generators.tbdub_video import video_autoencoder_like
from core.foreign_generators.unet import latentsync_unet, musetalk_unet
from core.model_store.catalogue import ENGINES, MODELS


def counted(work):
    """Operations in 10¹²."""
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        work()
    return counter.get_total_flops() / 1e12


def parameters(*networks):
    return sum(p.numel() for network in networks for p in network.parameters())


@pytest.fixture(scope="module")
def pictures():
    """Operations of encoding and decoding one picture, by side; and the network."""
    with torch.device("meta"):
        network = autoencoder_like({}).eval()
        made = {
            side: (
                counted(lambda side=side: network.encode(torch.zeros(1, 3, side, side))),
                counted(lambda side=side: network.decode(torch.zeros(1, 4, side // 8, side // 8))),
            )
            for side in (256, 512)
        }
    return made, network


def test_musetalks_work_is_counted(pictures):
    made, autoencoder = pictures
    with torch.device("meta"):
        unet, ear = musetalk_unet().eval(), encoder_like({})
        now = torch.zeros(1, dtype=torch.long)
        step = counted(
            lambda: unet(torch.zeros(1, 8, 32, 32), now, encoder_hidden_states=torch.zeros(1, 50, 384))
        )
    work = WORK["musetalk"][256]
    encode, decode = made[256]
    assert work.fixed == pytest.approx(13 * encode + 10 * decode, rel=1e-3)
    assert work.step == pytest.approx(12 * step, rel=1e-3)
    assert work.parameters == pytest.approx(parameters(unet, ear, autoencoder), rel=1e-3)


@pytest.mark.parametrize("side", [256, 512])
def test_latentsyncs_work_is_counted(pictures, side):
    made, autoencoder = pictures
    with torch.device("meta"):
        unet, ear = latentsync_unet().eval(), encoder_like({})
        given = torch.zeros(1, 13, 16, side // 8, side // 8)
        now = torch.zeros(1, dtype=torch.long)
        step = counted(lambda: unet(given, now, encoder_hidden_states=torch.zeros(16, 50, 384)))
    work = WORK["latentsync"][side]
    encode, decode = made[side]
    assert work.fixed == pytest.approx(17 * encode + 12 * decode, rel=1e-3)
    assert work.step == pytest.approx(2 * step, rel=1e-3)
    assert work.parameters == pytest.approx(parameters(unet, ear, autoencoder), rel=1e-3)


def test_tbdubs_work_is_counted():
    """Of fewer layers and latent frames than there are, for counting all takes a minute: the more of both cost the same each."""
    with torch.device("meta"):
        network, films, ear = TBDubTransformer(), video_autoencoder_like({}).eval(), hubert_like({})
        latents = torch.zeros(1, 48, 20, 32, 32)
        heard, text = torch.zeros(1, 20, 8, 4096), torch.zeros(1, 512, 4096)
        one, two = (
            counted(
                lambda n=n: TBDubTransformer(TBDubShape(layers=n))(
                    latents, latents, heard, text, torch.zeros(1)
                )
            )
            for n in (1, 2)
        )
        step = one + 29 * (two - one)
        five, nine = (counted(lambda n=n: films.encode(torch.zeros(1, 3, n, 512, 512))) for n in (5, 9))
        second, third = (counted(lambda n=n: films.decode(latents[:, :, :n])) for n in (2, 3))
        fixed = five + 18 * (nine - five) + five + second + 18 * (third - second)
    work = WORK["tbdub"][512]
    assert work.fixed == pytest.approx(fixed, rel=1e-3)
    assert work.step == pytest.approx(step, rel=1e-3)
    assert work.parameters == pytest.approx(parameters(network, films, ear), rel=1e-3)


@pytest.mark.parametrize("name", ENGINES)
def test_each_engine_can_be_told_beforehand_from_one_kernel(name):
    told, work = estimate(name, "cpu"), work_of(MODELS[name])
    assert told.final == pytest.approx(work.each_second(work.final) * 1e12 / operations_a_second(processor()))
    assert told.draft <= told.final
    assert told.memory > work.parameters
    assert told.device == "cpu"
    assert operations_a_second(processor()) > 1e8
