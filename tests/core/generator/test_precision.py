import pytest
import torch

from core.base.precision import cast_to, fast_dtype
from core.generator.pyramid import ConvBlock, Pyramid


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"amx_bf16": True, "avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": False, "avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": False, "avx512_bf16": False, "avx2": True}, torch.float32),
        ({}, torch.float32),  # processors of other makers
    ],
)
def test_bfloat16_is_chosen_only_where_the_processor_has_it(monkeypatch, flags, expected):
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: flags)
    assert fast_dtype("cpu") is expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("avx2", torch.float32), ("AVX512_CORE_AMX", torch.bfloat16), ("", torch.bfloat16)],
)
def test_bfloat16_is_not_chosen_where_onednn_may_not_use_it(monkeypatch, limit, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    assert fast_dtype("cpu") is expected


def test_other_devices_are_asked_by_torch(monkeypatch):
    for can, expected in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation, can=can: can)
        assert fast_dtype("cuda:1") is expected
    assert fast_dtype("mps") is torch.float32


def test_networks_are_cast_as_they_stand():
    network = cast_to(torch.nn.Linear(2, 2), torch.bfloat16)
    assert network.weight.dtype is torch.bfloat16


def test_a_new_pyramid_makes_nothing_and_knows_where_things_are():
    torch.manual_seed(0)
    pyramid = Pyramid(6, 3, (8, 16), dim=24, condition=5)
    latents, condition = torch.randn(2, 6, 8, 8), torch.randn(2, 5)
    coarse, seen = pyramid.descend(latents, condition)
    assert coarse.shape == (2, 24, 2, 2)
    assert not pyramid.ascend(coarse, seen, condition)[0].any()
    for parameter in pyramid.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    moved = latents.clone()
    moved[:, :, 0, 0] += 1
    usual, _ = pyramid.ascend(*pyramid.descend(latents, condition), condition)
    other, _ = pyramid.ascend(*pyramid.descend(moved, condition), condition)
    changed = usual - other
    assert changed.shape == (2, 3, 8, 8)
    assert changed[..., 0, 0].abs().min() > 0


def test_a_blocks_condition_has_an_effect_once_it_is_trained():
    torch.manual_seed(0)
    block, x = ConvBlock(8, 4), torch.randn(1, 8, 4, 4)
    assert torch.equal(block(x, torch.randn(1, 4)), x)
    for parameter in block.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    assert not torch.allclose(block(x, torch.zeros(1, 4)), block(x, torch.ones(1, 4)))
