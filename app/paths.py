"""Which options of a command are read and which are written; checked against each other before the command begins."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from core.base.errors import SettingsError
from core.base.outputs import check_outputs


def input_path(text: str) -> Path:
    """The type of an option that names something to read."""
    return Path(text)


def output_path(text: str) -> Path:
    """The type of an option that names a file to write; “-” is the terminal."""
    return Path(text)


def output_folder(text: str) -> Path:
    """The type of an option that names a folder to write into."""
    return Path(text)


def check_paths(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Refuses a command line by which something would be written over what it reads or writes elsewhere.

    Raises:
        AppError: see `core.base.outputs.check_outputs`.
    """
    outputs: list[tuple[str, Path]] = []
    inputs: list[Path] = []
    folders: list[Path] = []
    for action in _actions(parser, args):
        paths = _paths(getattr(args, action.dest, None))
        if action.type is input_path:
            inputs += paths
        elif action.type is output_path:
            name = max(action.option_strings, key=len, default=action.dest)
            outputs += [(name, path) for path in paths if str(path) != "-"]
        elif action.type is output_folder:
            folders += paths
            for path in paths:
                if path.exists() and not path.is_dir():
                    raise SettingsError(f"{path} is not a folder.", hint="Give the name of a folder.")
    check_outputs(outputs, inputs, made=folders)


def _actions(parser: argparse.ArgumentParser, args: argparse.Namespace) -> Iterator[argparse.Action]:
    """The options of the verb that was called, and of its sub-verbs."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to ask
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            chosen = action.choices.get(getattr(args, action.dest, None) or "")
            if chosen is not None:
                yield from _actions(chosen, args)
        else:
            yield action


def _paths(value: object) -> list[Path]:
    if isinstance(value, Path):
        return [value]
    if isinstance(value, (list, tuple)):
        return [path for each in value for path in _paths(each)]
    return []
