"""The published networks written straight from their description, one function a layer, from tensors under published names.

Nothing here knows diffusers. A `traps` set undoes single facts, to show that the facts are what the tests hold on to.
"""

import math

import torch
from torch.nn import functional as F

GROUPS, HEADS = 32, 8


class ByHand:
    """The UNet of MuseTalk (frames = None) or of LatentSync (frames of a window)."""

    def __init__(self, tensors, frames=None, traps=()):
        self.t, self.frames, self.traps = tensors, frames, set(traps)

    def __call__(self, sample, timestep, speech):
        """(B, C, h, w) or (1, C, T, h, w); speech (B or T, 50, D)."""
        x = sample
        if self.frames:
            x = sample[0].transpose(0, 1)  # (T, C, h, w)
        width = self.t["conv_in.weight"].shape[0]
        half = width // 2
        rates = torch.exp(-math.log(10000) * torch.arange(half) / half)
        angles = torch.full((1, 1), float(timestep)) * rates
        time = torch.cat([angles.cos(), angles.sin()], dim=1).to(x)  # flip_sin_to_cos
        time = self.linear(F.silu(self.linear(time, "time_embedding.linear_1")), "time_embedding.linear_2")
        levels = sum(f"down_blocks.{n}.resnets.0.conv1.weight" in self.t for n in range(8))

        x = self.conv(x, "conv_in")
        kept = [x]
        for level in range(levels):
            at = f"down_blocks.{level}"
            for n in range(2):
                x = self.resnet(x, time, f"{at}.resnets.{n}")
                if level < levels - 1:
                    x = self.transformer(x, speech, f"{at}.attentions.{n}")
                x = self.motion(x, f"{at}.motion_modules.{n}")
                kept.append(x)
            if level < levels - 1:
                x = self.conv(x, f"{at}.downsamplers.0.conv", stride=2)
                kept.append(x)
        x = self.resnet(x, time, "mid_block.resnets.0")
        x = self.transformer(x, speech, "mid_block.attentions.0")
        x = self.resnet(x, time, "mid_block.resnets.1")
        for level in range(levels):
            at = f"up_blocks.{level}"
            for n in range(3):
                x = self.resnet(torch.cat([x, kept.pop()], dim=1), time, f"{at}.resnets.{n}")
                if level > 0:
                    x = self.transformer(x, speech, f"{at}.attentions.{n}")
                x = self.motion(x, f"{at}.motion_modules.{n}")
            if level < levels - 1:
                x = self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"), f"{at}.upsamplers.0.conv")
        x = self.conv(F.silu(self.norm_of_resnets(x, "conv_norm_out")), "conv_out")
        return x.transpose(0, 1)[None] if self.frames else x

    def linear(self, x, name):
        return F.linear(x, self.t[f"{name}.weight"], self.t.get(f"{name}.bias"))

    def conv(self, x, name, stride=1):
        weight = self.t[f"{name}.weight"]
        return F.conv2d(x, weight, self.t[f"{name}.bias"], stride=stride, padding=weight.shape[-1] // 2)

    def frame_norm(self, x, name, eps):
        return F.group_norm(x, GROUPS, self.t[f"{name}.weight"], self.t[f"{name}.bias"], eps)

    def pooled_norm(self, x, name, eps):
        """Statistics over all frames at once."""
        clip = x.transpose(0, 1)[None]  # (1, C, T, h, w)
        return self.frame_norm(clip, name, eps)[0].transpose(0, 1)

    def norm_of_resnets(self, x, name):
        if self.frames and "resnets frame by frame" not in self.traps:
            return self.pooled_norm(x, name, 1e-5)
        return self.frame_norm(x, name, 1e-5)

    def resnet(self, x, time, name):
        h = self.conv(F.silu(self.norm_of_resnets(x, f"{name}.norm1")), f"{name}.conv1")
        h = h + self.linear(F.silu(time), f"{name}.time_emb_proj")[:, :, None, None]
        h = self.conv(F.silu(self.norm_of_resnets(h, f"{name}.norm2")), f"{name}.conv2")
        if f"{name}.conv_shortcut.weight" in self.t:
            x = self.conv(x, f"{name}.conv_shortcut")
        return x + h

    def layer_norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.t[f"{name}.weight"], self.t[f"{name}.bias"])

    def attention(self, x, seen, name):
        q, k, v = (
            self.linear(given, f"{name}.to_{part}").unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for given, part in ((x, "q"), (seen, "k"), (seen, "v"))
        )
        weights = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(dim=-1)
        return self.linear((weights @ v).transpose(1, 2).flatten(2), f"{name}.to_out.0")

    def feed_forward(self, x, name):
        value, gate = self.linear(x, f"{name}.net.0.proj").chunk(2, dim=-1)
        return self.linear(value * F.gelu(gate), f"{name}.net.2")

    def transformer(self, x, speech, name):
        h = self.conv(self.frame_norm(x, f"{name}.norm", 1e-6), f"{name}.proj_in")
        tokens = h.flatten(2).transpose(1, 2)
        block = f"{name}.transformer_blocks.0"
        tokens = tokens + self.attention(*(self.layer_norm(tokens, f"{block}.norm1"),) * 2, f"{block}.attn1")
        tokens = tokens + self.attention(self.layer_norm(tokens, f"{block}.norm2"), speech, f"{block}.attn2")
        tokens = tokens + self.feed_forward(self.layer_norm(tokens, f"{block}.norm3"), f"{block}.ff")
        h = tokens.transpose(1, 2).unflatten(2, x.shape[2:])
        return x + self.conv(h, f"{name}.proj_out")

    def motion(self, x, name):
        if not self.frames:
            return x
        name = f"{name}.temporal_transformer"
        norm = self.pooled_norm if "motion pooled" in self.traps else self.frame_norm
        h = norm(x, f"{name}.norm", 1e-6)
        tokens = h.flatten(2).permute(2, 0, 1)  # one row of frames for each pixel: (h·w, T, C)
        tokens = self.linear(tokens, f"{name}.proj_in")
        block = f"{name}.transformer_blocks.0"
        for n in range(2):
            own = self.layer_norm(tokens, f"{block}.norms.{n}")
            own = own + self.t[f"{block}.attention_blocks.{n}.pos_encoder.pe"][:, : own.shape[1]]
            tokens = tokens + self.attention(own, own, f"{block}.attention_blocks.{n}")
        tokens = tokens + self.feed_forward(self.layer_norm(tokens, f"{block}.ff_norm"), f"{block}.ff")
        h = self.linear(tokens, f"{name}.proj_out").permute(1, 2, 0).unflatten(2, x.shape[2:])
        return x + h


