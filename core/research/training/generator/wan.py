"""The papers' real recipe on a public video diffusion transformer: Wan 2.1/2.2 in diffusers format, turned into AV2V.

As UniSync 2026 does: source-video latents concatenated with the noisy ones on channels, pose tokens added to
the patch tokens, speech by cross-attention, LoRA. Everything added begins at zero, so the untrained adapter predicts exactly
what the base model does.
"""

from dataclasses import dataclass
from typing import Any

import torch
from diffusers import WanTransformer3DModel
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class WanAdapterSettings:
    """What is added to the base.

    Attributes:
        speech_dim: width of a speech feature.
        rank: of the LoRA; 0 for none.
        targets: linear layers that get one.
    """

    speech_dim: int = 128
    rank: int = 64
    targets: tuple[str, ...] = ("to_q", "to_k", "to_v", "to_out.0")


class SourceAndPoseEmbedding(nn.Module):
    """Stands where the base embeds its patches: noisy, source and pose latents side by side on channels."""

    def __init__(self, base: nn.Conv3d) -> None:
        super().__init__()
        self.base = base
        self.channels = base.in_channels
        arguments: dict[str, Any] = {"kernel_size": base.kernel_size, "stride": base.stride}
        self.source = nn.Conv3d(base.in_channels, base.out_channels, bias=False, **arguments)
        # PAFS: Conv3D patch → Linear → LayerNorm; positions come from the base's rotary ones.
        self.pose = nn.Conv3d(base.in_channels, base.out_channels, **arguments)
        self.pose_linear = nn.Linear(base.out_channels, base.out_channels)
        self.pose_norm = nn.LayerNorm(base.out_channels)
        self.pose_gate = nn.Parameter(torch.zeros(base.out_channels))
        nn.init.zeros_(self.source.weight)

    def forward(self, latents: Tensor) -> Tensor:
        """(B, 3·C, f, h, w) to (B, D, f', h', w')."""
        noisy, source, pose = latents.split(self.channels, dim=1)
        anchors = self.pose_norm(self.pose_linear(self.pose(pose).movedim(1, -1))) * self.pose_gate
        return self.base(noisy) + self.source(source) + anchors.movedim(-1, 1)


class TextAndSpeechAttention(nn.Module):
    """Stands where a block attends to text: the same, and each latent frame's tokens attend to that frame's speech."""

    def __init__(self, base: nn.Module, dim: int, heads: int) -> None:
        super().__init__()
        self.base = base
        self.heads = heads
        self.norm = nn.LayerNorm(dim)
        self.q = nn.Linear(dim, dim)
        self.kv = nn.Linear(dim, 2 * dim)
        self.out = nn.Linear(dim, dim)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        # Set by `WanLipSync.forward` and kept until the next, for gradient checkpointing runs blocks twice.
        self.speech: Tensor | None = None

    def forward(self, hidden: Tensor, text: Tensor, *rest: object) -> Tensor:
        """(B, N, D) what the block adds to its tokens."""
        said = self.base(hidden, text, *rest)
        if self.speech is None:
            return said
        batch, frames, window, dim = self.speech.shape
        tokens = self.norm(hidden).reshape(batch * frames, -1, dim)
        k, v = self.kv(self.speech.reshape(batch * frames, window, dim)).chunk(2, dim=-1)
        heard = F.scaled_dot_product_attention(self._split(self.q(tokens)), self._split(k), self._split(v))
        return said + self.out(heard.transpose(1, 2).flatten(2)).reshape(hidden.shape)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class WanLipSync(nn.Module):
    """A Wan transformer that edits a clip's lips to speech.

    Args:
        base: its patch embedding and its blocks' text attention are replaced in place.
        settings: what is added.
    """

    def __init__(self, base: WanTransformer3DModel, settings: WanAdapterSettings) -> None:
        super().__init__()
        self.settings = settings
        dim, heads = base.patch_embedding.out_channels, base.config.num_attention_heads
        base.requires_grad_(requires_grad=False)
        if settings.rank:
            from peft import LoraConfig

            base.add_adapter(
                LoraConfig(r=settings.rank, lora_alpha=settings.rank, target_modules=list(settings.targets)),
                adapter_name="lips",
            )
        base.patch_embedding = SourceAndPoseEmbedding(base.patch_embedding)
        for block in base.blocks:
            block.attn2 = TextAndSpeechAttention(block.attn2, dim, heads)
        self.base = base
        self.speech_embed = nn.Sequential(nn.Linear(settings.speech_dim, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.null_speech = nn.Parameter(torch.zeros(settings.speech_dim))

    def forward(
        self,
        noisy: Tensor,
        source: Tensor,
        pose: Tensor,
        speech: Tensor | None,
        timestep: Tensor,
        text: Tensor,
    ) -> Tensor:
        """The velocity eps - x0, (B, C, f, h, w).

        Args:
            noisy: (B, C, f, h, w) latents at `timestep`.
            source: (B, C, f, h, w) clean latents of the clip with other words.
            pose: (B, C, f, h, w) latents of the pose video.
            speech: (B, f, W, speech_dim): for each *latent* frame, the features around all film frames it stands for;
                None for no speech.
            timestep: (B,) in 0..1, 1 is noise.
            text: (B, L, text_dim) of the base's text encoder; zeros for none.
        """
        if speech is None:
            speech = self.null_speech.expand(noisy.shape[0], noisy.shape[2], 1, -1)
        embedded = self.speech_embed(speech)
        for block in self.base.blocks:
            block.attn2.speech = embedded
        latents = torch.cat([noisy, source, pose], dim=1)
        return self.base(latents, timestep * 1000, text, return_dict=False)[0]

    def added(self) -> dict[str, nn.Parameter]:
        """Everything that is not the base's own: what is trained and stored."""
        return {name: p for name, p in self.named_parameters() if p.requires_grad}
