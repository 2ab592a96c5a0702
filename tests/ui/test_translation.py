import ast
import importlib.util
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "translations"


@pytest.fixture(scope="module")
def update():
    spec = importlib.util.spec_from_file_location("translation_update", FOLDER / "update.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("language", ["de"])
def test_every_text_is_translated_with_the_same_placeholders(update, language):
    translations = update.read(language)
    missing = sorted(update.collect() - translations.keys())
    assert missing == [], "run resources/translations/update.py and translate what is new"
    for (_, source), translation in translations.items():
        assert set(re.findall(r"{\w*}", source)) == set(re.findall(r"{\w*}", translation)), source
        assert source.count("\n") == translation.count("\n"), source
        assert source[:1].isspace() == translation[:1].isspace(), source


def test_the_window_speaks_german(open_window):
    window = open_window({"general.language": "de"})
    assert window.actions["file.open"].text() == "Projekt öffnen …"
    assert window.docks["people"].windowTitle() == "Personen"
    assert window.inspector.row("feather")._label.text() == "Weiche Kante"
    assert window.menuBar().actions()[0].text() == "&Datei"


SHOWN_BY = {
    "QLabel", "QPushButton", "QCheckBox", "QAction", "QDockWidget", "QToolBar", "QMenu", "QGroupBox", "QRadioButton", "setText",
    "setToolTip", "setWindowTitle", "setPlaceholderText", "setAccessibleName", "setInformativeText", "addAction", "addMenu",
    "setLabelText", "setStatusTip", "info", "warn", "done",
}  # fmt: skip
NAMES = {"UniSync Studio"}


def untranslated(tree):
    """Literal words given straight to something that shows them."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        is_log = isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "logger"
        if name not in SHOWN_BY or is_log:
            continue
        words = [each.value for each in call.args if isinstance(each, ast.Constant)]
        yield from (
            (call.lineno, word)
            for word in words
            if isinstance(word, str) and re.search(r"[A-Za-z]{2}", word) and word not in NAMES
        )


def test_no_words_reach_the_window_untranslated():
    assert list(untranslated(ast.parse('QLabel("Hello")'))) == [(1, "Hello")]
    found = [
        (str(path.relative_to(FOLDER.parents[1])), *each)
        for path in sorted((FOLDER.parents[1] / "ui").rglob("*.py"))
        for each in untranslated(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []
