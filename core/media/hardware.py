"""Hardware encoders, believed only after they have encoded a frame."""

import logging

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from core.media.info import VideoStreamInfo
from core.media.presets import VideoPreset, output_pixel_format

logger = logging.getLogger(__name__)


def working_hardware_encoder(preset: VideoPreset, like: VideoStreamInfo) -> str | None:
    """The first of the preset's hardware encoders that encodes one frame of this film's size here, or None."""
    for name in preset.hardware:
        try:
            pixel_format = output_pixel_format(preset, name, like.pixel_format, is_hdr=like.colour.is_hdr)
            context = av.CodecContext.create(name, "w")
            assert isinstance(context, VideoCodecContext)
            context.width, context.height, context.pix_fmt = like.width, like.height, pixel_format
            context.time_base, context.framerate = 1 / like.rate.value, like.rate.value
            frame = VideoFrame(like.width, like.height, pixel_format)
            frame.pts = 0
            packets = [*context.encode(frame), *context.encode(None)]
        except (av.error.FFmpegError, ValueError, OSError) as exc:
            logger.info("hardware encoder %s does not work here: %s", name, exc)
            continue
        if packets:
            return name
    return None
