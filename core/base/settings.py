"""Settings that are declared once: default, limits, unit and words of each field.

Files bring values within these limits, windows build their controls from them, and the command line its options.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

from core.base.errors import SettingsError

Kind = Literal["slider", "flag", "choice", "seed"]
Settings = TypeVar("Settings")
_KEY = "setting"


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of one field.

    Attributes:
        kind: of the control.
        default: of the field.
        title, help: English, translated where they are shown (context "Parameters").
        unit: shown behind the value.
        minimum, maximum, step: of a number.
        scale: the shown value is the setting times this (0.08 mouth widths are shown as 8 %).
        decimals: of the shown value.
        choices: (value, title) of a choice.
        name: of the field.
        can_move: it may change within a segment, by keyframes.
    """

    kind: Kind
    default: object
    title: str
    help: str
    unit: str = ""
    minimum: float = 0.0
    maximum: float = 1.0
    step: float = 0.01
    scale: float = 1.0
    decimals: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    name: str = ""
    can_move: bool = False


def slider(
    default: float,
    title: str,
    help: str,  # noqa: A002
    limits: tuple[float, float],
    *,
    unit: str = "%",
    step: float = 0.01,
    scale: float = 100,
    can_move: bool = False,
) -> Any:
    """A dataclass field that is a number within `limits`."""
    low, high = limits
    return _field(
        Setting(
            "slider", default, title, help, unit=unit, minimum=low, maximum=high, step=step, scale=scale,
            can_move=can_move,
        )
    )  # fmt: skip


def seed(title: str, help: str) -> Any:  # noqa: A002
    """A dataclass field that is a whole number from which chance is drawn."""
    return _field(Setting("seed", 0, title, help, maximum=2**31 - 1, step=1))


def choice(default: str, title: str, help: str, choices: tuple[tuple[str, str], ...]) -> Any:  # noqa: A002
    """A dataclass field that is one of `choices`, (value, title)."""
    return _field(Setting("choice", default, title, help, choices=choices))


def flag(default: bool, title: str, help: str) -> Any:  # noqa: A002
    """A dataclass field that is on or off."""
    return _field(Setting("flag", default, title, help))


def _field(setting: Setting) -> Any:
    return field(default=setting.default, metadata={_KEY: setting})


def settings_of(kind: type) -> Iterator[Setting]:
    """The declared fields of a dataclass, in order."""
    for each in fields(kind):
        if _KEY in each.metadata:
            yield replace(each.metadata[_KEY], name=each.name)


def _named(setting: Setting) -> str:
    return f"The setting “{setting.name.replace('_', ' ')}”"


def check(kind: type, values: Mapping[str, object], spelled: Callable[[Setting], str] = _named) -> None:
    """Whether `values` of fields of `kind` are what was declared.

    Args:
        kind: the dataclass.
        values: some or all of its fields' values.
        spelled: how a setting is named to the user.

    Raises:
        SettingsError: one is not.
    """
    for setting in settings_of(kind):
        if setting.name not in values:
            continue
        value = values[setting.name]
        if setting.kind == "choice":
            known = [name for name, _ in setting.choices]
            if value not in known:
                raise SettingsError(f"{spelled(setting)} is {value}; it must be one of {', '.join(known)}.")
        elif setting.kind != "flag" and not (
            isinstance(value, int | float) and setting.minimum <= value <= setting.maximum
        ):
            shown = f"{value:g}" if isinstance(value, int | float) else str(value)
            raise SettingsError(
                f"{spelled(setting)} is {shown}; it must lie between {setting.minimum:g} and {setting.maximum:g}."
            )


def limited(settings: Settings) -> Settings:
    """`settings` with every number within its limits."""
    values: dict[str, Any] = {}
    for setting in settings_of(type(settings)):
        value = getattr(settings, setting.name)
        if setting.kind in ("slider", "seed"):
            values[setting.name] = type(value)(min(max(value, setting.minimum), setting.maximum))
    return replace(settings, **values)  # type: ignore[type-var]
