"""The papers' real recipe on a public video diffusion transformer: Wan 2.1/2.2 in diffusers format, turned into AV2V.

UniSync 2026, 1.1 of the papers' digest: source-video latents concatenated with the noisy ones on channels, pose tokens added to
the patch tokens, speech by cross-attention, LoRA. Everything added begins at zero, so the untrained adapter predicts exactly
what the base model does. The base comes from a folder the user has; only the adapter is stored.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from core.base import json_text
from core.base.errors import ModelError

_WEIGHTS, _FACTS = "adapter.safetensors", "adapter.json"


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

    def save_adapter(self, folder: Path) -> None:
        """Writes the adapter, whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {name: p.detach().cpu().contiguous() for name, p in self.added().items()}
        part = folder / f"{_WEIGHTS}.part"
        save_file(tensors, part)
        os.replace(part, folder / _WEIGHTS)
        (folder / _FACTS).write_text(json.dumps(asdict(self.settings)), "utf-8")


def load_wan(
    base_folder: Path, adapter: Path | None, settings: WanAdapterSettings | None = None
) -> WanLipSync:
    """The base in ``base_folder/transformer`` (or the folder itself), with the stored or a fresh adapter.

    Raises:
        ModelError: the folder holds no Wan transformer, or the adapter was made for another.
    """
    folder = base_folder / "transformer" if (base_folder / "transformer").is_dir() else base_folder
    try:
        base = WanTransformer3DModel.from_pretrained(folder, use_safetensors=True)  # never a pickle
    except Exception as error:
        raise ModelError(
            f"{folder} holds no Wan transformer in diffusers format: {error}.",
            hint="Give the folder of a downloaded …-Diffusers model.",
        ) from error
    if adapter is None:
        return WanLipSync(base, settings or WanAdapterSettings())
    try:
        facts = json_text.parse((adapter / _FACTS).read_text("utf-8"))
        given = WanAdapterSettings(**{**facts, "targets": tuple(facts["targets"])})
        tensors = load_file(adapter / _WEIGHTS)
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise ModelError(f"The adapter {adapter} cannot be read: {error}.") from error
    if not (
        type(given.rank) is type(given.speech_dim) is int
        and 0 <= given.rank <= 1024
        and 1 <= given.speech_dim <= 8192
    ):
        raise ModelError(f"The adapter {adapter} has a rank or a width that no adapter has.")
    if not all(isinstance(target, str) for target in given.targets):
        raise ModelError(f"The adapter {adapter} does not name the layers it belongs to.")
    network = WanLipSync(base, given)
    wanted = network.added()
    wrong = [name for name, p in wanted.items() if name not in tensors or tensors[name].shape != p.shape]
    if wrong or len(tensors) != len(wanted):
        raise ModelError(
            f"The adapter {adapter} was made for another base than {folder}"
            + (f": “{wrong[0]}” does not fit." if wrong else "."),
            hint="Use the base it was trained on.",
        )
    network.load_state_dict(tensors, strict=False)
    return network


class WanLatents:
    """Wan's video autoencoder as the pipeline wants it: normalised latents of clips; T = 4·f - 3 frames make f latent ones."""

    def __init__(self, autoencoder: AutoencoderKLWan) -> None:
        self.autoencoder = autoencoder.eval().requires_grad_(requires_grad=False)

    @torch.no_grad()
    def encode(self, clip: Tensor) -> Tensor:
        """(B, C, f, H/8, W/8) of a (B, 3, T, H, W) clip in -1..1."""
        mean, std = self._statistics(clip)
        return (self.autoencoder.encode(clip).latent_dist.mode() - mean) / std

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """(B, 3, T, H, W) of latents that `encode` made."""
        mean, std = self._statistics(latents)
        return self.autoencoder.decode(latents * std + mean, return_dict=False)[0]

    def _statistics(self, like: Tensor) -> tuple[Tensor, Tensor]:
        config = self.autoencoder.config

        def shaped(values: Sequence[float]) -> Tensor:
            return torch.tensor(values).to(like).view(1, -1, 1, 1, 1)

        return shaped(config.latents_mean), shaped(config.latents_std)


def speech_of_latent_frames(windows: Tensor, stride: int = 4) -> Tensor:
    """(B, f, stride·W, D) of per-frame speech (B, T, W, D): what Wan's time compression puts into each latent frame.

    The first latent frame stands for the first film frame alone, each further one for `stride`; the first's is repeated.
    """
    first = windows[:, :1].repeat(1, stride, 1, 1)
    grouped = torch.cat([first, windows[:, 1:]], dim=1)
    return grouped.unflatten(1, (-1, stride)).flatten(2, 3)
