"""Films written beside their target and moved into place, with the source's timestamps, tags and format."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from av.audio.stream import AudioStream
from av.codec.context import CodecContext, Flags
from av.container import OutputContainer
from av.filter import Graph
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from core.base.errors import MediaError, SettingsError
from core.base.stages import stage
from core.base.whole_file import beside_name, is_disk_full, settle, sweep
from core.media.audio import AudioReader, AudioSource
from core.media.companions import CompanionCopier, CompanionPlan, copy_track_facts, language_for
from core.media.frame_format import convert_frame, padded_frame
from core.media.hardware import working_hardware_encoder
from core.media.info import AudioCodecName, MediaInfo, VideoStreamInfo
from core.media.matroska_aspect import set_pixel_aspect
from core.media.output_format import (
    encoded_size,
    field_marker,
    hardware_bit_rate,
    hdr10,
    output_start,
    output_tags,
    writes_fields,
)
from core.media.presets import VideoPreset, check_container, find_preset, output_pixel_format
from core.media.reader import DecodedFrame
from core.media.sound_track import SoundTrack
from core.media.untouched import GroupMuxer, Groups

logger = logging.getLogger(__name__)

_AUDIO_LEAD = Fraction(1)  # seconds; the sound is kept ahead of the picture, so that the muxer never queues pictures
_MOVIE_TIMESCALE = "48000"  # of edit lists: the usual 1000 would round the sound's start to a millisecond
_X265_DELAY = 3  # frames


class MediaWriter:
    """Writes one film. A context manager: leaving it finishes the file, leaving it by an exception removes it.

    Pictures keep the source's timestamps, pixel format where the encoder has it, colour tags, rotation, pixel aspect,
    timecode and chapters. Sound starts with the first frame and is written to its end.

    Args:
        path: the target; its ending chooses the container.
        like: the film the frames come from.
        preset: a name in `core.media.presets.PRESETS`.
        audio: the sound, sample 0 with the first frame; None for none.
        audio_codec: aac, pcm or flac; None takes what usually goes with the preset.
        hardware: use a hardware encoder if one really works here.
        options: encoder settings that replace the preset's.
        companions: what else of the film goes along.
        language: of `audio`, three letters, None where it is not known.
        groups: what of `like` is taken over by `copy`; all pictures are encoded when None.
        seal: called with the finished file before it is moved to its place; what it raises undoes everything.

    Raises:
        SettingsError: there is no such preset, the ending does not fit the codecs, or the target is the source.
        MediaError: `like` has no picture, or the target cannot be written.
    """

    def __init__(  # noqa: PLR0913 - all by name
        self,
        path: str | os.PathLike[str],
        *,
        like: MediaInfo,
        preset: str = "h264",
        audio: AudioSource | None = None,
        audio_codec: AudioCodecName | None = None,
        hardware: bool = False,
        options: Mapping[str, str] | None = None,
        seal: Callable[[Path], None] | None = None,
        companions: CompanionPlan | None = None,
        language: str | None = None,
        groups: Groups | None = None,
    ) -> None:
        self._seal = seal
        self.path = Path(os.path.abspath(path))
        if like.video is None:
            raise MediaError(f"“{like.path}” has no video stream.")
        self._like: VideoStreamInfo = like.video
        self._preset: VideoPreset = find_preset(preset)
        muxer = check_container(self.path, self._preset, audio_codec)
        self._check_target(like)
        codec = audio_codec or self._preset.default_audio[muxer]
        self.encoder = (
            hardware and working_hardware_encoder(self._preset, self._like)
        ) or self._preset.encoder
        self._start = output_start(like)
        self._shift = self._start - self._like.start  # seconds added to every source timestamp
        self.frames_written = 0
        self._last_pts: int | None = None
        sweep(self.path.parent)
        self._temporary = beside_name(self.path)
        self._container: OutputContainer | None = None
        self._sounds: list[SoundTrack] = []
        self._readers: list[AudioReader] = []  # of the film's further sounds that are encoded anew
        self._copier: CompanionCopier | None = None
        self._groups: GroupMuxer | None = None
        self._like_film = like
        try:
            self._container = av.open(
                str(self._temporary), "w", format=muxer, container_options=self._muxer_options(muxer)
            )
            self._video_stream: VideoStream = self._add_video(muxer, options, groups)
            if audio is not None:
                stream = self._add_sound(audio, codec)
                if language and (named := language_for(language, muxer)):
                    stream.metadata["language"] = named
                stream.disposition = Disposition.default
            if companions is not None:
                self._add_companions(companions, muxer, codec)
            self._add_marks(like, muxer)
            self._container.start_encoding()
        except BaseException as exc:
            self.abort()
            if isinstance(exc, (OSError, ValueError, av.error.FFmpegError)):
                raise self._writing_error(exc) from exc
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.abort()

    @stage("writing")
    def write(self, frame: DecodedFrame | VideoFrame) -> None:
        """Adds the next picture; it must carry the source's timestamp, and is not changed.

        Raises:
            MediaError: the disk is full or the file cannot be written.
        """
        picture = frame.frame if isinstance(frame, DecodedFrame) else frame
        source_pts = frame.pts if isinstance(frame, DecodedFrame) else picture.pts
        if source_pts is None:
            raise ValueError("the frame has no timestamp")
        pts = round((source_pts * self._like.time_base + self._shift) / self._time_base)
        if self._last_pts is not None and pts <= self._last_pts:
            raise ValueError(f"timestamp {pts} does not follow {self._last_pts}")
        self._last_pts = pts
        now = pts * self._time_base
        self._write_audio_until(now - self._start + _AUDIO_LEAD)
        self._write_companions_until(now + _AUDIO_LEAD)
        picture = convert_frame(picture, self._pixel_format, self._like.colour, to=self._tags)
        picture = padded_frame(picture, *self._size)
        if self._fields is not None:
            self._fields.push(picture)
            marked = self._fields.pull()
            assert isinstance(marked, VideoFrame)
            picture = marked
        kept = picture.pts, picture.time_base, picture.pict_type
        picture.pts, picture.time_base = pts, self._time_base
        picture.pict_type = 0  # the encoder is to choose, not to repeat the source's key frames
        try:
            self._mux(self._encode(picture))
            self.frames_written += 1
        except (OSError, av.error.FFmpegError) as exc:
            raise self._writing_error(exc) from exc
        finally:
            picture.pts = kept[0]
            if kept[1] is not None:
                picture.time_base = kept[1]
            picture.pict_type = kept[2]

    def copy(self, frames: range) -> Iterator[int]:
        """Takes over a stretch of the source as it is; yields the number of each frame that is done, in order of decoding.

        Raises:
            CannotCopyError: it does not fit to what was encoded before it; begin anew without `groups`.
            MediaError: the disk is full or the file cannot be written.
        """
        assert self._groups is not None, "groups were given"
        try:
            self._mux(self._groups.encode(None))
            for number, packet in enumerate(self._groups.copy(frames), start=frames.start):
                assert packet.dts is not None
                now = packet.dts * self._time_base
                self._write_audio_until(now - self._start + _AUDIO_LEAD)
                self._write_companions_until(now + _AUDIO_LEAD)
                self._mux([packet])
                self.frames_written += 1
                yield number
        except (OSError, av.error.FFmpegError) as exc:
            raise self._writing_error(exc) from exc

    @stage("writing")
    def finish(self) -> None:
        """Writes what is left, closes the file and moves it to its place; after this nothing can be added.

        Raises:
            MediaError: the disk is full or the file cannot be written; nothing is left behind.
        """
        if self._container is None:
            return
        try:
            self._write_audio_until(None)
            for sound in self._sounds:
                self._mux(sound.stream.encode(None))
            self._write_companions_until(None)
            self._mux(self._encode(None))
            is_matroska = self._container.format.name == "matroska"
            self._container.close()
            if is_matroska and self._like.pixel_aspect != 1:
                set_pixel_aspect(self._temporary, self._like.pixel_aspect, *self._size)
            if self._seal is not None:
                self._seal(self._temporary)
            settle(self._temporary, self.path)
        except BaseException as exc:
            self.abort()
            if isinstance(exc, (OSError, av.error.FFmpegError)):
                raise self._writing_error(exc) from exc
            raise
        self._container = None
        self._release()

    def abort(self) -> None:
        """Removes everything written so far."""
        if self._container is not None:
            try:
                self._container.close()
            except (OSError, ValueError, av.error.FFmpegError) as exc:
                logger.debug("closing an abandoned file: %s", exc)
            self._container = None
        self._release()
        self._temporary.unlink(missing_ok=True)

    def _release(self) -> None:
        """Lets go of the encoders: their threads and pictures live as long as anyone holds the streams."""
        self.__dict__.pop("_video_stream", None)
        self._sounds = []
        if self._copier is not None:
            self._copier.close()
            self._copier = None
        if self._groups is not None:
            self._groups.close()
            self._groups = None
        for reader in self._readers:
            reader.close()
        self._readers = []

    def _check_target(self, like: MediaInfo) -> None:
        folder = self.path.parent
        if not folder.is_dir():
            raise MediaError(
                f"The folder “{folder}” does not exist.", hint="Create it or choose another one."
            )
        if self.path.is_dir():
            raise MediaError(f"“{self.path}” is a folder.", hint="Give the name of a file.")
        video, (width, height) = self._like, self._preset.smallest
        if video.width < width or video.height < height:
            raise SettingsError(
                f"{self._preset.title} needs pictures of at least {width}x{height}; these are "
                f"{video.width}x{video.height}.",
                hint="Choose another preset.",
            )
        if self.path.exists() and like.path.exists() and os.path.samefile(self.path, like.path):
            raise SettingsError("The output would replace its own source.", hint="Choose another name.")

    def _muxer_options(self, muxer: str) -> dict[str, str]:
        if muxer == "matroska":
            return {}
        base = self._like.time_base
        # Any other scale would round the source's timestamps.
        scale = {"video_track_timescale": str(base.denominator), "movie_timescale": _MOVIE_TIMESCALE}
        return scale | ({"movflags": "+faststart"} if muxer == "mp4" else {})

    def _encode(self, picture: VideoFrame | None) -> "Iterable[av.Packet[Any]]":
        encoder = self._video_stream if self._groups is None else self._groups
        packets = encoder.encode(picture)
        if picture is None and self.encoder == "libx265" and self.frames_written < _X265_DELAY:
            packets = list(packets)
            for packet in packets:
                packet.dts = packet.pts  # x265 leaves it unset in a film that ends before its reordering has begun
        return packets

    def _add_video(self, muxer: str, options: Mapping[str, str] | None, groups: Groups | None) -> VideoStream:
        assert self._container is not None
        like = self._like
        self._time_base = Fraction(1, like.time_base.denominator)
        self._pixel_format = output_pixel_format(
            self._preset, self.encoder, like.pixel_format, is_hdr=like.colour.is_hdr
        )
        self._size = encoded_size(like, self._preset, self._pixel_format)
        if self._size != (like.width, like.height):
            logger.warning("%s has no odd sizes; the last column or row is repeated", self._preset.title)
        settings = dict(options if options is not None else self._preset.options)
        if self.encoder == "libx265" and (like.mastering or like.light is not None):
            settings["x265-params"] = ":".join([settings.get("x265-params", "log-level=none"), *hdr10(like)])
        if self.encoder != self._preset.encoder and options is None:
            settings = {}
        self._tags = output_tags(like, self._preset, self._pixel_format)
        self._fields: Graph | None = None
        if groups is not None:

            def new_encoder() -> VideoCodecContext:
                context = CodecContext.create(self.encoder, "w")
                assert isinstance(context, VideoCodecContext)
                context.options = settings
                context.width, context.height = self._size
                self._set_up(context)
                return context

            self._groups = GroupMuxer(
                self._like_film, groups, self._container, new_encoder, self._time_base, self._shift
            )
            if like.rotation:
                self._groups.stream.set_display_rotation(-like.rotation)
            return self._groups.stream
        stream = self._container.add_stream(
            self.encoder, rate=like.rate.value, options=settings, width=self._size[0], height=self._size[1]
        )
        assert isinstance(stream, VideoStream)
        context = stream.codec_context
        self._set_up(context)
        if writes_fields(like, self._preset, self.encoder):
            context.flags |= Flags.interlaced_dct | Flags.interlaced_me
            self._fields = field_marker(like, self._size, self._pixel_format)
        if self._preset.name == "hevc" and muxer in ("mp4", "mov"):
            context.codec_tag = "hvc1"  # the name Apple's players ask for
        if self.encoder != self._preset.encoder and options is None:
            context.bit_rate = hardware_bit_rate(like)
        if like.rotation:
            stream.set_display_rotation(-like.rotation)
        return stream

    def _set_up(self, context: VideoCodecContext) -> None:
        """What an encoder must know of the pictures."""
        context.pix_fmt = self._pixel_format
        context.time_base = self._time_base
        context.framerate = self._like.rate.value
        context.sample_aspect_ratio = self._like.pixel_aspect
        context.thread_type = "AUTO"
        tags = self._tags
        context.color_primaries, context.color_trc = tags.primaries, tags.transfer
        context.colorspace, context.color_range = tags.matrix, tags.range

    def _add_companions(self, plan: CompanionPlan, muxer: str, codec: AudioCodecName) -> None:
        assert self._container is not None
        for companion in plan.streams:
            if companion.way == "encode":
                reader = AudioReader(plan.film, track=companion.number)
                self._readers.append(reader)
                target = self._add_sound(reader, codec)
                copy_track_facts(
                    reader.stream, target, muxer, is_default=False if plan.is_dub_first else None
                )
        self._copier = CompanionCopier(plan, self._container, self._shift)
        for key, value in plan.tags:
            self._container.metadata[key] = value

    def _add_sound(self, audio: AudioSource, codec: AudioCodecName) -> AudioStream:
        assert self._container is not None
        self._sounds.append(SoundTrack(self._container, audio, codec, self._start))
        return self._sounds[-1].stream

    def _add_marks(self, like: MediaInfo, muxer: str) -> None:
        assert self._container is not None
        if like.title:
            self._container.metadata["title"] = like.title
        if self._like.timecode:
            holder = self._container.metadata if muxer == "matroska" else self._video_stream.metadata
            holder["timecode"] = self._like.timecode
        if like.chapters:
            base = Fraction(1, 1000)
            self._container.set_chapters(
                [
                    {
                        "id": number,
                        "start": max(0, round((mark.start + self._shift) / base)),
                        "end": max(0, round((mark.end + self._shift) / base)),
                        "time_base": base,
                        "metadata": {"title": mark.title},
                    }
                    for number, mark in enumerate(like.chapters)
                ]
            )

    def _write_audio_until(self, seconds: Fraction | None) -> None:
        for sound in self._sounds:
            for frame in sound.frames_until(seconds):
                try:
                    self._mux(sound.stream.encode(frame))
                except (OSError, av.error.FFmpegError) as exc:
                    raise self._writing_error(exc) from exc

    def _write_companions_until(self, seconds: Fraction | None) -> None:
        if self._copier is None:
            return
        try:
            self._copier.write_until(seconds)
        except (OSError, ValueError, av.error.FFmpegError) as exc:
            raise self._writing_error(exc) from exc

    def _mux(self, packets: "Iterable[av.Packet[Any]]") -> None:
        assert self._container is not None
        for packet in packets:
            self._container.mux(packet)

    def _writing_error(self, exc: BaseException) -> MediaError:
        if is_disk_full(exc):
            return MediaError(
                f"The disk is full while writing “{self.path}”.", hint="Free some space and export again."
            )
        if isinstance(exc, PermissionError):
            return MediaError(f"“{self.path.parent}” may not be written to.", hint="Choose another folder.")
        reason = getattr(exc, "strerror", None) or exc
        return MediaError(f"“{self.path}” cannot be written: {reason}.")
