"""TBDub's transformer against the same written by hand from published names, and each thing that is easily got wrong."""

import math

import pytest
import torch
from torch.nn import functional as F

from core.foreign_generators.tbdub_network import (
    TBDubShape,
    TBDubTransformer,
    tbdub_name,
    tbdub_names,
    tbdub_published,
)
from core.foreign_generators.weights import load_network, shapes_of
from tests.core.foreign_generators.toys import random_tensors, save_installed, sinusoids

TOY = TBDubShape(
    dim=48,
    ffn_dim=64,
    heads=2,
    layers=2,
    channels=6,
    clock=16,
    text=12,
    speech=20,
    speech_dim=64,
    speech_layers=2,
)
FRAMES, SIDE = 3, 4  # latent frames and pixels: 2 × 2 tokens a frame


def test_at_full_size_it_weighs_what_the_published_file_does():
    with torch.device("meta"):
        network = TBDubTransformer()
    parameters = sum(p.numel() for p in network.parameters())
    assert parameters * 2 == pytest.approx(12.59e9, rel=1e-4)  # bfloat16, as its authors give the size
    shapes = tbdub_published(shapes_of(network))
    wanted = {
        "patch_embedding.weight": (3072, 48, 1, 2, 2),
        "blocks.29.self_attn.norm_k.weight": (3072,),
        "blocks.29.norm4.bias": (3072,),
        "blocks.0.norm3.weight": (3072,),
        "blocks.7.audio_attn.o.weight": (3072, 3072),
        "blocks.7.ffn.2.weight": (3072, 14336),
        "blocks.7.modulation": (1, 6, 3072),
        "audio_embedding.proj_in.weight": (1536, 4096),
        "audio_embedding.layers.3.ff.net.0.proj.weight": (12288, 1536),
        "audio_embedding.proj_out.weight": (3072, 1536),
        "text_embedding.2.weight": (3072, 3072),
        "time_projection.1.weight": (18432, 3072),
        "head.head.weight": (192, 3072),
        "head.modulation": (1, 2, 3072),
    }
    assert {name: shapes.get(name) for name in wanted} == wanted
    assert all(tbdub_published({tbdub_name(name): ()}) == {name: ()} for name in shapes)


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """(network loaded strictly from a file of published names, its tensors), in float64."""
    with torch.device("meta"):
        shapes = tbdub_published(shapes_of(TBDubTransformer(TOY)))
    tensors = random_tensors(shapes, 0)
    for name in tensors:
        if name.endswith("pos_embed.pe"):
            tensors[name] = sinusoids(*shapes[name][1:])[None]
    path = tmp_path_factory.mktemp("tbdub") / "tbdub.safetensors"
    save_installed(tensors, path)
    network = load_network(
        path, lambda: TBDubTransformer(TOY), published=tbdub_published, renamed=tbdub_names
    )
    return network.double(), {name: tensor.double() for name, tensor in tensors.items()}


