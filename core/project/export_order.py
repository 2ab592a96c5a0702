"""What is to be exported of a project, and how: what the user chose in the dialog, kept in presets and in the queue."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.base import json_text
from core.base.errors import ProjectError
from core.base.json_text import UnusableJson
from core.base.timing import TimeRange
from core.media.info import LoudnessRule, PicturePreset, SoundRule
from core.planning.requests import Encoding, PatchSettings
from core.project.file import write_atomically
from core.project.json_codec import decode, encode

SUFFIXES: dict[PicturePreset, str] = {
    "h264": ".mp4", "hevc": ".mp4", "prores": ".mov", "prores4444": ".mov", "dnxhr": ".mov", "ffv1": ".mkv",
}  # fmt: skip
_VERSION = 1


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What is to be exported.

    Attributes:
        output: the file.
        picture: the picture's codec.
        span: this range of the timeline, or None for all of it.
        with_report: a report is written beside the film, under its name with ``.json``.
        credentials: the film is signed with content credentials, where it has a place for them.
        encoding: quality, size and sound where they are not the usual ones.
        audio_tracks: what becomes of the film's own sounds.
        loudness: what the soundtrack is brought to.
        patch: only the new mouths are written, so, into the folder `output`; None for the film.
    """

    output: Path
    picture: PicturePreset
    span: TimeRange | None = None
    with_report: bool = False
    credentials: bool = True
    encoding: Encoding = Encoding()
    audio_tracks: SoundRule = "replace"
    loudness: LoudnessRule = "off"
    patch: PatchSettings | None = None

    @property
    def report(self) -> Path:
        """Where its report goes."""
        return self.output.with_suffix(".json")


@dataclass(frozen=True, slots=True)
class ExportPreset:
    """A named way to export, without the place.

    Attributes:
        name: the user's.
        range: all of the timeline, or between the marks where there are any.
    """

    name: str
    picture: PicturePreset = "h264"
    encoding: Encoding = Encoding()
    audio_tracks: SoundRule = "replace"
    range: Literal["all", "marks"] = "marks"
    with_report: bool = False
    credentials: bool = True
    loudness: LoudnessRule = "off"
    patch: PatchSettings | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    version: int
    presets: tuple[ExportPreset, ...]


class ExportPresets:
    """The user's own presets in a file."""

    def __init__(self, path: Path) -> None:
        """A file that is damaged counts as none: it is put aside under another name at the next change."""
        self._path = path
        self.presets: tuple[ExportPreset, ...] = ()
        self.problem = ""
        try:
            kept = decode(_Kept, json_text.parse(path.read_text("utf-8")))
            self.presets = kept.presets
        except FileNotFoundError:
            pass
        except (OSError, UnicodeDecodeError, UnusableJson, ProjectError):
            self.problem = f"The presets in {path} cannot be read."

    def find(self, name: str) -> ExportPreset | None:
        """The preset of that name."""
        return next((each for each in self.presets if each.name == name), None)

    def save(self, preset: ExportPreset) -> None:
        """Keeps a preset, in place of one of the same name.

        Raises:
            ProjectError: it cannot be written.
        """
        others = [each for each in self.presets if each.name != preset.name]
        self._write(tuple(sorted([*others, preset], key=lambda each: each.name.casefold())))

    def remove(self, name: str) -> None:
        """Drops a preset.

        Raises:
            ProjectError: it cannot be written.
        """
        self._write(tuple(each for each in self.presets if each.name != name))

    def _write(self, presets: tuple[ExportPreset, ...]) -> None:
        if self.problem and self._path.exists():
            self._path.replace(self._path.with_suffix(".damaged.json"))
        self.problem = ""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path, json_text.dump(encode(_Kept(_VERSION, presets))) + "\n")
        self.presets = presets


def of_preset(preset: ExportPreset, output: Path, marked: TimeRange | None) -> ExportOrder:
    """The order of a preset for a file; `marked` is what lies between the marks, if any."""
    named = output.with_suffix(SUFFIXES[preset.picture])
    return ExportOrder(
        named if preset.patch is None else output.with_name(f"{output.stem.removesuffix('_dubbed')}_patch"),
        preset.picture,
        marked if preset.range == "marks" else None,
        preset.with_report,
        preset.credentials,
        preset.encoding,
        preset.audio_tracks,
        preset.loudness,
        patch=preset.patch,
    )


def free_output(path: Path, taken: set[Path]) -> Path:
    """`path`, or it with a number, so that it is neither there nor promised to another export."""
    free, number = path, 2
    while free.exists() or free in taken:
        free = path.with_name(f"{path.stem}_{number}{path.suffix}")
        number += 1
    return free

