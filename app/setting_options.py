"""Options of the command line for declared settings."""

import argparse
from typing import Any, TypeVar

from core.base.settings import Setting, check, settings_of

T = TypeVar("T")


def add_setting_options(parser: Any, kind: type) -> None:
    """An option for every setting of `kind`; those that are not given are None."""
    for setting in settings_of(kind):
        words = f"{setting.help[0].lower()}{setting.help[1:].removesuffix('.')}"
        match setting.kind:
            case "flag":
                state = "on" if setting.default else "off"
                more: dict[str, Any] = {
                    "action": argparse.BooleanOptionalAction,
                    "help": f"{words} (default: {state})",
                }
            case "choice":
                choices = [value for value, _ in setting.choices]
                more = {"choices": choices, "help": f"{words} (default: {setting.default})"}
            case "seed":
                more = {"type": int, "metavar": "N", "help": f"{words} (default {setting.default})"}
            case _:
                limits = f"{setting.minimum:g}…{setting.maximum:g}"
                more = {"type": float, "metavar": limits, "help": f"{words} (default {setting.default:g})"}
        parser.add_argument(option(setting), **more)


def settings_from(args: argparse.Namespace, kind: type[T]) -> T:
    """The settings that the command line gave, the others as they are by default.

    Raises:
        SettingsError: one lies outside its limits; it is called by its option.
    """
    given = {s.name: value for s in settings_of(kind) if (value := getattr(args, s.name)) is not None}
    check(kind, given, spelled=option)
    return kind(**given)


def option(setting: Setting) -> str:
    """What the setting is called on the command line."""
    return f"--{setting.name.replace('_', '-')}"
