"""The document: what the user is making, as frozen values.

Every time is exact `Fraction` seconds. Three clocks occur, and names say which one is meant:

* the *timeline's* clock (`range`, `t`): zero is the start of the sequence;
* a *medium's* clock (`offset`, `media_time`): zero is the file's first video frame, or first sample of a sound file;
* for a dub segment the medium is its dub sound, so `dub_time` is the medium's clock of the dub.

Nothing bulky is in here: pictures, landmarks, curves and crops lie in the cache under a key. Every class carries `extra`:
keys of a project file that this version does not know, kept so that saving loses nothing.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from core.base.keyframes import Curve
from core.base.timing import FrameRate, TimeRange
from core.face_geometry.track import PersonId
from core.lip_engine import LipSettings
from core.project.ids import (
    UNASSIGNED_LANE,
    VIDEO_LANE,
    Extra,
    ItemId,
    LaneId,
    LineId,
    MarkerId,
    MediaId,
    person_lane,
)
from core.project.media_items import MediaItem
from core.project.segments import (
    BlendSettings,
    DubSegment,
    EngineChoice,
    FaceIdentity,
    FilmFace,
    SegmentDefaults,
    Take,
)

LaneRole = Literal["dub", "background"]
MarkerColour = Literal["red", "orange", "yellow", "green", "blue", "purple", "grey"]

DEFAULT_RATE = FrameRate(Fraction(25))  # of an empty sequence, until the first film says its own


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of a film on V1, or of a dub, music or effects on A2, A3 and so on.

    Attributes:
        lane: `VIDEO_LANE` or a sound lane ``A<n>``, n ≥ 2.
        range: where it lies on the timeline.
        offset: media time shown (heard) at ``range.start``.
        gain_db: of its sound; on V1 of the film's own.
        fade_in, fade_out: seconds over which its sound comes and goes.
    """

    id: ItemId
    media: MediaId
    lane: LaneId
    range: TimeRange
    offset: Fraction = Fraction(0)
    gain_db: float = 0.0
    fade_in: Fraction = Fraction(0)
    fade_out: Fraction = Fraction(0)
    extra: Extra = ()

    @property
    def media_range(self) -> TimeRange:
        """The piece of the medium that is used, on the medium's clock."""
        return TimeRange(self.offset, self.offset + self.range.duration)

    def media_time(self, t: Fraction) -> Fraction:
        """Media time at timeline time `t`."""
        return self.offset + (t - self.range.start)

    def timeline_time(self, media_time: Fraction) -> Fraction:
        """Timeline time at which `media_time` is shown."""
        return self.range.start + (media_time - self.offset)


TimelineItem = Clip | DubSegment


