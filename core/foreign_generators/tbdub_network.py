"""TBDub's transformer on diffusers' Wan blocks: reference tokens, then target tokens; speech reaches the target alone.

Li et al., “TBDub: Production-Oriented Visual Dubbing” (2026). What it adds to Wan 2.2: a second half of tokens that shows the film,
with a clock of its own that stands at zero and places of its own, and attention of each latent frame to its own speech.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from diffusers.models.attention import FeedForward
from diffusers.models.attention_processor import Attention
from diffusers.models.embeddings import SinusoidalPositionalEmbedding
from diffusers.models.normalization import FP32LayerNorm
from diffusers.models.transformers.transformer_wan import (
    WanAttention,
    WanAttnProcessor,
    WanRotaryPosEmbed,
    WanTransformerBlock,
)
from torch import Tensor, nn

from core.foreign_generators.unet import Shapes

_PATCH = (1, 2, 2)
_LONGEST = 1024  # rotary positions along each axis
_HEAD = 128  # width of an attention head
_SPEECH_HEAD = 64
_SPEECH_POSITIONS = 100
# Published name → ours within a block; Wan's original names are not diffusers'.
_BLOCK_NAMES = (
    ("self_attn.", "attn1."),
    ("cross_attn.", "attn2."),
    ("ffn.0.", "ffn.net.0.proj."),
    ("ffn.2.", "ffn.net.2."),
    ("norm3.", "norm2."),
    ("modulation", "scale_shift_table"),
)
_ATTENTION_NAMES = {"q": "to_q", "k": "to_k", "v": "to_v", "o": "to_out.0"}


@dataclass(frozen=True, slots=True)
class TBDubShape:
    """Sizes of the network; the defaults are the published ones.

    Attributes:
        dim, ffn_dim, heads, layers: of the transformer.
        channels: of the latents.
        clock: width of the sinusoids that tell the noise level.
        text: width of the fixed text.
        speech: width of a speech feature (4 layers of HuBERT large).
        speech_dim, speech_layers: of the small network that reads it.
    """

    dim: int = 3072
    ffn_dim: int = 14336
    heads: int = 24
    layers: int = 30
    channels: int = 48
    clock: int = 256
    text: int = 4096
    speech: int = 4096
    speech_dim: int = 1536
    speech_layers: int = 4

    @classmethod
    def of_file(cls, shapes: Shapes) -> "TBDubShape":
        """The sizes that tensors of these shapes have, by published names; the published sizes where they cannot be read off."""

        def size(name: str, axis: int, otherwise: int) -> int:
            shape = shapes.get(name, ())
            return shape[axis] if len(shape) > axis else otherwise

        def count(name: str) -> int:
            return next(n for n in range(len(shapes) + 1) if name.format(n) not in shapes)

        usual = cls()
        dim = size("patch_embedding.weight", 0, usual.dim)
        return cls(
            dim=dim,
            ffn_dim=size("blocks.0.ffn.0.weight", 0, usual.ffn_dim),
            heads=max(dim // _HEAD, 1),
            layers=count("blocks.{}.modulation") or usual.layers,
            channels=size("patch_embedding.weight", 1, usual.channels),
            clock=size("time_embedding.0.weight", 1, usual.clock),
            text=size("text_embedding.0.weight", 1, usual.text),
            speech=size("audio_embedding.proj_in.weight", 1, usual.speech),
            speech_dim=size("audio_embedding.proj_in.weight", 0, usual.speech_dim),
            speech_layers=count("audio_embedding.layers.{}.norm1.weight") or usual.speech_layers,
        )


class SpeechLayer(nn.Module):
    """One layer of the network that reads speech; attention is within the features of one latent frame."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn = Attention(query_dim=dim, heads=dim // _SPEECH_HEAD, dim_head=_SPEECH_HEAD)
        self.norm2 = nn.LayerNorm(dim)
        self.ff = FeedForward(dim=dim)
        self.pos_embed = SinusoidalPositionalEmbedding(embed_dim=dim, max_seq_length=_SPEECH_POSITIONS)

    def forward(self, x: Tensor) -> Tensor:
        """(N, W, D) to the same; positions are added to the normalised features."""
        x = x + self.attn(self.pos_embed(self.norm1(x)))
        return x + self.ff(self.norm2(x))


