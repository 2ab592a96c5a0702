"""What an edit returns: the new project, and what of it was touched."""

from dataclasses import dataclass

from core.face_geometry.track import PersonId
from core.project.ids import ItemId, MediaId
from core.project.model import Project


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
        defaults: whether what new segments start from changed, a person's or the project's.
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
    defaults: bool = False
    everything: bool = False  # another project was opened

    @property
    def is_only_blend(self) -> bool:
        """Whether nothing but how finished lips are laid in changed."""
        looks = Changes(items=self.items & self.blend, blend=self.blend, defaults=self.defaults)
        return bool(self.blend) and self == looks

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
            defaults=self.defaults or other.defaults,
            everything=self.everything or other.everything,
        )


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit returns: the new project and what it touched."""

    project: Project
    changes: Changes
