"""A patch as an AAF file: a composition that links to the film, the clips and the dub where they lie; nothing is embedded."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import aaf2
import av
from aaf2.ama import create_network_locator, get_wave_fmt
from aaf2.auid import AUID
from aaf2.exceptions import AAFError
from aaf2.rational import AAFRational
from av.video.stream import VideoStream

from core.base.errors import MediaError
from core.base.timing import FrameRate, parse_timecode
from core.base.whole_file import written_whole
from core.delivery.patch import PatchFacts

_COMPRESSED = AUID("04010202-0000-0000-060e-2b3404010101")  # a compressed picture, of no kind that AAF has a name for
_RED = {"red": 65535, "green": 0, "blue": 0}
_ALPHA_BITS = 16
_Piece = tuple[Any, int, int, int]
"""A master mob, its first frame, frames, first frame of the timeline."""


def write_aaf(
    facts: PatchFacts, folder: Path, markers: Sequence[tuple[int, str]], *, into: Path
) -> tuple[str, ...]:
    """Writes the film on V1, the patch on V2, the dub on A1, and markers; returns the file's name.

    Only for ProRes in the full picture: programs that read AAF know no other of our clips, and no clip's place in the picture.

    Args:
        facts: the patch.
        folder: where it will lie: the timeline names its files there.
        markers: frame of the timeline and what is to be said of it.
        into: where the patch's files are now, and the timeline is written.

    Raises:
        MediaError: it cannot be written.
    """
    if facts.format != "prores4444" or facts.cropped:
        return ()
    path = into / f"{facts.name}.aaf"
    with written_whole(path, "The timeline") as part:
        try:
            with aaf2.open(str(part), "w") as file:
                _Writer(file, facts, folder.absolute(), into).write(markers)
        except (AAFError, av.error.FFmpegError, ValueError) as error:
            raise MediaError(f"The timeline “{path}” cannot be written: {error}.") from error
    return (path.name,)


class _Writer:
    """Composition → master mobs → file mobs with a locator → mobs that count the timecode, as AAF's edit protocol links files."""

    def __init__(self, file: Any, facts: PatchFacts, folder: Path, made_in: Path) -> None:
        self._file, self._facts, self._folder, self._made_in = file, facts, folder, made_in
        self._rate = FrameRate(Fraction(facts.rate))
        self._edit_rate = AAFRational(self._rate.value.numerator, self._rate.value.denominator)

    def write(self, markers: Sequence[tuple[int, str]]) -> None:
        facts = self._facts
        films = {
            cut.film: self._picture(Path(cut.film).absolute(), Path(cut.film), cut.film_frames, cut.start_timecode)
            for cut in facts.cuts
        }
        base = [(films[cut.film], cut.film_frame, cut.frames, cut.first_frame) for cut in facts.cuts]
        patch = [
            (self._picture(self._folder / clip.file, self._made_in / clip.file, clip.frames, clip.timecode, alpha_bits=_ALPHA_BITS),
             0, clip.frames, clip.first_frame)
            for clip in facts.stretches
        ]  # fmt: skip
        dub = [(self._sound(), 0, facts.frames, 0)]
        composition = self._mob(self._file.create.CompositionMob(), facts.name)
        composition.usage = "Usage_TopLevel"
        self._timecode(composition, facts.start_timecode, facts.frames)
        film = self._track(composition, "picture", "Film", 1, base)
        self._track(composition, "picture", "Patch", 2, patch)
        self._track(composition, "sound", "Dub", 1, dub)
        if markers:
            self._markers(composition, film, markers)

    def _track(self, mob: Any, kind: str, name: str, number: int, pieces: Sequence[_Piece]) -> Any:
        slot = mob.create_empty_sequence_slot(self._edit_rate, media_kind=kind)
        slot.name = name
        slot["PhysicalTrackNumber"].value = number
        at = 0
        for master, first, frames, start in pieces:
            self._fill(slot, kind, start - at)
            slot.segment.components.append(master.create_source_clip(1, first, frames, kind))
            at = start + frames
        self._fill(slot, kind, self._facts.frames - at)
        return slot

    def _fill(self, slot: Any, kind: str, frames: int) -> None:
        if frames > 0:
            slot.segment.components.append(self._file.create.Filler(kind, frames))

    def _picture(self, path: Path, there: Path, frames: int, timecode: str, alpha_bits: int = 0) -> Any:
        facts, descriptor = self._facts, self._file.create.CDCIDescriptor()
        shape = Fraction(facts.width, facts.height) * Fraction(facts.pixel_aspect)
        depth, across, down = _sampling(there)
        told: dict[str, Any] = {
            "SampleRate": self._edit_rate, "Length": frames, "StoredWidth": facts.width, "StoredHeight": facts.height,
            "FrameLayout": "FullFrame", "VideoLineMap": [0, 0], "ImageAspectRatio": AAFRational(shape.numerator, shape.denominator),
            "ComponentWidth": depth, "HorizontalSubsampling": across, "VerticalSubsampling": down, "Compression": _COMPRESSED,
        }  # fmt: skip
        if alpha_bits:
            told |= {"AlphaSamplingWidth": alpha_bits, "AlphaTransparency": "MinValueTransparent"}
        for name, value in told.items():
            descriptor[name].value = value
        return self._linked(path, descriptor, "picture", self._edit_rate, frames, frames, timecode)

    def _sound(self) -> Any:
        facts, descriptor = self._facts, self._file.create.WAVEDescriptor()
        there = self._made_in / facts.sound
        with av.open(str(there)) as sound:
            stream = sound.streams.audio[0]
            rate, samples = stream.rate, stream.duration or 0
        for name, value in {"SampleRate": rate, "Length": samples, "Summary": get_wave_fmt(str(there))}.items():
            descriptor[name].value = value
        path = self._folder / facts.sound
        return self._linked(path, descriptor, "sound", AAFRational(rate), samples, facts.frames, facts.start_timecode)

    def _linked(
        self, path: Path, descriptor: Any, kind: str, rate: AAFRational, length: int, frames: int, timecode: str
    ) -> Any:
        """The master mob of a file, whose slot 1 is its picture or sound."""
        descriptor["Locator"].append(create_network_locator(self._file, str(path)))
        origin = self._mob(self._file.create.SourceMob(), f"{path.name} origin")
        origin.descriptor = self._file.create.ImportDescriptor()
        origin.create_empty_slot(rate, kind, slot_id=1).segment.length = length
        self._timecode(origin, timecode, frames)
        here = self._mob(self._file.create.SourceMob(), path.name)
        here.descriptor = descriptor
        here.create_timeline_slot(rate, 1).segment = origin.create_source_clip(1, 0, length, kind)
        master = self._mob(self._file.create.MasterMob(), path.stem)
        master.create_timeline_slot(rate, 1).segment = here.create_source_clip(1, 0, length, kind)
        return master

    def _timecode(self, mob: Any, start: str, frames: int) -> None:
        slot = mob.create_timeline_slot(self._edit_rate)
        slot["PhysicalTrackNumber"].value = 1
        counting = self._file.create.Timecode(round(self._rate.value), drop=";" in start, length=frames)
        counting.start = parse_timecode(start, self._rate)
        slot.segment = counting

    def _markers(self, mob: Any, track: Any, markers: Sequence[tuple[int, str]]) -> None:
        slot = self._file.create.EventMobSlot()
        slot["SlotID"].value = max(each.slot_id for each in mob.slots) + 1
        slot["EditRate"].value = self._edit_rate
        slot["PhysicalTrackNumber"].value = 1
        mob.slots.append(slot)
        slot.segment = self._file.create.Sequence(media_kind="DescriptiveMetadata")
        slot.segment["Components"].value = []
        for frame, note in markers:
            marker = self._file.create.DescriptiveMarker()
            marker["DescribedSlots"].value = {track.slot_id}
            for name, value in {"Position": frame, "Length": 1, "Comment": note, "CommentMarkerColor": _RED}.items():
                marker[name].value = value
            slot.segment.components.append(marker)

    def _mob(self, mob: Any, name: str) -> Any:
        mob.name = name
        self._file.content.mobs.append(mob)
        return mob


def _sampling(path: Path) -> tuple[int, int, int]:
    """Bits of a value, and how many pixels share a colour across and down."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert isinstance(stream, VideoStream)
        shape = stream.codec_context.format
        assert shape is not None, "a film that was dubbed has been decoded"
        across, down = shape.chroma_width(64), shape.chroma_height(64)
        return shape.components[0].bits, 64 // across, 64 // down
