"""Published models in toy sizes: every file with the names and shapes of the published layout, random weights."""

import json
import math
from itertools import pairwise

import numpy as np
import torch
from diffusers import AutoencoderKL
from safetensors.torch import save_file

from core.foreign_generators.tbdub_network import TBDubShape, TBDubTransformer, tbdub_published
from core.foreign_generators.unet import (
    UNetShape,
    latentsync_published,
    latentsync_unet,
    musetalk_unet,
)
from core.foreign_generators.weights import shapes_of

SHAPE = UNetShape((32, 64, 64, 64), 32)
WHISPER_HEADS, WHISPER_LAYERS = 1, 4  # heads are 64 wide in every Whisper; one stands for a part of one


def random_tensors(shapes, seed=0):
    generator = torch.Generator().manual_seed(seed)
    made = {}
    for name, shape in shapes.items():
        if name.endswith("pos_encoder.pe"):
            made[name] = sinusoids(*shape[1:])[None]
            continue
        fan_in = math.prod(shape[1:]) or 1
        spread = 0.1 if len(shape) < 2 else 1 / math.sqrt(fan_in)
        made[name] = torch.randn(shape, generator=generator) * spread
        if len(shape) == 1 and name.endswith("weight"):
            made[name] = made[name] + 1
    return made


def sinusoids(rows, width):
    place = torch.arange(rows)[:, None] / 10000 ** (torch.arange(0, width, 2) / width)
    table = torch.zeros(rows, width)
    table[:, 0::2], table[:, 1::2] = place.sin(), place.cos()
    return table


def musetalk_tensors(seed=0):
    return random_tensors(shapes_of(musetalk_unet(SHAPE)), seed)


def latentsync_tensors(seed=0):
    return random_tensors(latentsync_published(shapes_of(latentsync_unet(SHAPE))), seed)


def openai_whisper(seed=0):
    """What whisper/tiny.pt holds: ``dims`` and ``model_state_dict`` with encoder and decoder."""
    width, shapes = SHAPE.speech_width, {}
    shapes |= {"conv1.weight": (width, 80, 3), "conv1.bias": (width,)}
    shapes |= {"conv2.weight": (width, width, 3), "conv2.bias": (width,)}
    for n in range(WHISPER_LAYERS):
        at = f"blocks.{n}"
        for part in ("query", "key", "value", "out"):
            shapes[f"{at}.attn.{part}.weight"] = (width, width)
            if part != "key":
                shapes[f"{at}.attn.{part}.bias"] = (width,)
        for norm in ("attn_ln", "mlp_ln"):
            shapes |= {f"{at}.{norm}.weight": (width,), f"{at}.{norm}.bias": (width,)}
        shapes |= {f"{at}.mlp.0.weight": (4 * width, width), f"{at}.mlp.0.bias": (4 * width,)}
        shapes |= {f"{at}.mlp.2.weight": (width, 4 * width), f"{at}.mlp.2.bias": (width,)}
    shapes |= {"ln_post.weight": (width,), "ln_post.bias": (width,)}
    tensors = random_tensors(shapes, seed)
    tensors["positional_embedding"] = sinusoids(1500, width)
    dims = {
        "n_mels": 80, "n_vocab": 7, "n_audio_ctx": 1500, "n_audio_state": width, "n_audio_head": WHISPER_HEADS,
        "n_audio_layer": WHISPER_LAYERS, "n_text_ctx": 8, "n_text_state": width, "n_text_head": 2, "n_text_layer": 1,
    }  # fmt: skip
    state = {f"encoder.{name}": tensor for name, tensor in tensors.items()}
    state["decoder.token_embedding.weight"] = torch.zeros(7, width)
    return {"dims": dims, "model_state_dict": state}


def write_vae(folder, seed=0):
    """As stabilityai/sd-vae-ft-mse lies on the hub."""
    torch.manual_seed(seed)
    network = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(32, 32, 32, 32),
        layers_per_block=1,
    )
    network.save_pretrained(folder)
    return network


def write_hub_whisper(folder, seed=0):
    """As openai/whisper-tiny lies on the hub, in transformers' layout."""
    from transformers import WhisperConfig, WhisperModel

    torch.manual_seed(seed)
    width = SHAPE.speech_width
    config = WhisperConfig(
        vocab_size=11, d_model=width, encoder_layers=WHISPER_LAYERS, decoder_layers=1, encoder_attention_heads=WHISPER_HEADS,
        decoder_attention_heads=2, encoder_ffn_dim=4 * width, decoder_ffn_dim=8, max_target_positions=8, pad_token_id=0,
        bos_token_id=1, eos_token_id=2, decoder_start_token_id=1, suppress_tokens=None, begin_suppress_tokens=None,
    )  # fmt: skip
    WhisperModel(config).save_pretrained(folder)


def voice(seconds=3.0, seed=1):
    """(N,) float32: syllables of noise with pauses."""
    time = np.arange(int(16000 * seconds)) / 16000
    noise = np.random.default_rng(seed).normal(0, 0.1, len(time))
    return (noise * np.clip(np.sin(2 * np.pi * 3 * time), 0, 1)).astype(np.float32)


def write_musetalk(folder):
    """A folder with the published files of MuseTalk 1.5 and its companions."""
    (folder / "musetalkV15").mkdir(parents=True)
    torch.save(musetalk_tensors(), folder / "musetalkV15" / "unet.pth")
    write_vae(folder / "sd-vae-ft-mse")
    write_hub_whisper(folder / "whisper-tiny")
    return folder


