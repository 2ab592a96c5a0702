"""What the pictures of a written film are like: size, colour tags, fields and start follow from its source and preset."""

from dataclasses import replace
from fractions import Fraction

from av.filter import Graph
from av.video.format import VideoFormat

from core.media.colour import RANGE_FULL, RANGE_LIMITED, ColourTags, is_full_range, resolve_matrix
from core.media.info import MediaInfo, VideoStreamInfo
from core.media.pixel_layout import pixel_layout
from core.media.presets import VideoPreset


def encoded_size(like: VideoStreamInfo, preset: VideoPreset, pixel_format: str) -> tuple[int, int]:
    """The coded size: the source's, made even where H.264 and HEVC share chroma between pixels."""
    if preset.name not in ("h264", "hevc"):
        return like.width, like.height
    across, down = pixel_layout(pixel_format).chroma_shift
    return -(-like.width >> across) << across, -(-like.height >> down) << down


def output_tags(like: VideoStreamInfo, preset: VideoPreset, pixel_format: str) -> ColourTags:
    """The colour tags of a film encoded so: the source's own, unspecified ones left so, unless the codec has only others."""
    tags = like.colour
    if pixel_layout(like.pixel_format).kind == "rgb" and pixel_layout(pixel_format).kind != "rgb":
        tags = replace(tags, matrix=resolve_matrix(tags, like.width, like.height), range=RANGE_LIMITED)
    elif is_full_range(tags, like.pixel_format):
        tags = replace(tags, range=RANGE_LIMITED if preset.is_limited_range else RANGE_FULL)
    matrix = resolve_matrix(tags, like.width, like.height)
    if preset.matrices is not None and matrix not in preset.matrices:
        tags = replace(tags, matrix=preset.matrices[0])
    return tags


def keeps_fields(like: VideoStreamInfo, preset: VideoPreset) -> bool:
    """Whether interlaced pictures are written as such: the codec has fields, and the height divides into them."""
    if preset.name in ("prores", "prores4444", "ffv1"):
        return True
    return preset.name == "h264" and like.height % 4 == 0


def writes_fields(like: VideoStreamInfo, preset: VideoPreset, encoder: str) -> bool:
    """Whether this encoder writes the film's fields as such."""
    return like.is_interlaced and keeps_fields(like, preset) and encoder == preset.encoder


def field_marker(like: VideoStreamInfo, size: tuple[int, int], pixel_format: str) -> Graph:
    """Marks pictures as made of two fields: those that lips were laid into come without the mark."""
    graph = Graph()
    source = graph.add_buffer(
        width=size[0], height=size[1], format=VideoFormat(pixel_format), time_base=like.time_base
    )
    marker = graph.add("setfield", "mode=bff" if like.is_bottom_first else "mode=tff")
    sink = graph.add("buffersink")
    graph.link_nodes(source, marker, sink).configure()
    return graph


def output_start(like: MediaInfo) -> Fraction:
    """When the first frame is shown in the output: as in the source, less what its container's clock starts with."""
    assert like.video is not None
    earliest = min([like.video.start, *(a.start for a in like.audio)])
    return (
        max(like.video.start - earliest, Fraction(0)) if earliest != 0 else max(like.video.start, Fraction(0))
    )


def hdr10(like: VideoStreamInfo) -> list[str]:
    """x265's settings for the film's HDR10 data."""
    words = ["hdr10=1"]
    if like.mastering:
        words.append(f"master-display={like.mastering}")
    if like.light is not None:
        words.append(f"max-cll={like.light[0]},{like.light[1]}")
    return words


def hardware_bit_rate(like: VideoStreamInfo) -> int:
    """Bits a second for encoders that know no quality."""
    # 0.2 bit a pixel is what x264 at crf 16 takes for filmed material; never less than the source has.
    return max(int(like.width * like.height * like.rate.value / 5), like.bit_rate or 0)
