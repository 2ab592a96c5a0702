"""Opening a file with PyAV so that every way it can fail is one clear sentence."""

import errno
import os
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from core.base.errors import MediaError

# Demuxers that accept files which are no film: text shown as a terminal picture, and still pictures.
_TEXT_FORMATS = {"tty", "bin", "xbin", "adf", "idf"}
_NOT_MOVING = Disposition.attached_pic | Disposition.timed_thumbnails


def open_media(path: str | os.PathLike[str]) -> InputContainer:
    """The opened file; the caller closes it (it is a context manager).

    Raises:
        MediaError: missing, a folder, empty, unreadable, or not a film or sound file.
    """
    file = Path(path)
    try:
        size = file.stat().st_size
    except FileNotFoundError as exc:
        raise MediaError(f"“{file}” does not exist.", hint="Check the path.") from exc
    except OSError as exc:
        raise MediaError(f"“{file}” cannot be read: {_reason(exc)}.") from exc
    if file.is_dir():
        raise MediaError(f"“{file}” is a folder, not a media file.")
    if size == 0:
        raise MediaError(
            f"“{file}” is empty (0 bytes).", hint="It was probably not copied or recorded to the end."
        )
    try:
        # An absolute path is never taken for an address; the white list keeps playlists from reaching the network.
        container = av.open(os.path.abspath(file), "r", options={"protocol_whitelist": "file,crypto,data"})
    except av.error.FFmpegError as exc:
        raise _opening_error(file, exc) from exc
    except (OSError, ValueError) as exc:
        raise MediaError(f"“{file}” cannot be read: {exc}.") from exc
    names = set(container.format.name.split(","))
    if names & _TEXT_FORMATS:
        container.close()
        raise MediaError(f"“{file}” is not a video or sound file.")
    if names & {"image2"} or container.format.name.endswith("_pipe"):
        container.close()
        raise MediaError(f"“{file}” is a still picture, not a video.", hint="Choose a video file.")
    if not container.streams.audio and not container.streams.video:
        container.close()
        raise MediaError(f"“{file}” holds neither picture nor sound.")
    return container


def video_stream(container: InputContainer) -> VideoStream | None:
    """The stream with the film's pictures; cover art and thumbnails are none."""
    streams = [
        s for s in container.streams.video if not s.disposition & _NOT_MOVING and s.codec_context is not None
    ]
    streams.sort(
        key=lambda s: not s.disposition & Disposition.default
    )  # stable: the first default one, else the first
    return streams[0] if streams else None


def sound_streams(container: InputContainer) -> list[AudioStream]:
    """The sound streams that can be decoded here, in file order; their rate and channels are known."""
    return [
        s
        for s in container.streams.audio
        if s.codec_context is not None
        and s.codec_context.sample_rate > 0
        and s.codec_context.layout.nb_channels > 0
    ]


def require_video(container: InputContainer, path: str | os.PathLike[str]) -> VideoStream:
    """`video_stream`, or a MediaError when there is none."""
    stream = video_stream(container)
    if stream is None:
        raise MediaError(f"“{path}” has no video stream.", hint="Choose a file with a picture.")
    return stream


def _opening_error(file: Path, exc: av.error.FFmpegError) -> MediaError:
    if isinstance(exc, av.error.PermissionError):
        return MediaError(f"“{file}” may not be read: permission denied.")
    if isinstance(exc, av.error.InvalidDataError):
        if file.suffix.lower() in {".mp4", ".mov", ".m4v", ".m4a", ".3gp"} and _starts_like_mp4(file):
            return MediaError(
                f"“{file}” has no index: the recording or the copy stopped before its end.",
                hint="Copy it again, or repair it from the camera's card.",
            )
        return MediaError(f"“{file}” is not a video or sound file that can be read.")
    return MediaError(f"“{file}” cannot be opened: {exc.strerror or exc}.")


def _starts_like_mp4(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(12)[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


def _reason(exc: OSError) -> str:
    if exc.errno == errno.ENAMETOOLONG:
        return "its name is too long"
    return (exc.strerror or str(exc)).lower()


def base_of(stream: Stream) -> Fraction:
    """What a tick of `stream` lasts, in seconds; a stream in an open container always has one."""
    assert stream.time_base is not None
    return stream.time_base