def whisper_layers(t, mel, heads, *, raw):
    """(1500, L + 1, D): the embedding and each block of openai's encoder; the last one before (`raw`) or after the norm."""
    x = F.gelu(F.conv1d(mel[None], t["conv1.weight"], t["conv1.bias"], padding=1))
    x = F.gelu(F.conv1d(x, t["conv2.weight"], t["conv2.bias"], stride=2, padding=1))
    x = x[0].T + t["positional_embedding"]
    states = [x]

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], t[f"{name}.weight"], t[f"{name}.bias"])

    def split(x):
        return x.unflatten(-1, (heads, -1)).transpose(0, 1)

    for n in range(sum(f"blocks.{k}.mlp_ln.weight" in t for k in range(99))):
        at, h = f"blocks.{n}", norm(x, f"blocks.{n}.attn_ln")
        q, v = (
            split(F.linear(h, t[f"{at}.attn.{p}.weight"], t[f"{at}.attn.{p}.bias"]))
            for p in ("query", "value")
        )
        k = split(F.linear(h, t[f"{at}.attn.key.weight"]))
        weights = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(dim=-1)
        h = (weights @ v).transpose(0, 1).flatten(1)
        x = x + F.linear(h, t[f"{at}.attn.out.weight"], t[f"{at}.attn.out.bias"])
        h = F.gelu(F.linear(norm(x, f"{at}.mlp_ln"), t[f"{at}.mlp.0.weight"], t[f"{at}.mlp.0.bias"]))
        x = x + F.linear(h, t[f"{at}.mlp.2.weight"], t[f"{at}.mlp.2.bias"])
        states.append(x)
    if not raw:
        states[-1] = norm(states[-1], "ln_post")
    return torch.stack(states, dim=1)
