"""What the engine can be asked for. All frozen and picklable, complete in themselves, independent of any project."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from core.base.keyframes import Curve
from core.base.timing import FrameRate, TimeRange
from core.compositing.settings import MaskSettings
from core.compositing.strokes import Stroke
from core.media.info import AudioCodecName, LoudnessRule, PicturePreset, SoundRule
from core.planning.pieces import SegmentSpec
from core.planning.placed_faces import PlacedFace
from core.planning.sound_parts import SoundPart

LengthRule = Literal["hold", "loop", "pingpong", "cut"]


AudioLayout = Literal["mono", "stereo", "5.1"]
PatchFormat = Literal["prores4444", "ffv1", "png", "exr"]


@dataclass(frozen=True, slots=True)
class Encoding:
    """How picture and sound are encoded, where not as is usual for the codec.

    Attributes:
        quality: constant rate factor of H.264 and HEVC, 0 (lossless) to 51; less is better.
        bit_rate: of the picture instead, kilobits a second.
        height: lines of the upright picture, whose shape stays; None keeps its size.
        audio_codec: of the new sound.
        audio_layout: channels of the new sound; None keeps those of what is heard.
        deinterlace: make whole pictures of interlaced films' fields.
    """

    quality: int | None = None
    bit_rate: int | None = None
    height: int | None = None
    audio_codec: AudioCodecName | None = None
    audio_layout: AudioLayout | None = None
    deinterlace: bool = False


@dataclass(frozen=True, slots=True)
class AnalyseRequest:
    """Find shots, faces and people of a film."""

    video: Path


@dataclass(frozen=True, slots=True)
class TakeRequest:
    """Make the lips of one segment, chunk by chunk, into the cache.

    With `score` a curve follows each chunk as `ScoreReady` under the piece's key.
    """

    spec: SegmentSpec
    score: bool = True
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """Score a film's picture against a voice: its own (`voice` None) or another. Events: `ScoreReady`.

    Attributes:
        video: the film.
        person: whose face, or None for every person.
        voice: a sound file, or None for the film's own sound.
        voice_start: film time at which its first sample plays.
        range: which part of the film, None for all.
        placed: faces of the person that were placed by hand.
    """

    video: Path
    person: str | None = None
    voice: Path | None = None
    voice_start: Fraction = Fraction(0)
    range: TimeRange | None = None
    placed: tuple[PlacedFace, ...] = ()


@dataclass(frozen=True, slots=True)
class WordsRequest:
    """Write down what a film or sound file says. Ends with `core.jobs.results.WordsRead`."""

    sound: Path


@dataclass(frozen=True, slots=True)
class FollowRequest:
    """Follow a face or mouth that was placed by hand. Ends with `FilmAnalysed`: a folder of these tracks alone."""

    video: Path
    face: PlacedFace


@dataclass(frozen=True, slots=True)
class PlacedTake:
    """A segment with how it is laid into the picture.

    Attributes:
        spec: what was made, or is to be made; also when only a part of it is shown, so that the part is the one seen.
        mask: how it is laid in.
        shown: the part of the film where it is laid in, None for all of it.
        curves: settings of `mask` that change with time, on the recording's clock.
        strokes: what was painted into the mask by hand, their spans on the recording's clock.
    """

    spec: SegmentSpec
    mask: MaskSettings = MaskSettings()
    shown: TimeRange | None = None
    curves: tuple[Curve, ...] = ()
    strokes: tuple[Stroke, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Render the finished film. Takes that are not in the cache yet are made first.

    Attributes:
        video: the film.
        takes: dubbed segments; where two overlap in time their pictures are laid in one after another.
        sound: the whole soundtrack in order; empty keeps the film's own.
        sound_like: the file whose rate and layout the soundtrack gets.
        output: where the film goes; written beside it and moved into place.
        picture: the picture's codec.
        device: for making takes.
        credentials: sign the film with content credentials, where its container has a place for them.
        audio_tracks: what becomes of the film's own sounds; its further sounds, subtitles and attachments go along.
        language: of the new sound, three letters, None where it is not known.
        loudness: what the soundtrack is brought to.
        encoding: quality, size, fields and sound where they are not the usual ones.
        made_from: the film that `video` is a copy of another length of, named in the credentials; None for itself.
    """

    video: Path
    takes: tuple[PlacedTake, ...]
    sound: tuple[SoundPart, ...]
    sound_like: Path | None
    output: Path
    picture: PicturePreset = "h264"
    device: str = "auto"
    credentials: bool = True
    audio_tracks: SoundRule = "replace"
    language: str | None = None
    loudness: LoudnessRule = "off"
    encoding: Encoding = Encoding()
    made_from: Path | None = None