class SpeechReader(nn.Module):
    """(B, f, W, speech) features to (B, f, W, dim) tokens."""

    def __init__(self, shape: TBDubShape) -> None:
        super().__init__()
        self.proj_in = nn.Linear(shape.speech, shape.speech_dim)
        self.layers = nn.ModuleList(SpeechLayer(shape.speech_dim) for _ in range(shape.speech_layers))
        self.proj_out = nn.Linear(shape.speech_dim, shape.dim)

    def forward(self, heard: Tensor) -> Tensor:
        """Each latent frame's features by themselves."""
        x = self.proj_in(heard).flatten(0, 1)
        for layer in self.layers:
            x = layer(x)
        return self.proj_out(x).unflatten(0, heard.shape[:2])


class SpokenBlock(WanTransformerBlock):
    """A Wan block whose text and speech reach the second half of its tokens alone."""

    def __init__(self, shape: TBDubShape) -> None:
        super().__init__(shape.dim, shape.ffn_dim, shape.heads, cross_attn_norm=True)
        head = shape.dim // shape.heads
        self.norm4 = FP32LayerNorm(shape.dim, 1e-6, elementwise_affine=True)
        self.audio_attn = WanAttention(
            dim=shape.dim,
            heads=shape.heads,
            dim_head=head,
            eps=1e-6,
            cross_attention_dim_head=head,
            processor=WanAttnProcessor(),
        )

    def forward(
        self, x: Tensor, text: Tensor, speech: Tensor, clock: Tensor, places: tuple[Tensor, Tensor]
    ) -> Tensor:
        """(B, 2·f·h·w, D) tokens; speech (B, f, W, D), clock (B, 2·f·h·w, 6, D), places as `WanRotaryPosEmbed`."""
        shift, scale, gate, ffn_shift, ffn_scale, ffn_gate = (self.scale_shift_table[:, None] + clock).unbind(
            2
        )
        x = x + gate * self.attn1(self.norm1(x) * (1 + scale) + shift, None, None, places)
        shown, made = x.chunk(2, dim=1)
        made = made + self.attn2(self.norm2(made), text, None, None)
        frames = made.unflatten(1, (speech.shape[1], -1)).flatten(0, 1)
        frames = frames + self.audio_attn(self.norm4(frames), speech.flatten(0, 1), None, None)
        made = frames.unflatten(0, speech.shape[:2]).flatten(1, 2)
        x = torch.cat([shown, made], dim=1)
        return x + ffn_gate * self.ffn(self.norm3(x) * (1 + ffn_scale) + ffn_shift)


