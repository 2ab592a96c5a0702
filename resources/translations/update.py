"""Collects every text of the window into the translation files and compiles them: ``python resources/translations/update.py``.

Texts that are new come in untranslated, texts that are gone go out, translations stay, also where a text went to another class.
"""

import ast
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LANGUAGES = ("de",)

Text = tuple[str, str]  # context, source


def collect() -> set[Text]:
    """Every text shown to the user: literals in the code, and the tables that are translated where they are shown."""
    texts: set[Text] = set()
    for folder in ("ui", "app"):
        for path in (ROOT / folder).rglob("*.py"):
            visitor = _Texts()
            visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
            texts |= visitor.texts()
    return texts | _tables()


def read(language: str) -> dict[Text, str]:
    """The translations of a language; those not finished are left out."""
    path = HERE / f"unisync_{language}.ts"
    if not path.is_file():
        return {}
    found = {}
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is not None and translation.get("type") != "unfinished" and translation.text:
                found[context.findtext("name", ""), message.findtext("source", "")] = translation.text
    return found


def moved(texts: set[Text], translations: dict[Text, str]) -> dict[Text, str]:
    """`translations`, and for each new text that of a text with the same words that is gone: it went to another class."""
    gone = {source: words for (context, source), words in translations.items() if (context, source) not in texts}
    new = {text: gone[text[1]] for text in texts if text not in translations and text[1] in gone}
    return {**translations, **new}


def write(language: str, texts: set[Text], translations: dict[Text, str]) -> None:
    """The .ts file with `texts`, and its compiled .qm."""
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    for name in sorted({context for context, _ in texts}):
        context = ElementTree.SubElement(root, "context")
        ElementTree.SubElement(context, "name").text = name
        for source in sorted(source for each, source in texts if each == name):
            message = ElementTree.SubElement(context, "message")
            ElementTree.SubElement(message, "source").text = source
            translation = ElementTree.SubElement(message, "translation")
            if (name, source) in translations:
                translation.text = translations[name, source]
            else:
                translation.set("type", "unfinished")
    ElementTree.indent(root, " ")
    path = HERE / f"unisync_{language}.ts"
    body = ElementTree.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', encoding="utf-8")
    tool = Path(sys.executable).with_name("pyside6-lrelease")
    subprocess.run([tool, "-silent", path, "-qm", path.with_suffix(".qm")], check=True)


class _Texts(ast.NodeVisitor):
    """Finds ``self.tr("…")`` (context: the class), ``translate("Context", "…")``, the no-op marks and ``_tr("…")``."""

    def __init__(self) -> None:
        self._classes: list[str] = []
        self._found: set[Text] = set()
        self._local: set[str] = set()  # texts of a module's own `_tr`
        self._contexts: set[str] = set()  # contexts its `_tr` names

    def texts(self) -> set[Text]:
        """What was found in one module."""
        return self._found | {(context, text) for context in self._contexts for text in self._local}

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name == "_tr":
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
                    self._contexts.add(str(call.args[0].value))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        words = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if name == "tr" and words and self._classes:
            self._found.add((self._classes[-1], words[0]))
        elif name in ("translate", "_N", "QT_TRANSLATE_NOOP") and len(words) >= 2:
            self._found.add((words[0], words[1]))
        elif name == "_tr" and words:
            self._local.add(words[0])
        self.generic_visit(node)


def _tables() -> set[Text]:
    sys.path.insert(0, str(ROOT))
    from core.project.parameters import PARAMETERS
    from ui.dialogs.export import EXPORT_PRESETS
    from ui.dialogs.log_viewer import LEVELS
    from ui.dialogs.patch_options import PATCH_FORMATS

    texts = {("ExportPresets", help_text) for _, _, _, help_text in EXPORT_PRESETS}
    texts |= {("ExportPresets", text) for _, title, help_text in PATCH_FORMATS for text in (title, help_text)}
    texts |= {("LogLevels", title) for title, _ in LEVELS}
    for parameter in PARAMETERS:
        texts |= {("Parameters", parameter.title), ("Parameters", parameter.help)}
        texts |= {("Parameters", title) for _, title in parameter.choices}
    return texts


if __name__ == "__main__":
    everything = collect()
    for each in LANGUAGES:
        write(each, everything, moved(everything, read(each)))
