"""Dub segments and what they hold: takes, which of them is shown where, and what was set by hand."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from core.base.keyframes import Curve
from core.base.timing import TimeRange
from core.compositing.settings import MaskSettings
from core.compositing.strokes import Stroke
from core.face_geometry.track import PersonId
from core.lip_engine import LipSettings
from core.planning.placed_faces import PlacedFace
from core.project.ids import Extra, ItemId, LaneId, MediaId, TakeId, person_lane

EngineChoice = Literal[
    "auto", "own-mouth", "generator", "hybrid", "musetalk-1.5", "latentsync-1.5", "latentsync-1.6", "tbdub"
]


@dataclass(frozen=True, slots=True)
class BlendSettings(MaskSettings):
    """How a take is laid into the picture. Never a reason to generate again.

    `core.compositing.settings.MaskSettings` as a project keeps them.
    """

    extra: Extra = ()

    def __post_init__(self) -> None:
        """Not checked: a file's values are brought within the limits when all of it is read."""


@dataclass(frozen=True, slots=True)
class SegmentDefaults:
    """What new segments start from; keyframes are counted from their beginning."""

    lips: LipSettings = field(default_factory=LipSettings)
    blend: BlendSettings = field(default_factory=BlendSettings)
    curves: tuple[Curve, ...] = ()
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class FaceIdentity:
    """A person as the analysis of one film names them."""

    film: MediaId
    analysis_person: PersonId
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class FilmFace:
    """A face or mouth that was placed by hand in a film."""

    film: MediaId
    face: PlacedFace
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class Pin:
    """The mouth is this far open at a moment of the dub: 0 shut, 1 as wide as the person opens it."""

    time: Fraction
    opening: float
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class TakePiece:
    """Which film and which sound one stretch of a take was made from.

    Attributes:
        film: the medium whose pictures were used.
        film_range: the stretch, on the film's clock.
        dub_offset: dub time heard at ``film_range.start``.
        first_frame, end_frame: the film's frames of the stretch, the end not included.
        track: id of the face track in the film's analysis.
        key: what the crops lie under in the cache; "" until the engine said it.
    """

    film: MediaId
    film_range: TimeRange
    dub_offset: Fraction
    first_frame: int = 0
    end_frame: int = 0
    track: int = -1
    key: str = ""
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class Take:
    """One generated version of a segment's lips. Its pictures lie in the cache under its pieces' keys.

    A take stays usable wherever film and dub still meet as they did when it was made (`Project.take_coverage`).
    """

    id: TakeId
    number: int  # 1.. within its segment, what the keys 1–9 choose
    engine: str
    settings: LipSettings
    pieces: tuple[TakePiece, ...]
    mean_sync: float | None = None  # mean p_sync of its known stretches; None until scored
    note: str = ""
    donors: tuple[FaceIdentity, ...] = ()  # every face of the person, if several films could lend mouths
    adaptation: str = ""  # hash of the person's adaptation that its generator used, or ""
    curves: tuple[Curve, ...] = ()  # lip settings that changed with time, on the dub's clock
    placed: tuple[FilmFace, ...] = ()  # the person's faces that were placed by hand
    pins: tuple[Pin, ...] = ()  # where the user had fixed the mouth
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class TakeChoice:
    """`take` is to be used for this stretch of the segment, on the dub's clock."""

    dub_range: TimeRange
    take: TakeId
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class DubSegment:
    """A person speaks this piece of the dub here.

    Attributes:
        range: where it lies on the timeline.
        person: who speaks, or None while nobody was named.
        dub: the sound file.
        offset: dub time heard at ``range.start``.
        keep_original: the lips stay as they are in the film; the dub is still heard.
        muted: the dub is not heard and the lips stay as they are.
        gain_db: of the dub here.
        fade_in, fade_out: seconds over which the dub comes and goes.
        takes: oldest first.
        chosen: the take used where no entry of `choices` says otherwise; None shows the film.
        choices: other takes for parts of the segment, not overlapping, in order.
        curves: settings of `lips` and `blend` that change with time, on the dub's clock.
        strokes: what was painted into the mask by hand, in order.
        pins: where the user fixed the mouth, on the dub's clock, in order.
    """

    id: ItemId
    range: TimeRange
    person: PersonId | None
    dub: MediaId
    offset: Fraction = Fraction(0)
    engine: EngineChoice = "auto"
    lips: LipSettings = field(default_factory=LipSettings)
    blend: BlendSettings = field(default_factory=BlendSettings)
    gain_db: float = 0.0
    keep_original: bool = False
    muted: bool = False
    takes: tuple[Take, ...] = ()
    chosen: TakeId | None = None
    choices: tuple[TakeChoice, ...] = ()
    curves: tuple[Curve, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    pins: tuple[Pin, ...] = ()
    note: str = ""
    fade_in: Fraction = Fraction(0)
    fade_out: Fraction = Fraction(0)
    extra: Extra = ()

    @property
    def media(self) -> MediaId:
        """The dub, under the name clips use for their medium."""
        return self.dub

    @property
    def lane(self) -> LaneId:
        """The lane of its person."""
        return person_lane(self.person)

    @property
    def media_range(self) -> TimeRange:
        """The piece of the dub that is used, on the dub's clock."""
        return TimeRange(self.offset, self.offset + self.range.duration)

    def media_time(self, t: Fraction) -> Fraction:
        """Dub time at timeline time `t`."""
        return self.offset + (t - self.range.start)

    def timeline_time(self, media_time: Fraction) -> Fraction:
        """Timeline time at which the dub's `media_time` is heard."""
        return self.range.start + (media_time - self.offset)

    def take(self, take: TakeId) -> Take | None:
        """The take of this segment with that id."""
        return next((each for each in self.takes if each.id == take), None)

    def take_at(self, t: Fraction) -> Take | None:
        """The take chosen for timeline time `t`, whether or not its pictures exist there."""
        dub_time = self.media_time(t)
        chosen = next((choice.take for choice in self.choices if dub_time in choice.dub_range), self.chosen)
        return self.take(chosen) if chosen is not None else None
