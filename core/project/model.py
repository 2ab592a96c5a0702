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
from typing import Literal, NewType

from core.base.keyframes import Curve
from core.base.timing import FrameRate, TimeRange
from core.compositing.settings import MaskSettings
from core.compositing.strokes import Stroke
from core.face_geometry.track import PersonId
from core.lip_engine import LipSettings
from core.planning.placed_faces import PlacedFace

MediaId = NewType("MediaId", str)
ItemId = NewType("ItemId", str)  # of a clip or a dub segment: everything that lies on the timeline
TakeId = NewType("TakeId", str)
MarkerId = NewType("MarkerId", str)
LineId = NewType("LineId", str)
LaneId = NewType("LaneId", str)

Extra = tuple[tuple[str, str], ...]  # (key, canonical JSON text of its value)
MediaKind = Literal["video", "audio"]
EngineChoice = Literal[
    "auto", "own-mouth", "generator", "hybrid", "musetalk-1.5", "latentsync-1.5", "latentsync-1.6", "tbdub"
]
LaneRole = Literal["dub", "background"]
MarkerColour = Literal["red", "orange", "yellow", "green", "blue", "purple", "grey"]

VIDEO_LANE = LaneId("V1")
FILM_SOUND_LANE = LaneId("A1")
FIRST_DUB_LANE = LaneId("A2")  # A1 is the film's own sound: it follows V1 and holds no items of its own
UNASSIGNED_LANE = LaneId("P:")
DEFAULT_RATE = FrameRate(Fraction(25))  # of an empty sequence, until the first film says its own


def person_lane(person: PersonId | None) -> LaneId:
    """The dub lane of a person; None is the lane of segments that nobody speaks yet."""
    return LaneId(f"P:{person}") if person is not None else UNASSIGNED_LANE


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What probing found, so that a project whose files are missing can still be shown.

    Attributes:
        duration: seconds.
        width, height: of the upright picture in square pixels; 0 without a picture.
        rate: the average rate of the picture, None for sound.
        frame_count: pictures in the file, 0 for sound.
        is_variable_rate: the frames are not evenly spaced; `rate` is then only an average.
        audio_channels, sample_rate: of the first sound stream; 0 without one.
        colour: the picture's pixel format as FFmpeg calls it, e.g. ``yuv420p``; "" without a picture.
        start_timecode: frame number of the file's own timecode at its first frame, or None.
        is_drop_frame: that timecode is drop-frame.
    """

    duration: Fraction
    width: int = 0
    height: int = 0
    rate: FrameRate | None = None
    frame_count: int = 0
    is_variable_rate: bool = False
    audio_channels: int = 0
    sample_rate: int = 0
    colour: str = ""
    start_timecode: int | None = None
    is_drop_frame: bool = False
    extra: Extra = ()

    @property
    def has_audio(self) -> bool:
        """Whether the file holds sound."""
        return self.audio_channels > 0


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One file in the bin.

    Attributes:
        path: absolute path where the file was last seen.
        relative_path: path from the project file's folder with ``/``, or None when the project was never saved.
        size: bytes.
        quick_hash: sha256 of the size and of three pieces of the content (see `core.project.relink`), or "".
    """

    id: MediaId
    kind: MediaKind
    name: str
    path: str
    facts: MediaFacts
    relative_path: str | None = None
    size: int = 0
    quick_hash: str = ""
    extra: Extra = ()


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


@dataclass(frozen=True, slots=True)
class BlendSettings(MaskSettings):
    """How a take is laid into the picture. Never a reason to generate again.

    `core.compositing.settings.MaskSettings` as a project keeps them.
    """

    extra: Extra = ()

    def __post_init__(self) -> None:
        """Not checked: a file's values are brought within the limits when all of it is read."""


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
    donors: tuple["FaceIdentity", ...] = ()  # every face of the person, if several films could lend mouths
    adaptation: str = ""  # hash of the person's adaptation that its generator used, or ""
    curves: tuple[Curve, ...] = ()  # lip settings that changed with time, on the dub's clock
    placed: tuple["FilmFace", ...] = ()  # the person's faces that were placed by hand
    pins: tuple["Pin", ...] = ()  # where the user had fixed the mouth
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class TakeChoice:
    """`take` is to be used for this stretch of the segment, on the dub's clock."""

    dub_range: TimeRange
    take: TakeId
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class Pin:
    """The mouth is this far open at a moment of the dub: 0 shut, 1 as wide as the person opens it."""

    time: Fraction
    opening: float
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


TimelineItem = Clip | DubSegment


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
class Person:
    """One character: a card, a colour and a dub lane.

    Attributes:
        colour: ``#rrggbb``.
        faces: the identities in the films that are this person; people found twice are merged by joining these.
        is_hidden: the card and the lane are not shown (extras in the background).
        adaptation: hash of what a generator learnt of this person (`core.base.blobs`), or "".
    """

    id: PersonId
    name: str
    colour: str
    faces: tuple[FaceIdentity, ...] = ()
    is_hidden: bool = False
    adaptation: str = ""
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
    extra: Extra = ()


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


@dataclass(frozen=True, slots=True)
class Changes:
    """What an edit touched, so that each view can decide whether it has to refresh.

    Attributes:
        items: clips and segments added, removed, moved or set.
        layout: whether any item came, went, moved or changed its length or lane (the timeline's shape).
        blend: segments whose blend settings changed: only compositing is stale.
        keys: segments whose keyframes changed.
        takes: segments whose takes or choices changed.
        media: media added, removed or relinked.
        people: people added, removed, renamed, merged.
        sound: whether gains, fades, lanes' sound or the film's own under the dub changed.
        placed: faces were placed by hand, or are not any more.
        markers, lines, in_out, sequence, settings: whether these changed.
    """

    items: frozenset[ItemId] = frozenset()
    layout: bool = False
    blend: frozenset[ItemId] = frozenset()
    keys: frozenset[ItemId] = frozenset()
    takes: frozenset[ItemId] = frozenset()
    media: frozenset[MediaId] = frozenset()
    people: frozenset[PersonId] = frozenset()
    placed: bool = False
    markers: bool = False
    lines: bool = False
    in_out: bool = False
    sequence: bool = False
    settings: bool = False
    sound: bool = False
    everything: bool = False  # another project was opened

    @property
    def is_only_blend(self) -> bool:
        """Whether nothing but how finished lips are laid in changed."""
        return bool(self.blend) and self == Changes(items=self.items & self.blend, blend=self.blend)

    def __or__(self, other: "Changes") -> "Changes":
        return Changes(
            items=self.items | other.items,
            layout=self.layout or other.layout,
            blend=self.blend | other.blend,
            keys=self.keys | other.keys,
            takes=self.takes | other.takes,
            media=self.media | other.media,
            people=self.people | other.people,
            placed=self.placed or other.placed,
            markers=self.markers or other.markers,
            lines=self.lines or other.lines,
            in_out=self.in_out or other.in_out,
            sequence=self.sequence or other.sequence,
            settings=self.settings or other.settings,
            sound=self.sound or other.sound,
            everything=self.everything or other.everything,
        )


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit returns: the new project and what it touched."""

    project: Project
    changes: Changes