@dataclass(frozen=True, slots=True)
class Person:
    """One character: a card, a colour and a dub lane.

    Attributes:
        colour: ``#rrggbb``.
        faces: the identities in the films that are this person; people found twice are merged by joining these.
        is_hidden: the card and the lane are not shown (extras in the background).
        adaptation: hash of what a generator learnt of this person (`core.base.blobs`), or "".
        defaults: what new segments of this person start from; None for the project's.
    """

    id: PersonId
    name: str
    colour: str
    faces: tuple[FaceIdentity, ...] = ()
    is_hidden: bool = False
    adaptation: str = ""
    defaults: SegmentDefaults | None = None
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class Marker:
    """A coloured point on the ruler with a note."""

    id: MarkerId
    time: Fraction
    colour: MarkerColour = "blue"
    note: str = ""
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the dubbing script.

    Attributes:
        character: who speaks, as the script calls them; `Project.cast` says who in the film that is.
        range: when, on the timeline; None while it has no time.
        on_screen: whether the mouth is to be seen; None where the script does not say.
        closures: times of the timeline at which the script's detector saw the lips touch.
    """

    id: LineId
    character: str
    text: str
    range: TimeRange | None = None
    note: str = ""
    on_screen: bool | None = None
    closures: tuple[Fraction, ...] = ()
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class Role:
    """A character of the script is played by a person of the film."""

    character: str
    person: PersonId
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class Sequence:
    """How the timeline counts.

    Attributes:
        rate: frames a second of the timeline; media of other rates keep their own frames and are shown by time.
        drop_frame: timecode is written drop-frame (29.97 and 59.94 only).
        start_frame: the timecode of time 0, as a frame number.
    """

    rate: FrameRate = DEFAULT_RATE
    drop_frame: bool = False
    start_frame: int = 0
    extra: Extra = ()

    def snap(self, t: Fraction) -> Fraction:
        """The frame boundary nearest to `t`."""
        return self.rate.time_of(round(t * self.rate.value))


@dataclass(frozen=True, slots=True)
class LaneSound:
    """How a lane is heard, by playback and in the exported film.

    Attributes:
        lane: A1 for the film's own sound, a sound lane or a person's.
        gain_db: of everything on it.
        muted: nothing of it is heard.
        solo: while any lane has it, only such lanes are heard.
        role: of a sound lane: "dub" is what segments are made from and what the film's own sound gives way to;
            "background" is music and effects, heard all the time.
    """

    lane: LaneId
    gain_db: float = 0.0
    muted: bool = False
    solo: bool = False
    role: LaneRole = "dub"
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """What new segments start from, how scores are read, and what is heard of the film's own sound."""

    engine: EngineChoice = "auto"
    lips: LipSettings = field(default_factory=LipSettings)
    blend: BlendSettings = field(default_factory=BlendSettings)
    sync_threshold: float = 0.5  # below it a stretch is marked as weak
    original_gain_db: float = 0.0  # of the film's own sound where no dub is heard
    keep_original_sound: bool = True  # the film's own sound is heard where there is no dub
    under_dub_db: float | None = None  # how much of it is left under the dub; None for nothing
    curves: tuple[Curve, ...] = ()  # keyframes of new segments, counted from their beginning
    extra: Extra = ()

    @property
    def defaults(self) -> SegmentDefaults:
        """What new segments start from where their person has nothing of its own."""
        return SegmentDefaults(self.lips, self.blend, self.curves)


