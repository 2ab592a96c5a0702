"""What of a film's picture an export does not keep, in sentences for the user, before anything is written."""

from core.media.info import VideoStreamInfo
from core.media.output_format import encoded_size
from core.media.pixel_layout import is_transparent, pixel_layout
from core.media.presets import VideoPreset, output_pixel_format


def picture_notes(like: VideoStreamInfo, preset: VideoPreset, muxer: str) -> tuple[str, ...]:
    """A sentence for each property of the picture that is lost or changed by `preset` in a file of `muxer`."""
    notes = []
    pixel_format = output_pixel_format(preset, preset.encoder, like.pixel_format, is_hdr=like.colour.is_hdr)
    size = encoded_size(like, preset, pixel_format)
    if size != (like.width, like.height):
        notes.append(
            f"The picture of {like.width}x{like.height} becomes {size[0]}x{size[1]}: {preset.title} has no odd sizes; "
            "its last column or row is repeated."
        )
    if is_transparent(like.pixel_format) and not is_transparent(pixel_format):
        notes.append(f"Transparency is left out: {preset.title} has none (ProRes 4444 and FFV1 keep it).")
    old, new = pixel_layout(like.pixel_format), pixel_layout(pixel_format)
    if new.bits < old.bits:
        notes.append(
            f"The picture's {old.bits} bits become {new.bits}: more than players of {preset.title} take."
        )
    finer = old.kind != "rgb" and any(a < b for a, b in zip(old.chroma_shift, new.chroma_shift, strict=True))
    if finer or (old.kind == "rgb" and new.kind != "rgb" and new.chroma_shift != (0, 0)):
        notes.append(f"Colours are kept at half the size (4:2:0), as players of {preset.title} expect.")
    if (like.mastering or like.light is not None) and preset.name != "hevc":
        notes.append("The HDR10 data about the mastering display are left out: only HEVC keeps them here.")
    if like.dynamic_hdr:
        notes.append(f"{like.dynamic_hdr} metadata are left out.")
    if like.colour.is_hdr and preset.name == "h264":
        notes.append("HDR in H.264 (High 10) is refused by many players; HEVC is what they expect.")
    if like.has_captions:
        notes.append("Closed captions inside the picture are left out where it is encoded anew.")
    return tuple(notes)
