"""Where torch's networks are put and in which numbers; what a card would do is told by construction, for there is none here."""

import pytest
import torch
from torch import nn

from core.base.device import CPU, Device
from core.base.precision import (
    PRECISE,
    Place,
    channels_last,
    halved,
    let_go,
    most_memory_on_card,
    place_on,
    processor,
    put,
    sent,
    wait_for,
)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(8, 16, 3, padding=1),
        nn.GroupNorm(4, 16),
        nn.SiLU(),
        nn.Conv2d(16, 8, 3),
        nn.Flatten(),
        nn.Linear(512, 3),
    )


def test_a_device_that_torch_cannot_use_means_the_processor_for_it():
    directml = Device("directml", "cpu", ("DmlExecutionProvider", "CPUExecutionProvider"))
    assert place_on(directml) == place_on(CPU) == processor()
    assert processor().is_processor


def test_half_the_size_is_tried_once(monkeypatch):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    assert processor() == PRECISE
    half = halved(PRECISE)
    assert half == Place(torch.device("cpu"), torch.bfloat16)
    assert halved(half) is None
    assert halved(Place(torch.device("mps"), torch.float32)).dtype == torch.float16
    assert str(half) == "the processor in bfloat16"
    assert str(Place(torch.device("cuda:1"), torch.float32)) == "cuda:1 in float32"


def test_kernels_turned_in_memory_compute_the_same(network):
    pictures = torch.randn(4, 8, 10, 10)
    with torch.inference_mode():
        wanted = network(pictures)
        channels_last(network)
        kernels = [p for p in network.parameters() if p.ndim == 4]
        assert all(p.is_contiguous(memory_format=torch.channels_last) for p in kernels)
        assert not any(p.is_contiguous() for p in kernels)
        assert torch.allclose(network(pictures), wanted, atol=1e-5)


def test_films_have_kernels_of_five_axes_that_stay_as_they_are():
    network = nn.Conv3d(3, 4, 3)
    before = network.weight.stride()
    channels_last(network)
    assert network.weight.stride() == before


def test_what_is_put_on_the_processor_stays_as_it_lay(network):
    pictures = torch.randn(2, 8, 10, 10)
    wanted = network(pictures)
    assert put(network, PRECISE) is network
    assert torch.equal(network(pictures), wanted)
    assert all(p.is_contiguous() for p in network.parameters())
    short = Place(torch.device("cpu"), torch.bfloat16)
    put(network, short)
    assert {p.dtype for p in network.parameters()} == {torch.bfloat16}
    assert torch.allclose(network(pictures.bfloat16()).float(), wanted, atol=0.05)


def test_what_is_sent_arrives_as_it_was():
    numbers = torch.arange(6, dtype=torch.uint8)
    assert torch.equal(sent(numbers, Place(torch.device("cpu"), torch.bfloat16)), numbers)
    wait_for(PRECISE)
    let_go(PRECISE)
    assert most_memory_on_card(PRECISE) == 0