@dataclass(frozen=True, slots=True)
class FilmCut:
    """A stretch of a film in a finished film that is put together.

    Attributes:
        video: the film.
        span: which part, on the film's clock.
        at: where it begins in the finished film.
        takes: dubbed segments of this part.
    """

    video: Path
    span: TimeRange
    at: Fraction
    takes: tuple[PlacedTake, ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineRequest:
    """Render a finished film from stretches of films; where none lies the picture is black.

    Attributes:
        cuts: in order of time, not overlapping.
        duration: of the finished film.
        rate: frames a second of the finished film: at each tick the frame is shown that its film shows then. None keeps
            every frame's own time, for cuts that are all of one film.
        sound: the whole soundtrack on the finished film's clock; empty for none.
        sound_like: the file whose rate and layout the soundtrack gets.
        output: where the film goes; written beside it and moved into place.
        picture: the picture's codec.
        device: for making takes.
        start_timecode: of the first frame, as text, or None.
        credentials, encoding, loudness: see `ExportRequest`.
    """

    cuts: tuple[FilmCut, ...]
    duration: Fraction
    rate: FrameRate | None
    sound: tuple[SoundPart, ...]
    sound_like: Path | None
    output: Path
    picture: PicturePreset = "h264"
    device: str = "auto"
    start_timecode: str | None = None
    credentials: bool = True
    encoding: Encoding = Encoding()
    loudness: LoudnessRule = "off"


@dataclass(frozen=True, slots=True)
class LengthRequest:
    """Write a film of another length, with its own sound and no new lips. Ends with `FilmWritten`.

    Attributes:
        video: the film.
        output: where the copy goes; written beside it and moved into place.
        duration: seconds it shall last.
        rule: what is seen after its end, or that it is cut off.
        picture: the picture's codec.
    """

    video: Path
    output: Path
    duration: Fraction
    rule: LengthRule
    picture: PicturePreset = "h264"


@dataclass(frozen=True, slots=True)
class PatchSettings:
    """How the new mouths are handed over.

    Attributes:
        format: ProRes 4444 in QuickTime, FFV1 in Matroska, or numbered PNG or OpenEXR pictures.
        handles: unchanged frames before and after each stretch, empty, for trimming.
        crop: clips no larger than the mouths, instead of the whole picture.
    """

    format: PatchFormat = "prores4444"
    handles: int = 0
    crop: bool = False


@dataclass(frozen=True, slots=True)
class PatchRequest:
    """Write only the new mouths, with timelines that lay them over the film. Ends with `PatchWritten`.

    Attributes:
        film: what would be rendered; the folder of its `output` is the patch's, the stem names the files.
        settings: how it is handed over.
        weak_below: p_sync below which a stretch gets a marker.
    """

    film: ExportRequest | TimelineRequest
    settings: PatchSettings = PatchSettings()
    weak_below: float = 0.5

    @property
    def films(self) -> tuple[Path, ...]:
        """All that are seen."""
        film = self.film
        return (film.video,) if isinstance(film, ExportRequest) else tuple(dict.fromkeys(cut.video for cut in film.cuts))


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    """Make a light copy of a film for playing."""

    video: Path
    target: Path


@dataclass(frozen=True, slots=True)
class AdaptRequest:
    """Fit the installed generator to a person.

    Attributes:
        footage: films and what their analyses call the person.
        name: the person's, for messages.
        minutes: of learning; preparing the footage comes before.
        device: where to compute.
        most_steps: learning ends there even if minutes are left.
    """

    footage: tuple[tuple[Path, str], ...]
    name: str
    minutes: float = 5.0
    device: str = "auto"
    most_steps: int | None = None


@dataclass(frozen=True, slots=True)
class EstimateRequest:
    """Tell what a published model will take on this machine, before it is used or fetched."""

    model: str
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class InstallRequest:
    """Install a published model whose licence has been accepted.

    Attributes:
        model: its id.
        source: a folder that holds its files; None fetches them.
        own_weights: whether files of the user's own training are taken.
        side: the square in pixels they were trained on, None for the published one.
    """

    model: str
    source: Path | None = None
    own_weights: bool = False
    side: int | None = None


@dataclass(frozen=True, slots=True)
class TorchRequest:
    """Install torch and its company. No result."""
