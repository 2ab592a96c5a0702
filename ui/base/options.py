"""What the user can set about the program: declared as data, from which the preferences page is built.

Where the values are kept is not known here: the store is given by whoever starts the window.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

from ui.base.words import QT_TRANSLATE_NOOP

Value = bool | int | float | str
Kind = Literal["flag", "number", "choice", "folder"]


@dataclass(frozen=True, slots=True)
class Option:
    """One setting.

    Attributes:
        key: in the store, ``section.name``.
        title, help: untranslated; shown through ``tr`` in the context "Options".
        choices: (value, title) of a choice.
        minimum, maximum, unit: of a number.
        needs_restart: takes effect at the next start.
    """

    key: str
    section: str
    title: str
    help: str
    kind: Kind
    default: Value
    choices: tuple[tuple[str, str], ...] = ()
    minimum: float = 0
    maximum: float = 100
    unit: str = ""
    needs_restart: bool = False


GENERAL = QT_TRANSLATE_NOOP("Options", "General")
SAVING = QT_TRANSLATE_NOOP("Options", "Saving")
TIMELINE = QT_TRANSLATE_NOOP("Options", "Timeline")
PLAYBACK = QT_TRANSLATE_NOOP("Options", "Playback")
ENGINE = QT_TRANSLATE_NOOP("Options", "Engine")

OPTIONS: tuple[Option, ...] = (
    Option(
        "general.theme", GENERAL, QT_TRANSLATE_NOOP("Options", "Theme"),
        QT_TRANSLATE_NOOP("Options", "Colours of the window."), "choice", "dark",
        (("dark", QT_TRANSLATE_NOOP("Options", "Dark")), ("light", QT_TRANSLATE_NOOP("Options", "Light"))),
    ),
    Option(
        "general.language", GENERAL, QT_TRANSLATE_NOOP("Options", "Language"),
        QT_TRANSLATE_NOOP("Options", "Language of the window."), "choice", "system",
        (("system", QT_TRANSLATE_NOOP("Options", "As the system")), ("en", "English"), ("de", "Deutsch")),
        needs_restart=True,
    ),
    Option(
        "general.ask_recover", GENERAL, QT_TRANSLATE_NOOP("Options", "Offer recovery after a crash"),
        QT_TRANSLATE_NOOP("Options", "Ask at the start whether to open what was not saved."), "flag", True,
    ),
    Option(
        "saving.autosave_seconds", SAVING, QT_TRANSLATE_NOOP("Options", "Autosave after"),
        QT_TRANSLATE_NOOP("Options", "How long after a change the unsaved state is kept aside."), "number", 5,
        minimum=1, maximum=10, unit="s",
    ),
    Option(
        "saving.backups", SAVING, QT_TRANSLATE_NOOP("Options", "Keep backups"),
        QT_TRANSLATE_NOOP("Options", "Keep the last state of each hour, day and week when saving."), "flag", True,
    ),
    Option(
        "timeline.snapping", TIMELINE, QT_TRANSLATE_NOOP("Options", "Snapping"),
        QT_TRANSLATE_NOOP("Options", "Edges catch at cuts, the playhead, segments and markers."), "flag", True,
    ),
    Option(
        "timeline.follow_playhead", TIMELINE, QT_TRANSLATE_NOOP("Options", "Follow the playhead"),
        QT_TRANSLATE_NOOP("Options", "The timeline scrolls along while playing."), "flag", True,
    ),
    Option(
        "playback.rythmo", PLAYBACK, QT_TRANSLATE_NOOP("Options", "Rythmo band"),
        QT_TRANSLATE_NOOP("Options", "The script's words run under the picture to the playhead."), "flag", False,
    ),
    Option(
        "playback.proxies", PLAYBACK, QT_TRANSLATE_NOOP("Options", "Make proxies"),
        QT_TRANSLATE_NOOP("Options", "Light copies in the background, for smooth playing. They are never exported."), "choice",
        "heavy",
        (("heavy", QT_TRANSLATE_NOOP("Options", "Of heavy films")), ("never", QT_TRANSLATE_NOOP("Options", "Never by itself"))),
    ),
    Option(
        "playback.use_proxies", PLAYBACK, QT_TRANSLATE_NOOP("Options", "Play proxies"),
        QT_TRANSLATE_NOOP("Options", "Films are played from their light copies where there are any."), "flag", True,
    ),
    Option(
        "engine.device", ENGINE, QT_TRANSLATE_NOOP("Options", "Device"),
        QT_TRANSLATE_NOOP("Options", "Where lips are computed."), "choice", "auto",
        (("auto", QT_TRANSLATE_NOOP("Options", "Automatic")), ("cuda", "CUDA"), ("cpu", QT_TRANSLATE_NOOP("Options", "Processor"))),
    ),
    Option(
        "engine.best_of", ENGINE, QT_TRANSLATE_NOOP("Options", "Best of several takes"),
        QT_TRANSLATE_NOOP("Options", "How many takes are made before the best is chosen."), "number", 4,
        minimum=2, maximum=9,
    ),
    Option(
        "engine.adapt_minutes", ENGINE, QT_TRANSLATE_NOOP("Options", "Adapt to a person for"),
        QT_TRANSLATE_NOOP("Options", "How long a generator learns a person; looking through the footage comes before."),
        "number", 5, minimum=1, maximum=120, unit="min",
    ),
    Option(
        "engine.analyse_on_import", ENGINE, QT_TRANSLATE_NOOP("Options", "Find faces when a film is added"),
        QT_TRANSLATE_NOOP("Options", "Runs in the background; otherwise start it from the media bin."), "flag", True,
    ),
)  # fmt: skip


class Options(QObject):
    """The values in use.

    Signals:
        changed: (str key).
    """

    changed = Signal(str)

    def __init__(
        self,
        values: Mapping[str, object] | None = None,
        save: Callable[[Mapping[str, object]], None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._values: dict[str, object] = dict(values or {})
        self._save = save
        self._declared = {option.key: option for option in OPTIONS}

    def flag(self, key: str) -> bool:
        """A declared yes-or-no value."""
        return bool(self._valid(key))

    def number(self, key: str) -> float:
        """A declared number."""
        value = self._valid(key)
        assert isinstance(value, int | float)
        return float(value)

    def text(self, key: str) -> str:
        """A declared choice or folder."""
        return str(self._valid(key))

    def set_value(self, key: str, value: Value) -> None:
        """Sets a declared option and keeps it."""
        if self._valid(key) != value:
            self._values[key] = value
            self._store()
            self.changed.emit(key)

    def reset(self, key: str) -> None:
        """Back to the default."""
        self.set_value(key, self._declared[key].default)

    def state(self, key: str) -> object:
        """Anything kept that is no option: window places, recent files, shortcuts; None when never kept."""
        return self._values.get(f"state.{key}")

    def set_state(self, key: str, value: object) -> None:
        """Keeps a JSON value that is no option."""
        if self._values.get(f"state.{key}") != value:
            self._values[f"state.{key}"] = value
            self._store()
            self.changed.emit(f"state.{key}")

    def _valid(self, key: str) -> object:
        """The kept value, or the default when none or a wrong one was kept (an edited or older file)."""
        option = self._declared[key]
        value = self._values.get(key, option.default)
        match option.kind:
            case "flag":
                good = isinstance(value, bool)
            case "number":
                number = isinstance(value, int | float) and not isinstance(value, bool)
                good = number and option.minimum <= value <= option.maximum  # type: ignore[operator]
            case "choice":
                good = value in [choice for choice, _ in option.choices]
            case _:
                good = isinstance(value, str)
        return value if good else option.default

    def _store(self) -> None:
        if self._save is not None:
            self._save(self._values)
