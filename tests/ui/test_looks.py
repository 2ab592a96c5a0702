"""One scale of spaces, one of type, one icon for a meaning, and colours that can be read."""

import ast
import re
from itertools import product
from pathlib import Path

import pytest

from ui.base.actions import ACTIONS
from ui.base.theme import THEMES, style_sheet

ROOT = Path(__file__).resolve().parents[2]
SPACES = {0, 2, 4, 8, 12, 16, 24}
SIZES = {"9pt", "10pt", "11pt", "17pt"}
GROUNDS = ("window", "panel", "raised", "sunken", "hover")
WORDS = ("text", "dim_text", "faint_text", "accent", "good", "fair", "poor", "warning", "error")
# Different things to do that are one meaning: one cuts, points, brings in, or takes out.
SAME_MEANING = {
    frozenset({"edit.split", "tool.razor"}),
    frozenset({"picture.view", "tool.select"}),
    frozenset({"file.import_timeline", "file.import_script"}),
    frozenset({"file.export_timeline", "file.export_script"}),
}


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """As WCAG 2.2 has it."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_counted_as_the_guidelines_do():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("theme", "word", "ground"), list(product(THEMES, WORDS, GROUNDS)))
def test_words_can_be_read_on_every_ground(theme, word, ground):
    colours = THEMES[theme]
    assert contrast(getattr(colours, word), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("theme", list(THEMES))
def test_words_on_the_accent_and_on_what_is_pressed_can_be_read(theme):
    colours = THEMES[theme]
    assert contrast(colours.accent_text, colours.accent) >= 4.5
    assert contrast(colours.text, colours.pressed) >= 4.5
    assert contrast(colours.dim_text, colours.pressed) >= 4.5
    assert contrast(colours.playhead, colours.sunken) >= 3


SPACING = ("setSpacing", "setContentsMargins", "setHorizontalSpacing", "setVerticalSpacing")


def spaces(tree):
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in SPACING:
            numbers = [each.value for each in call.args if isinstance(each, ast.Constant)]
            yield from ((call.lineno, number) for number in numbers if isinstance(number, int))


def test_spaces_between_things_are_of_one_scale():
    found = [
        (str(path.relative_to(ROOT)), line, value)
        for path in sorted((ROOT / "ui").rglob("*.py"))
        for line, value in spaces(ast.parse(path.read_text("utf-8")))
        if value not in SPACES
    ]
    assert found == []


def test_letters_are_of_one_scale():
    assert set(re.findall(r"font-size: (\w+)", style_sheet(THEMES["dark"]))) <= SIZES


def test_an_icon_has_one_meaning():
    users = {}
    for spec in ACTIONS:
        if spec.icon:
            users.setdefault(spec.icon, set()).add(spec.id)
    shared = {frozenset(ids) for ids in users.values() if len(ids) > 1}
    assert shared <= SAME_MEANING


def test_what_has_the_focus_is_seen():
    sheet = style_sheet(THEMES["dark"])
    for widget in (
        "QPushButton", 'QPushButton[primary="true"]', 'QPushButton[flat="true"]', "QToolButton", "QLineEdit", "QComboBox",
        "QSpinBox", "QDoubleSpinBox", "QCheckBox::indicator", "QSlider::handle:horizontal", "QListView", "QTreeView", "QTableView",
        "QTextBrowser", "QKeySequenceEdit",
    ):  # fmt: skip
        assert f"{widget}:focus" in sheet, widget


@pytest.mark.parametrize("theme", list(THEMES))
def test_words_over_the_viewer_can_be_read(theme):
    assert contrast(THEMES["dark"].error, THEMES[theme].viewer) >= 4.5
