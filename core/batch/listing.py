"""What a batch is told to do, read from a table, a JSON list, a folder or saved projects: lines of options, nothing done yet.

An option's name is the one on ``unisync dub``'s command line without its dashes; `NAMES` are the words of tables.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import langcodes

from core.base.errors import AppError, SettingsError

FILMS = (".mp4", ".mov", ".mkv", ".m4v", ".webm", ".avi", ".mxf", ".ts", ".mts", ".m2ts", ".mpg")
VOICES = (".wav", ".flac", ".mp3", ".m4a", ".aac", ".ogg", ".opus", ".aif", ".aiff", ".mka", *FILMS)
PROJECT = ".unisync"
NAMES = {"film": "video", "voice": "audio", "person": "face", "lang": "language", "engine": "engine"}
"""A table's words for options that the command line calls otherwise."""
_MOST_BYTES = 64 * 2**20  # of a list: no season is longer, and a film given by mistake is not read whole


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do.

    Attributes:
        place: where it was said, for messages: ``line 3`` of a table, a file's name in a folder.
        options: name → value, or values where a list gave several. ``video`` and ``audio`` or ``project`` are absolute paths.
    """

    place: str
    options: dict[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines in order, what is wrong with the rest, and what is only worth saying."""

    lines: tuple[Line, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def is_language(tag: str) -> bool:
    """Whether `tag` is a BCP 47 language tag, as ``de``, ``pt-BR`` or ``yue``."""
    return bool(tag) and langcodes.tag_is_valid(tag)


def read_listing(path: Path) -> Listing:
    """The lines of a ``.csv`` or ``.json`` file, a project or a folder.

    Raises:
        SettingsError: there is nothing at `path`, or it is none of these.
    """
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        raise SettingsError(
            f"There is no list of jobs at {path}.", hint="Give a CSV, a JSON, a project or a folder."
        )
    kind = path.suffix.lower()
    if kind == PROJECT:
        return Listing((Line(path.name, {"project": str(path.absolute())}),))
    if kind not in (".csv", ".json"):
        raise SettingsError(
            f"{path} is no list of jobs.",
            hint="Lists end in .csv or .json; projects in .unisync; a folder works too.",
        )
    if path.stat().st_size > _MOST_BYTES:
        raise SettingsError(f"{path} is too large for a list of jobs.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text.", hint="Save the table as “CSV UTF-8”.") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}.") from error
    return _table(path, text) if kind == ".csv" else _json(path, text)


def joined(listings: list[Listing]) -> Listing:
    """Several listings as one."""
    return Listing(
        tuple(line for each in listings for line in each.lines),
        tuple(problem for each in listings for problem in each.problems),
        tuple(note for each in listings for note in each.notes),
    )


def _table(path: Path, text: str) -> Listing:
    try:
        dialect = csv.Sniffer().sniff(text[:4096], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    lines, problems = [], []
    reader = csv.DictReader(text.splitlines(), dialect=dialect, strict=True)
    try:
        for row in reader:
            place = f"{path.name}, line {reader.line_num}"
            if None in row:
                problems.append(f"{place}: there are more values than columns.")
                continue
            values = {(name or "").strip().lower(): (value or "").strip() for name, value in row.items()}
            if not any(values.values()):
                continue
            given = {name: value for name, value in values.items() if value}
            many = {name: tuple(value.split("|")) if "|" in value else value for name, value in given.items()}
            lines.append(_line(place, many, path.parent))
    except csv.Error as error:
        problems.append(f"{path.name}, line {reader.line_num}: {error}.")
    return Listing(tuple(lines), tuple(problems))


def _json(path: Path, text: str) -> Listing:
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise SettingsError(f"{path} is not valid JSON{where}.") from error
    defaults: object = {}
    if isinstance(content, dict):
        unknown = sorted(content.keys() - {"defaults", "jobs"})
        if unknown:
            raise SettingsError(
                f"{path}: “{unknown[0]}” means nothing here.", hint="It holds “defaults” and “jobs”."
            )
        defaults, content = content.get("defaults", {}), content.get("jobs")
    if not isinstance(content, list) or not isinstance(defaults, dict):
        raise SettingsError(
            f"{path} holds no list of jobs.", hint="Write a list of objects, or {“jobs”: […]}."
        )
    lines, problems = [], []
    for number, entry in enumerate(content, 1):
        place = f"{path.name}, job {number}"
        if not isinstance(entry, dict):
            problems.append(f"{place}: it is no object with names and values.")
            continue
        try:
            values = {name.lower(): _text(name, value) for name, value in {**defaults, **entry}.items()}
        except SettingsError as error:
            problems.append(f"{place}: {error.message}")
            continue
        lines.append(_line(place, values, path.parent))
    return Listing(tuple(lines), tuple(problems))


def _text(name: str, value: object) -> str | tuple[str, ...]:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return tuple(str(each) for each in value)
    raise SettingsError(f"“{name}” is neither text, a number, yes or no, nor a list of them.")


def _line(place: str, values: dict[str, str | tuple[str, ...]], folder: Path) -> Line:
    options = {NAMES.get(name, name): value for name, value in values.items()}
    for name in ("video", "audio", "project", "background"):
        if isinstance(path := options.get(name), str):
            options[name] = str((folder / path).absolute())
    if isinstance(footage := options.get("footage"), str | tuple):
        several = (footage,) if isinstance(footage, str) else footage
        options["footage"] = tuple(str((folder / each).absolute()) for each in several)
    return Line(place, options)


def _folder(folder: Path) -> Listing:
    """``episode01.mp4`` with ``episode01.de.wav`` and ``episode01.fr.wav`` beside it, and projects."""
    try:
        files = sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith("."))
    except OSError as error:
        raise SettingsError(f"{folder} cannot be read: {error.strerror or error}.") from error
    films = {each.stem: each for each in files if each.suffix.lower() in FILMS}
    lines, problems, used = [], [], set()
    for voice in files:
        stem, dot, language = voice.stem.rpartition(".")
        if not dot or not is_language(language) or voice.suffix.lower() not in VOICES:
            if voice.suffix.lower() in VOICES and voice.suffix.lower() not in FILMS:
                problems.append(
                    f"{voice.name}: its name says no film and language; a voice is called FILM.LANGUAGE{voice.suffix}, "
                    f"for example episode01.de{voice.suffix}."
                )
            continue
        film = films.get(stem)
        if film is None:
            problems.append(f"{voice.name}: there is no film {stem} beside it.")
            continue
        used |= {film, voice}
        lines.append(
            Line(
                voice.name,
                {"video": str(film.absolute()), "audio": str(voice.absolute()), "language": language},
            )
        )
    lines += [
        Line(each.name, {"project": str(each.absolute())}) for each in files if each.suffix.lower() == PROJECT
    ]
    notes = [f"{film.name} has no voice and is left out." for film in films.values() if film not in used]
    if not lines and not problems:
        problems.append(f"{folder}: there is neither a film with voices nor a project in it.")
    return Listing(tuple(lines), tuple(problems), tuple(notes))


def sentence(error: AppError) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split())
