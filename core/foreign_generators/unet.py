"""The published networks, built of diffusers' own classes: MuseTalk's one-pass UNet and LatentSync's with motion modules.

What is here is only what differs: key names, and over which pixels LatentSync's group norms take their statistics. A network
loads without complaint and paints wrong pictures when those are left as diffusers has them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from diffusers import UNet2DConditionModel, UNetMotionModel
from torch import Tensor, nn

from core.base.errors import ModelError

Shapes = Mapping[str, tuple[int, ...]]

MOTION_FRAMES = 16  # LatentSync's window: its statistics are pooled over exactly so many frames
_MOTION_POSITIONS = 24
_GROUPS = 32
_HEADS = 8  # called attention_head_dim in the published files; 8 heads at every level

# Of every motion module, published name → diffusers' name, in the order in which they are replaced.
_MOTION_NAMES = (
    ("temporal_transformer.", ""),
    ("attention_blocks.0.pos_encoder.pe", "pos_embed.pe"),
    ("attention_blocks.0", "attn1"),
    ("attention_blocks.1", "attn2"),
    ("norms.0", "norm1"),
    ("norms.1", "norm2"),
    ("ff_norm", "norm3"),
)
_SECOND_POSITIONS = "attention_blocks.1.pos_encoder.pe"  # the same table once more


@dataclass(frozen=True, slots=True)
class UNetShape:
    """Sizes of a UNet; the defaults are the published ones.

    Attributes:
        channels: width of each level.
        speech_width: of one row of speech features.
    """

    channels: tuple[int, ...] = (320, 640, 1280, 1280)
    speech_width: int = 384

    @classmethod
    def of_file(cls, shapes: Shapes, path: Path) -> "UNetShape":
        """The sizes that the tensors of a file have; the published ones where they cannot be read off.

        Raises:
            ModelError: no network of this kind has such sizes.
        """
        levels: list[int] = []
        while (name := f"down_blocks.{len(levels)}.resnets.0.conv1.weight") in shapes:
            levels.append(shapes[name][0])
        speech = shapes.get("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight", (0, 0))
        if len(levels) != 4 or len(speech) != 2 or not speech[1]:
            return cls()  # strict loading will say what is missing
        if any(width % _GROUPS for width in levels):
            raise ModelError(
                f"{path} is no network of this kind: its levels are {', '.join(map(str, levels))} wide.",
                hint="Take the files of exactly the version that is asked for.",
            )
        return cls(tuple(levels), speech[1])


class PooledGroupNorm(nn.GroupNorm):
    """Statistics over all frames of a window at once, for (frames of one or more windows, C, H, W)."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalises each window of `MOTION_FRAMES` frames as one."""
        windows = x.unflatten(0, (-1, MOTION_FRAMES)).transpose(1, 2)  # (B, C, T, H, W)
        return super().forward(windows).transpose(1, 2).flatten(0, 1)


class FrameGroupNorm(nn.GroupNorm):
    """Statistics of each frame alone, for (B, C, T, H, W)."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalises frame by frame."""
        frames = x.transpose(1, 2)
        return super().forward(frames.flatten(0, 1)).unflatten(0, frames.shape[:2]).transpose(1, 2)


def musetalk_unet(shape: UNetShape = UNetShape()) -> UNet2DConditionModel:
    """MuseTalk's: (B, 8, h, w) masked and reference latents and (B, 50, speech_width) to (B, 4, h, w) latents."""
    return UNet2DConditionModel(
        sample_size=64,
        in_channels=8,
        out_channels=4,
        block_out_channels=shape.channels,
        cross_attention_dim=shape.speech_width,
        attention_head_dim=_HEADS,
    )


def latentsync_unet(shape: UNetShape = UNetShape()) -> UNetMotionModel:
    """LatentSync's: (B, 13, 16, h, w) and (B·16, 50, speech_width) to the noise in (B, 4, 16, h, w) latents."""
    levels = len(shape.channels)
    network = UNetMotionModel(
        sample_size=64,
        in_channels=13,
        out_channels=4,
        down_block_types=("CrossAttnDownBlockMotion",) * (levels - 1) + ("DownBlockMotion",),
        up_block_types=("UpBlockMotion",) + ("CrossAttnUpBlockMotion",) * (levels - 1),
        block_out_channels=shape.channels,
        cross_attention_dim=shape.speech_width,
        num_attention_heads=_HEADS,
        motion_num_attention_heads=_HEADS,
        motion_max_seq_length=_MOTION_POSITIONS,
        use_motion_mid_block=False,
    )
    for name, module in network.named_modules():
        if not isinstance(module, nn.GroupNorm):
            continue
        is_motion, is_resnet = "motion_modules" in name, ".resnets." in name
        if is_motion:
            module.__class__ = FrameGroupNorm  # the same weights, other statistics
        elif is_resnet or name == "conv_norm_out":
            module.__class__ = PooledGroupNorm
    return network


def latentsync_names(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """LatentSync's tensors under the names that `latentsync_unet` has for them."""
    renamed = {}
    for name, tensor in published.items():
        if "motion_modules" in name:
            if name.endswith(_SECOND_POSITIONS):
                continue
            for old, new in _MOTION_NAMES:
                name = name.replace(old, new)
        renamed[name] = tensor
    return renamed


def latentsync_published(shapes: Shapes) -> Shapes:
    """The other way round: shapes under the published names for those of `latentsync_unet`."""
    back = {}
    for name, shape in shapes.items():
        if "motion_modules" not in name:
            back[name] = shape
            continue
        found = re.fullmatch(r"(.*motion_modules\.\d+\.)(.*)", name)
        assert found is not None, name
        module, inner = found.groups()
        for old, new in reversed(_MOTION_NAMES[1:]):
            inner = inner.replace(new, old)
        back[f"{module}temporal_transformer.{inner}"] = shape
        if inner.endswith("pos_encoder.pe"):
            second = inner.replace("attention_blocks.0", "attention_blocks.1")
            back[f"{module}temporal_transformer.{second}"] = shape
    return back
