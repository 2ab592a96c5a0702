"""The mask-free lip-sync diffusion transformer (OmniSync 2025; UniSync 2026).

It gives the flow-matching velocity ``eps - x0`` of a clip's latents, given the clean latents of a clip with other
words, a pose video and speech. Source latents are concatenated as tokens with a clean timestep of their own, which X-Dub
measured better than channels (Sync-C 8.56 against 7.49), or as channels, which costs half as much; pose tokens are added
to the patch tokens (PAFS), and so are geometry tokens where the wanted lips are known beforehand.

With a pyramid (`core.generator.pyramid`) convolutions see and make the pixels, and the tokens are few.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional as F

from core.generator.fetching import Edit, Fetching, fetch
from core.generator.pyramid import Pyramid
from core.generator.zero_start import start_at_zero

_MAX_PERIOD = 10_000.0
_LEAST_SIGMA = 0.05  # below it a velocity made of an estimate of x0 would be its error, blown up

_FEW_PAIRS = 512**2  # of tokens; beyond it the matrix of attention costs too much memory

Fusion = Literal["tokens", "channels"]
Prediction = Literal["velocity", "edit"]


_Told = tuple[Tensor, Tensor, Tensor, Tensor | None, Tensor, Tensor, Tensor | None, Tensor | None]
"""The first inputs of `LipSyncTransformer.estimated`, up to `geometry`."""


class LipSyncTransformer(ModelMixin, ConfigMixin):
    """Video-to-video diffusion transformer with speech cross-attention and additive pose anchors.

    Args:
        latent_channels: C of the autoencoder.
        patch: side of a spatial patch; time is not patched, so that every frame keeps its own timestamp.
        dim: width of a token.
        depth: number of blocks.
        heads: attention heads; ``dim / heads`` must be a multiple of 8.
        speech_dim: width of a speech feature.
        style_tokens: number of articulation styles that can be asked for, 0 for none.
        max_side: largest latent side in patches, for the pose encoder's positions.
        fusion: how the source enters.
        prediction: what the last layer says: the velocity itself, or by how much x0 differs from the source.
        geometry: whether the wanted lips may be given.
        pyramid: channels of convolutional levels around the transformer, finest first; none for plain patches. `patch` is
            then what all of it shrinks latents by, ``2 ** len(pyramid)``.
        references: how many other moments of the person may be given.
        fetch: whether pixels of source and references are moved and mixed before they are edited
            (`core.generator.fetching`); for a pyramid over folded pixels.
    """

    _supports_gradient_checkpointing = True
    _no_split_modules = ("Block",)

    @register_to_config
    def __init__(  # noqa: PLR0913 - a network's shape, all by name
        self,
        *,
        latent_channels: int = 8,
        patch: int = 2,
        dim: int = 256,
        depth: int = 8,
        heads: int = 4,
        speech_dim: int = 128,
        style_tokens: int = 0,
        max_side: int = 32,
        fusion: Fusion = "tokens",
        prediction: Prediction = "velocity",
        geometry: bool = False,
        pyramid: Sequence[int] = (),
        references: int = 0,
        fetch: bool = False,
    ) -> None:
        super().__init__()
        if pyramid and (fusion != "channels" or patch != 2 ** len(pyramid)):
            raise ValueError(
                f"a pyramid of {len(pyramid)} levels needs channels and a patch of {2 ** len(pyramid)}"
            )
        if (references or fetch) and not pyramid:
            raise ValueError("only a pyramid takes references or fetches pixels")
        if fetch and prediction != "edit":
            raise ValueError("only an edit fetches pixels")
        if dim % heads or (dim // heads) % 8:
            raise ValueError(f"dim {dim} over {heads} heads is {dim / heads}; it must be a multiple of 8")
        self.convolutions = None
        if pyramid:
            entering = (2 + geometry + references) * latent_channels
            self.convolutions = Pyramid(entering, latent_channels, pyramid, dim, dim)
        else:
            self.patch_embed = nn.Conv2d(latent_channels, dim, patch, patch)
            self.source_embed = nn.Conv2d(latent_channels, dim, patch, patch)
        self.pose_encoder = PoseAnchorEncoder(latent_channels, dim, patch, max_side)
        self.geometry_encoder = PoseAnchorEncoder(latent_channels, dim, patch, max_side) if geometry else None
        self.speech_embed = nn.Sequential(nn.Linear(speech_dim, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.null_speech = nn.Parameter(torch.zeros(speech_dim))
        self.style_embed = nn.Embedding(style_tokens + 1, dim) if style_tokens else None
        self.time_embed = nn.Sequential(nn.Linear(dim, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.rate_embed = nn.Sequential(nn.Linear(dim, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.blocks = nn.ModuleList(Block(dim, heads) for _ in range(depth))
        self.norm_out = nn.LayerNorm(dim, elementwise_affine=False)
        self.modulation_out = nn.Linear(dim, 2 * dim)
        self.proj_out = nn.Linear(dim, dim if pyramid else latent_channels * patch * patch)
        start_at_zero(self.modulation_out)
        if not pyramid:
            start_at_zero(self.proj_out)  # a velocity of zero
        self.fetching = None
        if fetch:
            self.fetching = Fetching(pyramid[0], 1 + references, math.isqrt(latent_channels // 3))
        self.gradient_checkpointing = False

    def forward(self, *inputs: Any, **named: Any) -> Tensor:
        """The velocity, (B, C, T, H, W), of what `estimated` takes."""
        return self.estimated(*inputs, **named)[0]

    def estimated(  # noqa: PLR0913 - inputs of a network, all by name
        self,
        noisy: Tensor,
        source: Tensor,
        pose: Tensor,
        speech: Tensor | None,
        timestep: Tensor,
        times: Tensor,
        style: Tensor | None = None,
        geometry: Tensor | None = None,
        references: Tensor | None = None,
        prior: Tensor | None = None,
    ) -> tuple[Tensor, Edit | None]:
        """The velocity, (B, C, T, H, W), and the edit it is made of where the network fetches pixels.

        Args:
            noisy: (B, C, T, H, W) latents at `timestep`.
            source: (B, C, T, H, W) clean latents of the clip with other words.
            pose: (B, C, T, H, W) latents of the pose video; no lips and no jaw in it.
            speech: (B, T, W, D) a window of W speech features around each frame's timestamp; None for no speech.
            timestep: (B,) in 0..1, 1 is noise.
            times: (B, T) seconds of each frame; only differences matter. float64, or hours into a film they are lost.
            style: (B,) indices of articulation styles, or None.
            geometry: (B, C, T, H, W) latents of the drawn wanted lips, or None.
            references: (B, K, C, 1 or T, H, W) latents of other moments of the person, or None.
            prior: (B, K, 2, T, H, W) where the landmarks say that each reference has the wanted picture's cells, or None;
                see `core.generator.references.prior_motion`.
        """
        told: _Told = (noisy, source, pose, speech, timestep, times, style, geometry)
        edit = None
        if self.fetching is not None:
            edit, layers = self._edit(self.fetching, told, references, prior)
            estimate = _clips_of(F.pixel_unshuffle(edit.applied(layers), self.fetching.fold), len(noisy))
        else:
            made, _ = self._made(*told, references)
            if self.config.prediction == "velocity":
                return made, None
            estimate = (source + made).float()
        return (noisy - estimate) / timestep.clamp_min(_LEAST_SIGMA).view(-1, 1, 1, 1, 1), edit

    def edit(
        self,
        source: Tensor,
        pose: Tensor,
        speech: Tensor | None,
        times: Tensor,
        style: Tensor | None = None,
        geometry: Tensor | None = None,
        references: Tensor | None = None,
        prior: Tensor | None = None,
    ) -> Edit:
        """What a network that works in one step without noise does to the B·T pictures of `source`; arguments as `estimated`'s."""
        nothing, pure = torch.zeros_like(pose), torch.ones(len(source), device=source.device)
        told: _Told = (nothing, source, pose, speech, pure, times, style, geometry)
        assert self.fetching is not None, "only a network that fetches pixels edits"
        return self._edit(self.fetching, told, references, prior)[0]

    def _edit(
        self, fetching: Fetching, told: _Told, references: Tensor | None, prior: Tensor | None
    ) -> tuple[Edit, Tensor]:
        """The edit and the layers (B·T, 1 + K, 3, H, W) it is for."""
        source, fold = told[1], fetching.fold
        batch, _, frames, rows, columns = source.shape
        count = self.config.references
        pictures = F.pixel_shuffle(_frames_of(source).float(), fold)[:, None]  # (B·T, 1, 3, H, W)
        if references is None:  # nobody else to borrow from
            reference = pictures.expand(-1, count, -1, -1, -1)
            prior = None
        else:
            reference = F.pixel_shuffle(
                references.float().expand(-1, -1, -1, frames, -1, -1).transpose(2, 3), fold
            )
            reference = reference.transpose(1, 2).flatten(0, 1)  # (B·T, K, 3, H, W)
        if prior is None:
            prior = source.new_zeros(batch * frames, count, 2, rows, columns, dtype=torch.float32)
        else:
            prior = prior.permute(0, 3, 1, 2, 4, 5).flatten(0, 1)
        aligned = None
        if count:  # laid over the wanted mouth, so that the network need not look for what belongs together
            aligned = fetch(reference.flatten(0, 1), prior.flatten(0, 1), mode="bilinear")
            aligned = _clips_of(
                F.pixel_unshuffle(aligned.unflatten(0, (-1, count)), fold).flatten(1, 2), batch
            )
            aligned = aligned.unflatten(1, (count, -1))  # (B, K, C, T, h, w)
        made, features = self._made(*told, aligned)
        return fetching(features, _frames_of(made), prior), torch.cat([pictures, reference], dim=1)

    def _made(  # noqa: PLR0913 - inputs of a network
        self,
        noisy: Tensor,
        source: Tensor,
        pose: Tensor,
        speech: Tensor | None,
        timestep: Tensor,
        times: Tensor,
        style: Tensor | None,
        geometry: Tensor | None,
        references: Tensor | None,
    ) -> tuple[Tensor, Tensor | None]:
        """The last layer's (B, C, T, H, W), and of a pyramid the features (B·T, W, H, W) it was made of."""
        source = source.to(noisy.dtype)  # whoever edits its pixels may have given them in full precision
        batch, _, frames, height, width = noisy.shape
        patch, dim = self.config.patch, self.config.dim
        rows, columns = height // patch, width // patch
        condition, clean = self._conditions(timestep, times, style, noisy.dtype)
        if speech is None:
            speech = self.null_speech.expand(batch, frames, 1, -1)
        speech_tokens = self.speech_embed(speech)  # (B, T, W, D)
        tokens = self.pose_encoder(pose)  # (B, T·h·w, D)
        if geometry is not None and self.geometry_encoder is not None:
            tokens = tokens + self.geometry_encoder(geometry)
        if self.convolutions is not None:
            # Convolutions hear as well, each frame's its own sound.
            per_frame = (condition[:, None] + speech_tokens.mean(2)).flatten(0, 1)  # (B·T, D)
            entering = self._entering(noisy, source, geometry, references)
            coarse, seen = self.convolutions.descend(entering, per_frame)  # (B·T, D, h, w)
            tokens = tokens + coarse.flatten(2).transpose(1, 2).reshape(batch, -1, dim)
            others = tokens[:, :0]
        else:
            tokens = tokens + _patchify(self.patch_embed, noisy)
            others = _patchify(self.source_embed, source)  # (B, T·h·w, D)
            if (
                self.config.fusion == "channels"
            ):  # a sum of embeddings is an embedding of concatenated channels
                tokens, others = tokens + others, others[:, :0]
        rotary = rotary_angles(times, rows, columns, dim // self.config.heads)
        if self.config.fusion == "tokens":
            rotary = torch.cat([rotary, rotary], dim=1)  # source tokens stand where their frames are
        for block in self.blocks:
            if self.gradient_checkpointing and torch.is_grad_enabled():
                tokens, others = self._gradient_checkpointing_func(
                    block, tokens, others, speech_tokens, condition, clean, rotary
                )
            else:
                tokens, others = block(tokens, others, speech_tokens, condition, clean, rotary)
        shift, scale = self.modulation_out(F.silu(condition))[:, None].chunk(2, dim=-1)
        patches = self.proj_out(self.norm_out(tokens) * (1 + scale) + shift)  # (B, T·h·w, D or C·p·p)
        if self.convolutions is not None:
            coarse = patches.reshape(batch * frames, rows, columns, dim).permute(0, 3, 1, 2)
            made, features = self.convolutions.ascend(coarse, seen, per_frame)
            return _clips_of(made, batch), features
        patches = patches.view(batch, frames, rows, columns, -1, patch, patch)
        return patches.permute(0, 4, 1, 2, 5, 3, 6).reshape(batch, -1, frames, height, width), None

    def _conditions(
        self, timestep: Tensor, times: Tensor, style: Tensor | None, dtype: torch.dtype
    ) -> tuple[Tensor, Tensor]:
        """(B, D) what noisy tokens are told beside their place, and what clean ones are."""
        dim = self.config.dim
        rate = torch.full_like(times[:, 0], 25.0)
        if times.shape[1] > 1:
            rate = 1 / (times[:, 1:] - times[:, :-1]).mean(1)
        shared = self.rate_embed(_sinusoid(rate, dim).to(dtype))
        if self.style_embed is not None:
            # The last style is “whatever fits”, learnt on clips whose style is withheld.
            unknown = torch.full_like(timestep, self.config.style_tokens, dtype=torch.long)
            shared = shared + self.style_embed(unknown if style is None else style)
        noisy = self.time_embed(_sinusoid(timestep * 1000, dim).to(dtype)) + shared
        clean = self.time_embed(_sinusoid(torch.zeros_like(timestep), dim).to(dtype)) + shared
        return noisy, clean

    def _entering(
        self, noisy: Tensor, source: Tensor, geometry: Tensor | None, references: Tensor | None
    ) -> Tensor:
        """(B·T, n·C, H, W): everything the pyramid sees, what is not given as zeros."""
        parts = [noisy, source]
        if self.geometry_encoder is not None:
            parts.append(torch.zeros_like(source) if geometry is None else geometry)
        if self.config.references:
            if references is None:
                references = torch.zeros_like(source)[:, None].expand(
                    -1, self.config.references, -1, -1, -1, -1
                )
            parts += [one.expand_as(source) for one in references.unbind(1)]
        return _frames_of(torch.cat([part.to(noisy.dtype) for part in parts], dim=1))


class PoseAnchorEncoder(nn.Module):
    """Pose latents to tokens: Conv3D patches → linear → + learned positions → LayerNorm (UniSync 2026, 3.2)."""

    def __init__(self, latent_channels: int, dim: int, patch: int, max_side: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(latent_channels, dim, (1, patch, patch), (1, patch, patch))
        self.linear = nn.Linear(dim, dim)
        # Learned over space alone: a position per frame would tie the network to one clip length.
        self.positions = nn.Parameter(torch.zeros(dim, max_side, max_side))
        self.norm = nn.LayerNorm(dim)

    def forward(self, pose: Tensor) -> Tensor:
        """(B, C, T, H, W) to (B, T·h·w, D)."""
        z = self.conv(pose)  # (B, D, T, h, w)
        positions = self.positions[:, : z.shape[3], : z.shape[4]]
        z = self.linear(z.permute(0, 2, 3, 4, 1)) + positions.permute(1, 2, 0)
        return self.norm(z).flatten(1, 3)


class Block(nn.Module):
    """Joint self-attention of noisy and source tokens, speech cross-attention frame by frame, feed-forward."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.modulation = nn.Linear(dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)
        self.norm_self = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.norm_q = HeadNorm(dim // heads)
        self.norm_k = HeadNorm(dim // heads)
        self.proj = nn.Linear(dim, dim)
        self.norm_cross = nn.LayerNorm(dim)
        self.cross_q = nn.Linear(dim, dim)
        self.cross_kv = nn.Linear(dim, 2 * dim)
        self.cross_proj = nn.Linear(dim, dim)
        nn.init.zeros_(self.cross_proj.weight)  # speech comes in from nothing, as in EditYourself
        nn.init.zeros_(self.cross_proj.bias)
        self.norm_ff = nn.LayerNorm(dim, elementwise_affine=False)
        self.ff = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(approximate="tanh"), nn.Linear(4 * dim, dim))

    def forward(
        self,
        tokens: Tensor,
        reference: Tensor,
        speech: Tensor,
        condition: Tensor,
        clean: Tensor,
        rotary: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Both token groups again.

        Args:
            tokens: (B, T·h·w, D), the noisy ones.
            reference: (B, M, D), the clean ones; none where the source enters by channels.
            speech: (B, T, W, D).
            condition: (B, D), what scales and shifts the noisy ones, and
            clean: the clean ones.
            rotary: (B, T·h·w + M, D / heads / 2) angles.
        """
        count = tokens.shape[1]
        both = torch.cat([tokens, reference], dim=1)  # (B, 2N, D)
        noisy_mod = self.modulation(F.silu(condition))[:, None].expand(-1, count, -1)
        clean_mod = self.modulation(F.silu(clean))[:, None].expand(-1, reference.shape[1], -1)
        shift_a, scale_a, gate_a, shift_f, scale_f, gate_f = torch.cat([noisy_mod, clean_mod], 1).chunk(
            6, dim=-1
        )

        q, k, v = self.qkv(self.norm_self(both) * (1 + scale_a) + shift_a).chunk(3, dim=-1)
        q, k, v = (self._split(x) for x in (q, k, v))  # (B, heads, 2N, D/heads)
        q, k = apply_rotary(self.norm_q(q), rotary), apply_rotary(self.norm_k(k), rotary)
        attended = attend(q, k, v).transpose(1, 2).flatten(2)
        both = both + gate_a * self.proj(attended)

        tokens = both[:, :count]
        batch, frames, window, dim = speech.shape
        per_frame = self.norm_cross(tokens).reshape(batch * frames, -1, dim)  # (B·T, h·w, D)
        k, v = self.cross_kv(speech.reshape(batch * frames, window, dim)).chunk(2, dim=-1)
        heard = attend(self._split(self.cross_q(per_frame)), self._split(k), self._split(v))
        heard = self.cross_proj(heard.transpose(1, 2).flatten(2)).reshape(batch, count, dim)
        both = torch.cat([tokens + heard, both[:, count:]], dim=1)

        both = both + gate_f * self.ff(self.norm_ff(both) * (1 + scale_f) + shift_f)
        return both[:, :count], both[:, count:]

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Scaled dot-product attention, (B, heads, N, D) of queries (B, heads, N, D), keys and values (B, heads, M, D).

    On processors, over few tokens, plain products are trained three to four times as fast as torch's fused attention.
    """
    if q.device.type != "cpu" or q.shape[-2] * k.shape[-2] > _FEW_PAIRS:
        return F.scaled_dot_product_attention(q, k, v)
    return (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(dim=-1) @ v


class HeadNorm(nn.RMSNorm):
    """RMSNorm whose weight follows the input's number format, without which torch leaves its fast path."""

    def forward(self, x: Tensor) -> Tensor:
        """`x` with a root mean square of 1 over its last axis, times the weight."""
        return F.rms_norm(x, self.normalized_shape, self.weight.to(x.dtype), self.eps)


def rotary_angles(times: Tensor, rows: int, columns: int, head_dim: int) -> Tensor:
    """(B, T·rows·columns, head_dim / 2) rotary angles: half for time in seconds, a quarter each for y and x.

    Time turns once per 0.08…20 s whatever the frame rate; places are shares of the picture's side.
    """
    quarter = head_dim // 8
    device = times.device
    steps = torch.arange(2 * quarter, device=device) / (2 * quarter)
    time_speeds = 2 * math.pi / (0.08 * (20 / 0.08) ** steps)
    place_speeds = 2 * math.pi * 0.5 * 16 ** (torch.arange(quarter, device=device) / quarter)
    t = times[:, :, None, None, None] * time_speeds  # (B, T, 1, 1, Q·2)
    y = (torch.arange(rows, device=device) + 0.5)[:, None, None] / rows * place_speeds
    x = (torch.arange(columns, device=device) + 0.5)[None, :, None] / columns * place_speeds
    shape = (times.shape[0], times.shape[1], rows, columns)
    parts = [part.expand(*shape, -1) for part in (t, y[None, None], x[None, None])]
    return torch.cat(parts, dim=-1).flatten(1, 3)


def apply_rotary(x: Tensor, angles: Tensor) -> Tensor:
    """`x` (B, heads, N, D) turned by `angles` (B, N, D / 2)."""
    cos, sin = angles.cos()[:, None].to(x.dtype), angles.sin()[:, None].to(x.dtype)
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


def _frames_of(clips: Tensor) -> Tensor:
    """(B·T, C, H, W) of (B, C, T, H, W)."""
    return clips.transpose(1, 2).flatten(0, 1)


def _clips_of(frames: Tensor, batch: int) -> Tensor:
    """(B, C, T, H, W) of (B·T, C, H, W)."""
    return frames.unflatten(0, (batch, -1)).transpose(1, 2)


def _patchify(embed: nn.Conv2d, latents: Tensor) -> Tensor:
    batch = latents.shape[0]
    z = embed(latents.transpose(1, 2).flatten(0, 1))  # (B·T, D, h, w)
    return z.flatten(2).transpose(1, 2).reshape(batch, -1, z.shape[1])


def _sinusoid(values: Tensor, dim: int) -> Tensor:
    frequencies = torch.exp(
        -math.log(_MAX_PERIOD) * torch.arange(dim // 2, device=values.device) / (dim // 2)
    )
    angles = values.float()[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], dim=-1)
