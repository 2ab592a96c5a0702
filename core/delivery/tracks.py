"""Several dubs of one film in one file: the picture of one, every voice as a sound track of its own, nothing encoded again."""

import heapq
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import av
import langcodes
from av.container import InputContainer
from av.packet import Packet

from core.base.errors import MediaError, SettingsError
from core.base.outputs import check_outputs
from core.base.whole_file import written_whole

_CONTAINERS = (".mkv", ".mp4", ".mov")
# Where the two differ, QuickTime's table of languages has these older codes, otherwise the newer.
_QUICKTIME_OLDER = ("ger", "dut", "gre", "ice", "chi", "alb")


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """The first sound of `film`, called `language` in the finished file ("" leaves its own tag)."""

    film: Path
    language: str


def join_tracks(picture: Path, sounds: Sequence[SoundTrack], output: Path) -> None:
    """Writes `output` with the picture of `picture` and the sound of each of `sounds` in order, the first one as the default.

    Packets are copied. Chapters and the film's tags are those of `picture`.

    Raises:
        SettingsError: the container cannot hold several tracks, or the output is one of the inputs.
        MediaError: a film cannot be read, has no sound or no picture, or the output cannot be written.
    """
    if output.suffix.lower() not in _CONTAINERS:
        raise SettingsError(
            f"{output.name} cannot hold several sound tracks.", hint="Use .mkv, .mp4 or .mov."
        )
    check_outputs([("The film", output)], [picture, *(sound.film for sound in sounds)])
    with written_whole(output, "The film") as part:
        try:
            _write(picture, sounds, part)
        except (ValueError, av.error.FFmpegError) as error:
            raise MediaError(f"{output} cannot be written: {error}.", hint="Try a .mkv file.") from error


def _write(picture: Path, sounds: Sequence[SoundTrack], part: Path) -> None:
    with ExitStack() as stack:
        out = stack.enter_context(av.open(str(part), "w"))
        film = _opened(stack, picture)
        if not film.streams.video:
            raise MediaError(f"“{picture}” has no picture.")
        streams: list[tuple[InputContainer, av.stream.Stream, av.stream.Stream]] = [
            (film, film.streams.video[0], out.add_stream_from_template(film.streams.video[0]))
        ]
        streams[0][2].metadata.update(film.streams.video[0].metadata)
        for sound in sounds:
            source = _opened(stack, sound.film)
            if not source.streams.audio:
                raise MediaError(f"“{sound.film}” has no sound.")
            stream = out.add_stream_from_template(source.streams.audio[0])
            stream.metadata.update(source.streams.audio[0].metadata)
            if sound.language:
                stream.metadata["language"] = _language(sound.language, part.suffix.lower())
                stream.metadata["title"] = sound.language
            stream.disposition = (
                av.stream.Disposition.default if len(streams) == 1 else av.stream.Disposition(0)
            )
            streams.append((source, source.streams.audio[0], stream))
        out.metadata.update(film.metadata)
        out.set_chapters(film.chapters())
        sequences = [_packets(container, stream) for container, stream, _ in streams]
        for _, index, _, packet in heapq.merge(*map(_numbered, range(len(streams)), sequences)):
            packet.stream = streams[index][2]
            out.mux(packet)


def _language(tag: str, suffix: str) -> str:
    """A BCP 47 tag as the three letters of ISO 639-2 that the container knows: Matroska the older ones, MP4 the newer, QuickTime both."""
    try:
        language = langcodes.Language.get(tag)
        older, newer = language.to_alpha3(variant="B"), language.to_alpha3(variant="T")
    except (LookupError, ValueError):
        return "und"
    return older if suffix == ".mkv" or (suffix == ".mov" and older in _QUICKTIME_OLDER) else newer


def _opened(stack: ExitStack, path: Path) -> InputContainer:
    try:
        return stack.enter_context(av.open(str(path)))
    except (OSError, av.error.FFmpegError) as error:
        raise MediaError(f"“{path}” cannot be read: {error}.") from error


def _packets(container: InputContainer, stream: av.stream.Stream) -> Iterator[Packet]:
    return (packet for packet in container.demux(stream) if packet.dts is not None)


def _numbered(index: int, packets: Iterator[Packet]) -> Iterator[tuple[float, int, int, Packet]]:
    """Packets with the second at which they are decoded, so that streams can be merged without comparing packets."""
    for number, packet in enumerate(packets):
        assert packet.dts is not None  # `_packets` left the others out
        assert packet.time_base is not None
        yield float(packet.dts * packet.time_base), index, number, packet
