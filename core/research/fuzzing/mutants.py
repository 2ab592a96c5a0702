"""Small changes to our own code, one at a time: a test that fails for it has seen it, a change that survives was seen by none."""

import ast
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from core.base.models import PROGRAM_ROOT

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot,
    ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.And: ast.Or,
    ast.Or: ast.And, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
_BLOCKS = (ast.FunctionDef, ast.For, ast.With)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: where, what was there and what is there now, and the whole file with it."""

    path: Path
    line: int
    before: str
    after: str
    source: str


def _places(path: Path) -> list[tuple[int, int]]:
    """Where a file can be changed: the node's number in a walk through its tree, and which of its changes."""
    tree = ast.parse((PROGRAM_ROOT / path).read_text("utf-8"))
    return [(number, index) for number, node in enumerate(ast.walk(tree)) for index, _ in enumerate(_changes(node))]


def _changed(path: Path, number: int, index: int) -> Mutant:
    """One of a file's changes."""
    tree = ast.parse((PROGRAM_ROOT / path).read_text("utf-8"))
    place = list(ast.walk(tree))[number]
    node = deepcopy(place)
    changed = list(_changes(node))[index]
    for field, value in changed.items():
        setattr(place, field, value)
    was, now = node, place
    body = changed.get("body")
    if isinstance(node, _BLOCKS) and isinstance(body, list):  # one statement is left out
        was, now = next((old, new) for old, new in zip(node.body, body, strict=True) if old is not new)
    text = ast.unparse(ast.fix_missing_locations(tree))
    return Mutant(path, getattr(was, "lineno", 0), _said(was), _said(now), text)


def _said(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0][:90]


def _changes(node: ast.AST) -> Iterator[dict[str, object]]:
    """Other values for fields of a node."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPS:
        yield {"ops": [_SWAPS[type(node.ops[0])](), *node.ops[1:]]}
    elif isinstance(node, (ast.BinOp, ast.BoolOp)) and type(node.op) in _SWAPS:
        yield {"op": _SWAPS[type(node.op)]()}
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield {"value": not node.value}
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield {"value": node.value + 1}
    elif isinstance(node, (ast.If, ast.While)):
        yield {"test": ast.UnaryOp(ast.Not(), node.test)}
    elif isinstance(node, _BLOCKS):
        for index, statement in enumerate(node.body):
            is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Expr, ast.Raise)) and not is_text:
                yield {"body": [*node.body[:index], ast.Pass(), *node.body[index + 1 :]]}


def survivors(chosen: list[Mutant], tests: list[str], folder: Path) -> Iterator[tuple[Mutant, str]]:
    """Each mutant with what became of it: “killed”, “survived”, or “hung” (also seen).

    Args:
        chosen: the mutants.
        tests: what pytest is to run.
        folder: for a copy of the program, in which they live.
    """
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", "out", ".*_cache")
    shutil.copytree(PROGRAM_ROOT, folder, ignore=ignored, symlinks=True)
    if _fail(folder, tests, limit=3600):
        raise RuntimeError(f"the tests fail without any change: {' '.join(tests)}")
    for mutant in chosen:
        whole = (folder / mutant.path).read_text("utf-8")
        (folder / mutant.path).write_text(mutant.source, "utf-8")
        try:
            own = _own_tests(mutant.path, tests)
            is_seen = bool(own) and _fail(folder, own)  # soonest
            yield mutant, "killed" if is_seen or _fail(folder, tests) else "survived"
        except subprocess.TimeoutExpired:
            yield mutant, "hung"
        finally:
            (folder / mutant.path).write_text(whole, "utf-8")


def _fail(folder: Path, tests: list[str], limit: float = 600) -> bool:
    """Whether any of the tests fails in that copy of the program; raises TimeoutExpired after `limit` seconds."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    # A change of the same length within a second would not be seen: compiled code is told by size and second.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, timeout=limit)
    return done.returncode != 0


def _own_tests(path: Path, tests: list[str]) -> list[str]:
    """Those of the tests' files that are named for a file of the program."""
    folders = [PROGRAM_ROOT / test for test in tests if (PROGRAM_ROOT / test).is_dir()]
    found = {each for folder in folders for each in folder.rglob(f"test_{path.stem}*.py")}
    return sorted(str(each.relative_to(PROGRAM_ROOT)) for each in found)


def drawn(paths: list[Path], count: int, seed: int) -> list[Mutant]:
    """`count` mutants of the files, always the same for a seed: operators, constants, conditions, and statements left out."""
    every = [(path, *place) for path in paths for place in _places(path)]
    return [_changed(*place) for place in random.Random(seed).sample(every, min(count, len(every)))]
