"""Titles in every script: drawn by a font that has the letters, or told by their numbers; no boxes, no warnings."""

import warnings

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

from core.base import lettering as module
from core.base.lettering import lettering

NAMES = ["電影 配音.mp4 → 映画.mkv", "한국어 영화", "فيلم عربي", "हिन्दी", "🎬 $a_b$ film", "tab\tand\x07bell", "\U00020000", "$"]


@pytest.fixture
def fonts(monkeypatch, tmp_path):
    """Makes a font with only these letters the one the system has."""

    def have(letters):
        paths = []
        if letters:
            names = [".notdef", *(f"u{ord(each):05X}" for each in letters)]
            pen = TTGlyphPen(None)
            for step, point in enumerate([(0, 0), (0, 900), (900, 900), (900, 0)]):
                (pen.lineTo if step else pen.moveTo)(point)
            pen.closePath()
            square = pen.glyph()
            font = FontBuilder(1000, isTTF=True)
            font.setupGlyphOrder(names)
            font.setupCharacterMap({ord(each): f"u{ord(each):05X}" for each in letters})
            font.setupGlyf(dict.fromkeys(names, square))
            font.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
            font.setupHorizontalHeader(ascent=900, descent=-100)
            font.setupNameTable({"familyName": "Own Square", "styleName": "Regular"})
            font.setupOS2()
            font.setupPost()
            font.save(tmp_path / "OwnSans.ttf")
            paths = [str(tmp_path / "OwnSans.ttf")]
        monkeypatch.setattr(font_manager, "findSystemFonts", lambda: paths)
        module._other_fonts.cache_clear()

    yield have
    module._other_fonts.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_every_letter_that_is_drawn_has_a_font_and_nothing_is_warned_of(name):
    drawn, families = lettering(name)
    had = set()
    for family in families:
        had |= set(FT2Font(font_manager.findfont(family)).get_charmap())
    assert {ord(each) for each in drawn if each != " "} <= had
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = Figure()
        figure.suptitle(drawn, family=families, parse_math=False)
        figure.savefig("/dev/null", format="png")


def test_a_font_of_the_system_serves_what_the_first_one_lacks(fonts):
    fonts("電影")
    assert lettering("電影 film") == ("電影 film", ["DejaVu Sans", "Own Square"])


def test_letters_without_a_font_are_told_by_their_numbers(fonts):
    fonts("")
    assert lettering("電 film") == ("U+96FB  film", ["DejaVu Sans"])