def write_latentsync(folder):
    """A folder with the published files of LatentSync and its companions."""
    (folder / "whisper").mkdir(parents=True)
    state = {"state_dict": latentsync_tensors(), "global_step": 3}
    torch.save(state, folder / "latentsync_unet.pt")
    torch.save(openai_whisper(), folder / "whisper" / "tiny.pt")
    write_vae(folder / "sd-vae-ft-mse")
    return folder


TBDUB_SHAPE = TBDubShape(
    dim=128,
    ffn_dim=96,
    heads=1,
    layers=2,
    channels=6,
    clock=16,
    text=12,
    speech=256,
    speech_dim=64,
    speech_layers=1,
)  # heads are 128 wide in the transformer and 64 in what hears


def tbdub_tensors(seed=0):
    """The student's network under its published names."""
    with torch.device("meta"):
        shapes = shapes_of(TBDubTransformer(TBDUB_SHAPE))
    return {
        name: tensor.to(torch.bfloat16)
        for name, tensor in random_tensors(tbdub_published(shapes), seed).items()
    }


def wan_video_shapes(base=8, decoder_base=12, channels=6, blocks=2):
    """Names and shapes of Wan 2.2's video autoencoder as its authors publish it."""
    shapes = {}

    def convolution(name, inside, outside, *kernel):
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = (outside, inside, *kernel), (outside,)

    def residual(name, inside, outside):
        shapes[f"{name}.residual.0.gamma"] = (inside, 1, 1, 1)
        convolution(f"{name}.residual.2", inside, outside, 3, 3, 3)
        shapes[f"{name}.residual.3.gamma"] = (outside, 1, 1, 1)
        convolution(f"{name}.residual.6", outside, outside, 3, 3, 3)
        if inside != outside:
            convolution(f"{name}.shortcut", inside, outside, 1, 1, 1)

    def middle(name, width):
        residual(f"{name}.middle.0", width, width)
        shapes[f"{name}.middle.1.norm.gamma"] = (width, 1, 1)
        convolution(f"{name}.middle.1.to_qkv", width, 3 * width, 1, 1)
        convolution(f"{name}.middle.1.proj", width, width, 1, 1)
        residual(f"{name}.middle.2", width, width)

    def head(name, width, outside):
        shapes[f"{name}.head.0.gamma"] = (width, 1, 1, 1)
        convolution(f"{name}.head.2", width, outside, 3, 3, 3)

    widths = [base * many for many in (1, 1, 2, 4, 4)]
    convolution("encoder.conv1", 12, widths[0], 3, 3, 3)
    for level, (inside, outside) in enumerate(pairwise(widths)):
        at = f"encoder.downsamples.{level}.downsamples"
        for block in range(blocks):
            residual(f"{at}.{block}", inside if block == 0 else outside, outside)
        if level < 3:
            convolution(f"{at}.{blocks}.resample.1", outside, outside, 3, 3)
        if level in (1, 2):
            convolution(f"{at}.{blocks}.time_conv", outside, outside, 3, 1, 1)
    middle("encoder", widths[-1])
    head("encoder", widths[-1], 2 * channels)
    convolution("conv1", 2 * channels, 2 * channels, 1, 1, 1)
    convolution("conv2", channels, channels, 1, 1, 1)
    widths = [decoder_base * many for many in (4, 4, 4, 2, 1)]
    convolution("decoder.conv1", channels, widths[0], 3, 3, 3)
    middle("decoder", widths[0])
    for level, (inside, outside) in enumerate(pairwise(widths)):
        at = f"decoder.upsamples.{level}.upsamples"
        for block in range(blocks + 1):
            residual(f"{at}.{block}", inside if block == 0 else outside, outside)
        if level < 3:
            convolution(f"{at}.{blocks + 1}.resample.1", outside, outside, 3, 3)
        if level in (0, 1):
            convolution(f"{at}.{blocks + 1}.time_conv", outside, 2 * outside, 3, 1, 1)
    head("decoder", widths[-1], 12)
    return shapes


def write_tbdub(folder):
    """A folder with the published files of TBDub and its companions."""
    from transformers import HubertConfig, HubertModel

    (folder / "hubert-large-ll60k").mkdir(parents=True)
    save_file(tbdub_tensors(), folder / "tbdub_student.safetensors")
    torch.save(
        torch.randn(1, 5, TBDUB_SHAPE.text, generator=torch.Generator().manual_seed(3)),
        folder / "null_prompt_emb.pt",
    )
    save_file(
        random_tensors(wan_video_shapes(channels=TBDUB_SHAPE.channels), 1), folder / "Wan2.2_VAE.safetensors"
    )
    torch.manual_seed(2)
    config = HubertConfig(
        hidden_size=64, num_hidden_layers=13, num_attention_heads=1, intermediate_size=96, conv_dim=(16,) * 7,
        conv_kernel=(10, 3, 3, 3, 3, 2, 2), conv_stride=(5, 2, 2, 2, 2, 2, 2), conv_bias=True, feat_extract_norm="layer",
        do_stable_layer_norm=True, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4,
    )  # fmt: skip
    state = {}
    for name, tensor in HubertModel(config).state_dict().items():  # as files of before 2024 call them
        for new, old in (
            ("parametrizations.weight.original0", "weight_g"),
            ("parametrizations.weight.original1", "weight_v"),
        ):
            name = name.replace(new, old)
        state[name] = tensor
    torch.save(state, folder / "hubert-large-ll60k" / "pytorch_model.bin")
    return folder


def save_installed(tensors, path):
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)


def as_json(path, value):
    path.write_text(json.dumps(value), "utf-8")