class TBDubTransformer(nn.Module):
    """Predicts the velocity of the target latents."""

    def __init__(self, shape: TBDubShape = TBDubShape()) -> None:
        super().__init__()
        self.shape = shape
        self.patch_embedding = nn.Conv3d(shape.channels, shape.dim, _PATCH, _PATCH)
        self.text_embedding = nn.Sequential(
            nn.Linear(shape.text, shape.dim), nn.GELU(approximate="tanh"), nn.Linear(shape.dim, shape.dim)
        )
        self.time_embedding = nn.Sequential(
            nn.Linear(shape.clock, shape.dim), nn.SiLU(), nn.Linear(shape.dim, shape.dim)
        )
        self.time_projection = nn.Sequential(nn.SiLU(), nn.Linear(shape.dim, 6 * shape.dim))
        self.audio_embedding = SpeechReader(shape)
        self.blocks = nn.ModuleList(SpokenBlock(shape) for _ in range(shape.layers))
        self.norm_out = FP32LayerNorm(shape.dim, 1e-6, elementwise_affine=False)
        self.proj_out = nn.Linear(shape.dim, 4 * shape.channels)
        self.scale_shift_table = nn.Parameter(torch.zeros(1, 2, shape.dim))

    def forward(
        self, noisy: Tensor, shown: Tensor, heard: Tensor, text: Tensor, level: Tensor, kept: int = 0
    ) -> Tensor:
        """(B, C, f, h, w) velocity.

        Args:
            noisy: (B, C, f, h, w) latents at `level`.
            shown: (B, C, f, h, w) clean latents of the film.
            heard: (B, f, 8, speech) features of each latent frame.
            text: (B, L, text) the fixed context.
            level: (B,) noise level in 0..1.
            kept: latent frames at the start of `noisy` that are clean already: what the clip begins with.
        """
        tokens = self.patch_embedding(torch.cat([shown, noisy], dim=2))
        both, rows, columns = tokens.shape[2:]
        frames, spots = both // 2, rows * columns
        x = tokens.flatten(2).transpose(1, 2)
        clock = level[:, None] * 1000 * torch.ones(frames, device=level.device)
        clock[:, :kept] = 0
        clock = torch.cat([torch.zeros_like(clock), clock], dim=1)  # what is shown stands at zero
        time = self.time_embedding(_sinusoids(clock, self.shape.clock).to(x.dtype))  # (B, 2·f, D)
        modulation = self.time_projection(time).unflatten(-1, (6, -1)).repeat_interleave(spots, dim=1)
        context, speech = self.text_embedding(text), self.audio_embedding(heard)
        places = self._places(frames, rows, columns, x)
        for block in self.blocks:
            x = block(x, context, speech, modulation, places)
        made, now = x[:, frames * spots :], time[:, frames:].repeat_interleave(spots, dim=1)
        shift, scale = (self.scale_shift_table[:, None] + now[:, :, None]).unbind(2)
        out = self.proj_out(self.norm_out(made) * (1 + scale) + shift)
        patches = out.unflatten(1, (frames, rows, columns)).unflatten(-1, (2, 2, self.shape.channels))
        # (B, f, h, w, 2, 2, C) to (B, C, f, 2h, 2w)
        return patches.permute(0, 6, 1, 2, 4, 3, 5).flatten(5, 6).flatten(3, 4)

    def _places(self, frames: int, rows: int, columns: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """Rotary positions: what is shown lies one picture further down and to the right, at the same times."""
        rotary = WanRotaryPosEmbed(self.shape.dim // self.shape.heads, _PATCH, _LONGEST)
        grid = torch.zeros(1, 1, frames, 4 * rows, 4 * columns)  # twice the tokens along each side
        sizes = (1, frames, 2 * rows, 2 * columns, 1, -1)
        halves = []
        for table in rotary(grid):
            spread = table.view(*sizes)
            parts = (spread[:, :, rows:, columns:], spread[:, :, :rows, :columns])
            halves.append(torch.cat([part.flatten(1, 3) for part in parts], dim=1).to(like))
        return halves[0], halves[1]


def _sinusoids(values: Tensor, width: int) -> Tensor:
    """(B, N, width): cosines, then sines, of base 10000; in float64, for timesteps are large."""
    half = width // 2
    rates = torch.pow(10000, -torch.arange(half, dtype=torch.float64, device=values.device) / half)
    angles = values.double()[..., None] * rates
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def tbdub_name(published: str) -> str:
    """The network's name of a published tensor."""
    if published.startswith("head.head."):
        return "proj_out." + published.removeprefix("head.head.")
    if published == "head.modulation":
        return "scale_shift_table"
    found = re.fullmatch(r"(blocks\.\d+\.)(.*)", published)
    if found is None:
        return published
    inner = found[2]
    for old, new in _BLOCK_NAMES:
        if inner.startswith(old):
            inner = new + inner.removeprefix(old)
            break
    attention = re.fullmatch(r"(attn1|attn2|audio_attn)\.([qkvo])\.(.*)", inner)
    if attention is not None:
        inner = f"{attention[1]}.{_ATTENTION_NAMES[attention[2]]}.{attention[3]}"
    return found[1] + inner


def tbdub_names(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """TBDub's tensors under the names that `TBDubTransformer` has for them."""
    return {tbdub_name(name): tensor for name, tensor in published.items()}


def tbdub_published(shapes: Shapes) -> Shapes:
    """The other way round: shapes under the published names."""
    return {_published_name(name): shape for name, shape in shapes.items()}


def _published_name(ours: str) -> str:
    if ours.startswith("proj_out."):
        return "head.head." + ours.removeprefix("proj_out.")
    if ours == "scale_shift_table":
        return "head.modulation"
    found = re.fullmatch(r"(blocks\.\d+\.)(.*)", ours)
    if found is None:
        return ours
    inner = found[2]
    for letter, name in _ATTENTION_NAMES.items():
        inner = re.sub(rf"^(attn1|attn2|audio_attn)\.{re.escape(name)}\.", rf"\1.{letter}.", inner)
    for old, new in _BLOCK_NAMES:
        if inner.startswith(new):
            inner = old + inner.removeprefix(new)
            break
    return found[1] + inner
