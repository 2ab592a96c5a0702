"""What a film holds beside its picture and its first sound: carried over into another file, or named as left out."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.subtitles.codeccontext import SubtitleCodecContext

from core.media.info import SoundRule
from core.media.opening import base_of, open_media, sound_streams, video_stream

Way = Literal["copy", "encode", "text"]

_TEXT_CODECS = {"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text"}
_TEXT_TARGET = {"mp4": "mov_text", "mov": "mov_text", "matroska": "srt"}
_NAMES = {"mp4": "MP4", "mov": "MOV", "matroska": "Matroska"}
# Tags that describe a file's making, not the film.
_TECHNICAL = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration", "timecode", "title"}
_MOV_TAGS = {
    "artist", "album_artist", "author", "composer", "album", "date", "comment", "genre", "copyright", "grouping", "lyrics",
    "description", "synopsis", "show", "episode_id", "network", "keywords", "creation_time", "track", "disc",
}  # fmt: skip
# The languages that QuickTime numbers, by FFmpeg's names for them, and what others call these.
_MOV_LANGUAGES = {"eng", "fra", "ger", "ita", "dut", "sve", "spa", "dan", "por", "nor", "heb", "jpn", "ara", "fin", "gre", "ice", "mlt", "tur", "chi", "urd", "hin", "tha", "kor", "lit", "pol", "hun", "est", "lav", "rus", "alb", "ron", "ces", "slk", "slv", "yid", "mac", "bul", "ukr", "bel"}
_MOV_NAMES = {"deu": "ger", "nld": "dut", "swe": "sve", "ell": "gre", "isl": "ice", "zho": "chi", "sqi": "alb",
              "fre": "fra", "rum": "ron", "cze": "ces", "slo": "slk"}  # fmt: skip
_TRACK_TAGS = ("language", "title", "handler_name", "comment")
_NO_STYLE = (
    b"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\nStyle: Default,Arial,16\n\n"
    b"[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)


@dataclass(frozen=True, slots=True)
class Companion:
    """One stream that is carried over: its index in the film's file, and how.

    Attributes:
        index: of the stream in its file.
        way: "copy" as it is, "encode" decoded sound anew, or "text" for subtitles written in the other file's manner.
        number: of a sound among those that can be decoded, for "encode".
    """

    index: int
    way: Way
    number: int = 0


@dataclass(frozen=True, slots=True)
class CompanionPlan:
    """What is carried over from `film`.

    Attributes:
        film: the file.
        streams: in its order.
        attachments: whether fonts and other attached files go along.
        tags: of the whole file.
        notes: a sentence for each thing that is left out or changed.
        is_dub_first: the film's own sounds are no more the ones played without asking.
    """

    film: Path
    streams: tuple[Companion, ...] = ()
    attachments: bool = False
    tags: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    is_dub_first: bool = True


def tags_of(film: Path, muxer: str) -> CompanionPlan:
    """Of a film that is cut into stretches only what has no time: its tags, and sentences about everything else.

    Raises:
        MediaError: the film cannot be read.
    """
    plan = plan_companions(film, muxer)
    lost_tags = tuple(note for note in plan.notes if note.startswith("The tags "))
    return CompanionPlan(film, tags=plan.tags, notes=lost_tags + left_out_by_cutting(film))


def left_out_by_cutting(film: Path) -> tuple[str, ...]:
    """A sentence about what a film holds beside its picture and first sound, which does not go along where it is cut; or none.

    Raises:
        MediaError: the film cannot be read.
    """
    with open_media(film) as container:
        main, sounds = video_stream(container), sound_streams(container)
        kept = {stream.index for stream in (main, *sounds[:1]) if stream is not None}
        others = [
            stream
            for stream in container.streams
            if stream.index not in kept and not (stream.type == "data" and "timecode" in stream.metadata)
        ]
        words = [_words(stream, sounds) for stream in others]
    if not words:
        return ()
    named = ", ".join([words[0], *(f"{word[0].lower()}{word[1:]}" for word in words[1:])])
    return (f"{named} of {film.name}: left out, because the film is cut.",)


def plan_companions(film: Path, muxer: str, rule: SoundRule = "replace") -> CompanionPlan:
    """What goes along into a file of `muxer`, decided by trying.

    Args:
        film: where it comes from.
        muxer: mp4, mov or matroska.
        rule: "replace": every sound but the first decodable one, whose place the new sound takes; "add": every sound;
            "only-dub": none.

    Raises:
        MediaError: the film cannot be read.
    """
    streams: list[Companion] = []
    notes: list[str] = []
    name = _NAMES[muxer]
    with open_media(film) as container:
        main, sounds = video_stream(container), sound_streams(container)
        attached = 0
        for stream in container.streams:
            if main is not None and stream.index == main.index:
                continue
            words = _words(stream, sounds)
            language = stream.metadata.get("language", "und")
            if muxer == "mov" and language != "und" and language_for(language, muxer) is None:
                notes.append(f"The language of {words[0].lower()}{words[1:]} is left out: MOV files have no name for it.")
            if stream.type == "attachment":
                attached += 1
                continue
            companion, note = _companion(container, stream, sounds, muxer, rule)
            if companion is not None:
                streams.append(companion)
            if note:
                notes.append(f"{words} is {note}")
        if attached and muxer != "matroska":
            notes.append(f"{attached} attached files (fonts, say) are left out: {name} files do not take them.")
        tags = tuple((key, value) for key, value in container.metadata.items() if key.lower() not in _TECHNICAL)
        lost = [key for key, _ in tags if muxer != "matroska" and key.lower() not in _MOV_TAGS]
        if lost:
            notes.append(f"The tags {', '.join(sorted(lost))} are left out: {name} files have no place for them.")
    return CompanionPlan(
        film, tuple(streams), bool(attached) and muxer == "matroska", tags, tuple(notes), is_dub_first=True
    )


def _companion(
    container: InputContainer, stream: Stream, sounds: list[AudioStream], muxer: str, rule: SoundRule
) -> tuple[Companion | None, str]:
    """How a stream goes along, None where it does not, and what is to be said of it after “is”."""
    name, copied = _NAMES[muxer], Companion(stream.index, "copy")
    if stream.type == "audio":
        if stream in sounds and rule == "replace" and stream.index == sounds[0].index:
            return None, ""
        if rule == "only-dub":
            return None, "left out: only the dub was asked for."
        if _takes(container, stream, muxer):
            return copied, ""
        if stream in sounds:
            encoded = Companion(stream.index, "encode", sounds.index(stream))
            return encoded, f"encoded anew: {name} files do not take it as it is."
        return None, f"left out: it cannot be decoded here and {name} files do not take it."
    if stream.type == "subtitle":
        if _takes(container, stream, muxer):
            return copied, ""
        if _is_text(stream):
            return Companion(stream.index, "text"), ""
        return None, f"left out: {name} files do not take its kind."
    if stream.type == "video":
        goes = stream.disposition & Disposition.attached_pic and _takes(container, stream, muxer)
        return (copied, "") if goes else (None, "left out.")
    is_told = stream.type == "data" and "timecode" not in stream.metadata
    return None, "left out." if is_told else ""


class CompanionCopier:
    """Copies the planned streams beside the pictures, in step with them.

    Args:
        plan: what goes along; sounds to be encoded anew are left to the writer.
        output: the file, before its header is written.
        shift: seconds added to every timestamp.
    """

    def __init__(self, plan: CompanionPlan, output: OutputContainer, shift: Fraction) -> None:
        self._shift = shift
        self._output = output
        self._input = open_media(plan.film)
        self._targets: dict[int, Stream] = {}
        self._pending: Packet[Any] | None = None
        try:
            for companion in plan.streams:
                if companion.way != "encode":
                    source = self._input.streams[companion.index]
                    target = _added(output, source, companion.way)
                    copy_track_facts(
                        source, target, _muxer_of(output), is_default=False if plan.is_dub_first else None
                    )
                    self._targets[source.index] = target
            if plan.attachments:
                for each in self._input.streams.attachments:
                    output.add_attachment(each.name or "file", each.mimetype or "application/octet-stream", each.data)
            chosen = [self._input.streams[index] for index in self._targets]
            self._packets: Iterator[Packet[Any]] = self._input.demux(chosen) if chosen else iter(())
        except BaseException:
            self._input.close()
            raise

    def write_until(self, seconds: Fraction | None) -> None:
        """Writes what is due up to a time of the new file, in seconds; None: all that is left."""
        while (packet := self._next()) is not None:
            assert packet.time_base is not None
            assert packet.pts is not None
            at = packet.pts * packet.time_base + self._shift
            if seconds is not None and at > seconds:
                return
            self._pending = None
            ends = at + (packet.duration or 0) * packet.time_base
            if at < 0 and ends <= 0:
                continue  # what a codec needs before the first sample; a negative time would move the picture, too
            self._put(packet)

    def close(self) -> None:
        """Closes the film."""
        self._packets = iter(())
        self._pending = None
        self._targets = {}
        self._input.close()

    def _next(self) -> "Packet[Any] | None":
        while self._pending is None:
            try:
                packet = next(self._packets, None)
            except av.error.FFmpegError:
                return None  # the file stops here
            if packet is None:
                return None
            if packet.size and packet.dts is not None and packet.pts is not None:
                self._pending = packet
        return self._pending

    def _put(self, packet: "Packet[Any]") -> None:
        target = self._targets[packet.stream_index]
        source = self._input.streams[packet.stream_index]
        moved = round(self._shift / base_of(source))
        if target.codec_context is not None and source.type == "subtitle" and _codec(source) != _codec(target):
            told = _as_other_text(packet, source, target)
            if told is None:
                return
            told.pts = told.dts = packet.pts
            told.duration, told.time_base = packet.duration, packet.time_base
            packet = told
        assert packet.pts is not None
        packet.pts += moved
        packet.dts = packet.pts if packet.dts is None else packet.dts + (moved if packet.dts != packet.pts else 0)
        packet.stream = target
        self._output.mux(packet)


def language_for(language: str, muxer: str) -> str | None:
    """A three-letter language as files of `muxer` name it; None where they cannot."""
    if muxer != "mov":
        return language
    name = _MOV_NAMES.get(language, language)
    return name if name in _MOV_LANGUAGES else None


def copy_track_facts(source: Stream, target: Stream, muxer: str, *, is_default: bool | None = None) -> None:
    """Language, title and what a track is for; `is_default` False: it is no more played without asking."""
    for key in _TRACK_TAGS:
        value = source.metadata.get(key)
        if value is not None and key == "language":
            value = language_for(value, muxer)
        if value is not None:
            target.metadata[key] = value
    disposition = source.disposition
    if is_default is False and source.type == "audio":
        disposition &= ~Disposition.default
    target.disposition = disposition


def _added(output: OutputContainer, source: Stream, way: Way) -> Stream:
    if way == "copy":
        return output.add_stream_from_template(source)
    target = output.add_stream(_TEXT_TARGET[_muxer_of(output)])
    context = target.codec_context
    assert isinstance(context, SubtitleCodecContext)
    context.subtitle_header = _NO_STYLE
    context.time_base = Fraction(1, 1000)
    return target


def _muxer_of(output: OutputContainer) -> str:
    return output.format.name


def _as_other_text(packet: "Packet[Any]", source: Stream, target: Stream) -> "Packet[Any] | None":
    """A subtitle's packet in the target's manner; None for one that says nothing."""
    if _codec(source) == "mov_text":
        data = bytes(packet)
        return Packet(data[2 : 2 + int.from_bytes(data[:2], "big")]) if len(data) > 2 else None
    decoder, encoder = source.codec_context, target.codec_context
    assert isinstance(decoder, SubtitleCodecContext)
    assert isinstance(encoder, SubtitleCodecContext)
    found = decoder.decode2(packet)
    return encoder.encode_subtitle(found) if found is not None else None


def _codec(stream: Stream) -> str:
    return stream.codec_context.name if stream.codec_context is not None else ""


def _is_text(stream: Stream) -> bool:
    return _codec(stream) in _TEXT_CODECS


def _takes(container: InputContainer, stream: Stream, muxer: str) -> bool:
    """Whether a file of that kind takes the stream as it is: tried with an empty one."""
    try:
        with av.open(io.BytesIO(), "w", format=muxer) as trial:
            copy_track_facts(stream, trial.add_stream_from_template(stream), muxer)
            trial.start_encoding()
    except (ValueError, OSError, NotImplementedError, av.error.FFmpegError):
        return False
    return True


def _words(stream: Stream, sounds: Sequence[Stream]) -> str:
    """What a stream is called in a sentence."""
    kind = {
        "audio": "The sound track",
        "subtitle": "The subtitle track",
        "video": "A further picture track",
        "data": "A data track",
    }.get(stream.type, "A track")
    if stream.type == "audio" and stream in sounds and len(sounds) > 1:
        kind += f" {sounds.index(stream) + 1}"
    facts = [fact for fact in (_codec(stream), stream.metadata.get("language"), stream.metadata.get("title")) if fact]
    return f"{kind} ({', '.join(facts)})" if facts else kind

