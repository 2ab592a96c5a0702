"""Fonts for text in drawn pictures, whatever its script: names of films are written in every one."""

import logging
import unicodedata
from functools import cache

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

logger = logging.getLogger(__name__)

FIRST = "DejaVu Sans"  # comes with matplotlib


def lettering(text: str) -> tuple[str, list[str]]:
    """`text` as it can be drawn here, and the font families to draw it with, the first that has a letter serving it.

    Letters that no font of this computer has are written as their numbers (U+4E00), so that no box stands for them.
    Draw it with ``parse_math=False``: names may hold dollar signs.
    """
    text = "".join(character if character.isprintable() else " " for character in unicodedata.normalize("NFC", text))
    wanted = {ord(character) for character in text if not character.isspace()}
    families = [FIRST]
    wanted -= _letters(font_manager.findfont(FIRST))
    for path in _other_fonts() if wanted else ():
        served = wanted & _letters(path)
        if served:
            families.append(_family(path))
            wanted -= served
        if not wanted:
            break
    if wanted:
        logger.info("no font here has %s", ", ".join(f"U+{code:04X}" for code in sorted(wanted)))
    drawn = "".join(f"U+{ord(character):04X} " if ord(character) in wanted else character for character in text)
    return drawn.rstrip() if wanted else drawn, families


@cache
def _other_fonts() -> tuple[str, ...]:
    """Files of the system's fonts; those made for screens and of regular weight first."""
    return tuple(sorted(font_manager.findSystemFonts(), key=_plainness))


def _plainness(path: str) -> tuple[bool, bool, str]:
    name = path.lower()
    odd = any(word in name for word in ("bold", "italic", "oblique", "mono", "condensed", "light", "thin", "emoji"))
    return odd, "sans" not in name, name


@cache
def _letters(path: str) -> frozenset[int]:
    """The characters that a font file has; none where it cannot be read."""
    try:
        return frozenset(FT2Font(path).get_charmap())
    except (OSError, RuntimeError):  # a format without outlines
        return frozenset()


@cache
def _family(path: str) -> str:
    font_manager.fontManager.addfont(path)
    return font_manager.fontManager.ttflist[-1].name

