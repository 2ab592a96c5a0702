"""Every module is imported by the program itself: what only tests import nobody needs."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
BY_NAME = re.compile(r"app\.commands\.|app\.lab\.")  # the command line finds them in their folders


def test_every_module_is_used_by_another_or_run_by_hand():
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text("utf-8")
        for folder in ("app", "core", "ui")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "__init__.py"
    }
    used = {name for module, text in modules.items() for name in _named(text) if name != module}
    alone = {
        name
        for name, text in modules.items()
        if name not in used and "__main__" not in text and not BY_NAME.match(name)
    }
    assert not alone


def _named(text: str) -> set[str]:
    """Modules that a module imports, or starts by name in another process."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found