class ByHand:
    """From published names; `traps` undo single facts."""

    def __init__(self, tensors, traps=()):
        self.t, self.traps = tensors, set(traps)

    def linear(self, x, name):
        return F.linear(x, self.t[f"{name}.weight"], self.t.get(f"{name}.bias"))

    def norm(self, x, name=None, eps=1e-6):
        weight, bias = (self.t.get(f"{name}.{part}") for part in ("weight", "bias"))
        return F.layer_norm(x, x.shape[-1:], weight, bias, eps)

    def rms(self, x, name):
        return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * self.t[f"{name}.weight"]

    def attend(self, q, k, v, heads):
        q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (q, k, v))
        weights = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1)
        return (weights @ v).transpose(1, 2).flatten(2)

    def wan_attention(self, x, seen, name, angles=None):
        q = self.rms(self.linear(x, f"{name}.q"), f"{name}.norm_q")
        k = self.rms(self.linear(seen, f"{name}.k"), f"{name}.norm_k")
        if angles is not None:
            q, k = (self.turned(each, angles) for each in (q, k))
        return self.linear(self.attend(q, k, self.linear(seen, f"{name}.v"), TOY.heads), f"{name}.o")

    def turned(self, x, angles):
        pairs = torch.view_as_complex(x.unflatten(-1, (TOY.heads, -1, 2)))
        return torch.view_as_real(
            pairs * torch.polar(torch.ones_like(angles), angles)[None, :, None]
        ).flatten(2)

    def angles(self, f, h, w):
        """(2·f·h·w, head / 2)."""
        head = TOY.dim // TOY.heads
        sizes = (head - 2 * (head // 3), head // 3, head // 3)
        rates = [10000.0 ** -(torch.arange(0, n, 2).double() / n) for n in sizes]
        rows = []
        for is_shown in (True, False):
            away = is_shown and "same places" not in self.traps
            for t in range(f):
                for y in range(h):
                    for x in range(w):
                        at = (t, y + h * away, x + w * away)
                        rows.append(torch.cat([p * rate for p, rate in zip(at, rates, strict=True)]))
        return torch.stack(rows)

    def speech(self, heard):
        x = self.linear(heard, "audio_embedding.proj_in")[0]
        for n in range(TOY.speech_layers):
            at = f"audio_embedding.layers.{n}"
            own = self.norm(x, f"{at}.norm1", 1e-5) + self.t[f"{at}.pos_embed.pe"][:, : x.shape[1]]
            q, k, v = (self.linear(own, f"{at}.attn.to_{p}") for p in "qkv")
            x = x + self.linear(self.attend(q, k, v, TOY.speech_dim // 64), f"{at}.attn.to_out.0")
            value, gate = self.linear(self.norm(x, f"{at}.norm2", 1e-5), f"{at}.ff.net.0.proj").chunk(2, -1)
            x = x + self.linear(value * F.gelu(gate), f"{at}.ff.net.2")
        return self.linear(x, "audio_embedding.proj_out")  # (f, 8, D)

    def __call__(self, noisy, shown, heard, text, level, kept):
        order = [shown, noisy] if "target first" not in self.traps else [noisy, shown]
        x = F.conv3d(
            torch.cat(order, 2),
            self.t["patch_embedding.weight"],
            self.t["patch_embedding.bias"],
            stride=(1, 2, 2),
        )
        _, _, both, h, w = x.shape
        f, x = both // 2, x.flatten(2).transpose(1, 2)
        clock = torch.full((2 * f,), float(level) * 1000, dtype=torch.float64)
        clock[f : f + kept] = 0
        if "shown is noisy" not in self.traps:
            clock[:f] = 0
        clock = clock.repeat_interleave(h * w)
        rates = 10000.0 ** -(torch.arange(TOY.clock // 2).double() / (TOY.clock // 2))
        waves = clock[:, None] * rates
        time = torch.cat([waves.cos(), waves.sin()], -1)[None]
        time = self.linear(F.silu(self.linear(time, "time_embedding.0")), "time_embedding.2")
        modulation = self.linear(F.silu(time), "time_projection.1").unflatten(-1, (6, -1))
        context = self.linear(text, "text_embedding.0")
        context = self.linear(F.gelu(context, approximate="tanh"), "text_embedding.2")
        speech, angles = self.speech(heard), self.angles(f, h, w)
        half = f * h * w
        for n in range(TOY.layers):
            at = f"blocks.{n}"
            shift, scale, gate, shift2, scale2, gate2 = (
                self.t[f"{at}.modulation"][:, None] + modulation
            ).unbind(2)
            own = self.norm(x) * (1 + scale) + shift
            x = x + gate * self.wan_attention(own, own, f"{at}.self_attn", angles)
            a, b = x[:, :half], x[:, half:]
            if "text to all" in self.traps:
                a = a + self.wan_attention(self.norm(a, f"{at}.norm3"), context, f"{at}.cross_attn")
            b = b + self.wan_attention(self.norm(b, f"{at}.norm3"), context, f"{at}.cross_attn")
            frames = b.unflatten(1, (f, -1))[0]
            said = speech if "speech of another frame" not in self.traps else speech.roll(1, 0)
            frames = frames + self.wan_attention(self.norm(frames, f"{at}.norm4"), said, f"{at}.audio_attn")
            x = torch.cat([a, frames[None].flatten(1, 2)], 1)
            own = self.norm(x) * (1 + scale2) + shift2
            inner = F.gelu(self.linear(own, f"{at}.ffn.0"), approximate="tanh")
            x = x + gate2 * self.linear(inner, f"{at}.ffn.2")
        x, time = x[:, half:], time[:, half:]
        shift, scale = (self.t["head.modulation"][:, None] + time[:, :, None]).unbind(2)
        x = self.linear(self.norm(x) * (1 + scale) + shift, "head.head")[0]
        out = torch.zeros(1, TOY.channels, f, 2 * h, 2 * w, dtype=torch.float64)
        for n, values in enumerate(x):
            t, y, z = n // (h * w), n // w % h, n % w
            out[0, :, t, 2 * y : 2 * y + 2, 2 * z : 2 * z + 2] = values.view(2, 2, -1).permute(2, 0, 1)
        return out


TRAPS = (
    "same places", "target first", "shown is noisy", "text to all", "speech of another frame",
)  # fmt: skip


@pytest.mark.parametrize("trap", [None, *TRAPS])
@pytest.mark.parametrize("kept", [0, 1])
def test_tbdubs_network_is_the_published_one(toy, trap, kept):
    network, tensors = toy
    torch.manual_seed(0)
    noisy, shown = torch.randn(2, 1, TOY.channels, FRAMES, SIDE, SIDE, dtype=torch.float64)
    heard = torch.randn(1, FRAMES, 8, TOY.speech, dtype=torch.float64)
    text = torch.randn(1, 5, TOY.text, dtype=torch.float64)
    level = torch.tensor([0.4], dtype=torch.float64)
    with torch.inference_mode():
        made = network(noisy, shown, heard, text, level, kept)
        wanted = ByHand(tensors, {trap})(noisy, shown, heard, text, level, kept)
    apart = (made - wanted).abs().max()
    assert wanted.std() > 0.05
    assert apart < 1e-5 if trap is None else apart > 1e-3