@dataclass(frozen=True, slots=True)
class Project:
    """Everything the user made. Items are kept sorted by (lane, start); items of one lane never overlap."""

    name: str = ""
    sequence: Sequence = field(default_factory=Sequence)
    media: tuple[MediaItem, ...] = ()
    clips: tuple[Clip, ...] = ()
    people: tuple[Person, ...] = ()
    segments: tuple[DubSegment, ...] = ()
    markers: tuple[Marker, ...] = ()
    lines: tuple[Line, ...] = ()
    cast: tuple[Role, ...] = ()
    lane_sounds: tuple[LaneSound, ...] = ()  # of lanes that are not heard just as they are
    placed: tuple[FilmFace, ...] = ()
    in_point: Fraction | None = None
    out_point: Fraction | None = None
    settings: ProjectSettings = field(default_factory=ProjectSettings)
    next_number: int = 1  # of the next id; every id is used once in a project's life
    extra: Extra = ()

    @property
    def duration(self) -> Fraction:
        """The end of the last item; 0 when the timeline is empty."""
        return max((item.range.end for item in self.items), default=Fraction(0))

    @property
    def items(self) -> "tuple[Clip | DubSegment, ...]":
        """Everything on the timeline: clips, then segments."""
        return (*self.clips, *self.segments)

    @property
    def in_out(self) -> TimeRange:
        """The marked range; the whole timeline where a mark is not set."""
        start = self.in_point if self.in_point is not None else Fraction(0)
        end = self.out_point if self.out_point is not None else max(self.duration, start)
        return TimeRange(start, max(start, end))

    def medium(self, media: MediaId) -> MediaItem | None:
        """The medium with that id."""
        return next((each for each in self.media if each.id == media), None)

    def item(self, item: ItemId) -> TimelineItem | None:
        """The clip or segment with that id."""
        return self.clip(item) or self.segment(item)

    def clip(self, item: ItemId) -> Clip | None:
        """The clip with that id."""
        return next((each for each in self.clips if each.id == item), None)

    def segment(self, item: ItemId) -> DubSegment | None:
        """The segment with that id."""
        return next((each for each in self.segments if each.id == item), None)

    def person(self, person: PersonId) -> Person | None:
        """The person with that id."""
        return next((each for each in self.people if each.id == person), None)

    def person_of(self, film: MediaId, analysis_person: PersonId) -> Person | None:
        """Who the identity found in `film` is."""
        for person in self.people:
            if any(f.film == film and f.analysis_person == analysis_person for f in person.faces):
                return person
        return None

    def placed_of(self, film: MediaId, analysis_person: PersonId) -> tuple[FilmFace, ...]:
        """The faces placed by hand of an identity in a film."""
        return tuple(each for each in self.placed if (each.film, each.face.person) == (film, analysis_person))

    def player_of(self, character: str) -> PersonId | None:
        """Who in the film a character of the script is."""
        return next((role.person for role in self.cast if role.character == character), None)

    def items_on(self, lane: LaneId) -> tuple[TimelineItem, ...]:
        """The items of a lane in time order."""
        items = self.segments if lane.startswith("P:") else self.clips
        return tuple(item for item in items if item.lane == lane)

    @property
    def video_clips(self) -> tuple[Clip, ...]:
        """The clips on V1 in time order."""
        return tuple(clip for clip in self.clips if clip.lane == VIDEO_LANE)

    @property
    def first_film(self) -> MediaItem | None:
        """The film that is seen first."""
        films = (self.medium(clip.media) for clip in self.video_clips)
        return next((film for film in films if film is not None), None)

    @property
    def dub_lanes(self) -> tuple[LaneId, ...]:
        """The sound lanes in use, in order: ``A2``, ``A3`` and so on."""
        lanes = {clip.lane for clip in self.clips if clip.lane != VIDEO_LANE}
        return tuple(sorted(lanes, key=lambda lane: int(lane[1:])))

    def lane_sound(self, lane: LaneId) -> LaneSound:
        """How a lane is heard."""
        return next((each for each in self.lane_sounds if each.lane == lane), None) or LaneSound(lane)

    def is_heard(self, lane: LaneId) -> bool:
        """Whether a lane is neither muted nor left out because others are soloed."""
        has_solo = any(each.solo for each in self.lane_sounds)
        own = self.lane_sound(lane)
        return not own.muted and (own.solo or not has_solo)

    @property
    def person_lanes(self) -> tuple[LaneId, ...]:
        """One lane per shown person, in the order of the cards; last the unassigned one when it holds anything."""
        lanes = [person_lane(person.id) for person in self.people if not person.is_hidden]
        if any(segment.person is None for segment in self.segments):
            lanes.append(UNASSIGNED_LANE)
        return tuple(lanes)

    def video_clip_at(self, t: Fraction) -> Clip | None:
        """The film clip shown at timeline time `t`."""
        return next((clip for clip in self.video_clips if t in clip.range), None)

    def segments_at(self, t: Fraction) -> tuple[DubSegment, ...]:
        """Every segment covering timeline time `t`."""
        return tuple(segment for segment in self.segments if t in segment.range)

    def take_coverage(self, segment: DubSegment, take: Take) -> tuple[TimeRange, ...]:
        """Timeline ranges of `segment` where film and dub meet as they did when `take` was made, in order.

        Moving a segment against its picture empties this; trimming, splitting and moving both together do not.
        """
        ranges = []
        for clip in self.video_clips:
            shared = clip.range.intersection(segment.range)
            if shared is None:
                continue
            for piece in take.pieces:
                if piece.film != clip.media:
                    continue
                start = clip.timeline_time(piece.film_range.start)
                if segment.media_time(start) != piece.dub_offset:
                    continue
                covered = shared.intersection(TimeRange(start, start + piece.film_range.duration))
                if covered is not None:
                    ranges.append(covered)
        return tuple(sorted(ranges))
