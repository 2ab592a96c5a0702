"""Lines out of words that a dub was heard to say, and where a script's lines are said."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from core.base.timing import TimeRange
from core.script.script import ScriptLine
from core.speech.words import Word

_PAUSE_S = 0.6  # a longer one parts lines
_LONGEST_S = 8.0  # a sentence's end parts lines from half of it on, any word from all of it on
_SENTENCE_ENDS = ".!?…。！？؟"
_LEAST_LIKENESS = 0.5  # of a line's words found: below, it was not this line that was said
_WORD = re.compile(r"[぀-ヿ㐀-鿿]|[^\W_぀-ヿ㐀-鿿]+")  # where no spaces are written, signs


@dataclass(frozen=True, slots=True)
class Said:
    """Where a line is said; `likeness` is the share of its words that were heard there."""

    range: TimeRange
    likeness: float


def lines_heard(words: Sequence[Word]) -> tuple[ScriptLine, ...]:
    """The words as lines without a character, parted at pauses and, where they are long, at sentences."""
    lines: list[list[Word]] = []
    for word in words:
        if not lines or _parts(lines[-1], word):
            lines.append([])
        lines[-1].append(word)
    return tuple(
        ScriptLine("", "".join(word.text for word in line).strip(), _range(line[0].start, line[-1].end))
        for line in lines
        if line[-1].end > line[0].start
    )


def _parts(line: Sequence[Word], word: Word) -> bool:
    length = line[-1].end - line[0].start
    is_sentence = line[-1].text.rstrip("\"'”’») ").endswith(tuple(_SENTENCE_ENDS))
    return (
        word.start - line[-1].end >= _PAUSE_S
        or word.end - line[0].start > _LONGEST_S
        or (is_sentence and length >= _LONGEST_S / 2)
    )


def find_lines(texts: Sequence[str], words: Sequence[Word]) -> tuple[Said | None, ...]:
    """Where each text is said; None where too little of it was heard.

    Script and voice go the same way, with lines left out and words misheard on either side; what is said elsewhere than
    the script has it is looked for in what is left.
    """
    heard = [each for word in words for each in _spelt(word)]
    wanted = [(number, token) for number, text in enumerate(texts) for token in _tokens(text)]
    matcher = difflib.SequenceMatcher(
        None, [token for _, token in wanted], [word.text for word in heard], autojunk=False
    )
    places: list[list[int]] = [[] for _ in texts]
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            places[wanted[block.a + step][0]].append(block.b + step)
    found: list[Said | None] = [
        _said(_tokens(text), heard, at) for text, at in zip(texts, places, strict=True)
    ]
    taken = {place for at, said in zip(places, found, strict=True) if said is not None for place in at}
    for number, text in enumerate(texts):
        if found[number] is None:
            tokens = _tokens(text)
            at = _elsewhere(tokens, heard, taken)
            found[number] = _said(tokens, heard, at)
            if found[number] is not None:
                taken |= set(at)
    return tuple(found)


def words_within(words: Sequence[Word], start: float, end: float) -> str:
    """What is said between two moments, with the words that only begin or end there."""
    return "".join(word.text for word in words if word.start < end and word.end > start).strip()


def _tokens(text: str) -> list[str]:
    return [match.casefold() for match in _WORD.findall(text)]


def _spelt(word: Word) -> Iterator[Word]:
    """A heard word as tokens, its time shared among them."""
    tokens = _tokens(word.text)
    step = (word.end - word.start) / max(len(tokens), 1)
    for number, token in enumerate(tokens):
        yield Word(token, word.start + number * step, word.start + (number + 1) * step)


def _said(tokens: Sequence[str], heard: Sequence[Word], at: Sequence[int]) -> Said | None:
    """The stretch of the places `at` that lie together, where they are enough of the line."""
    together = _densest(at, len(tokens))
    if not tokens or len(together) < _LEAST_LIKENESS * len(tokens):
        return None
    start, end = heard[together[0]].start, heard[together[-1]].end
    return Said(_range(start, end), len(together) / len(tokens)) if end > start else None


def _densest(at: Sequence[int], size: int) -> list[int]:
    """The most of the rising places that lie within twice the line's length: one word far off is another's."""
    best: list[int] = []
    for number, first in enumerate(at):
        inside = [place for place in at[number:] if place < first + 2 * size]
        best = max(best, inside, key=len)
    return best


def _elsewhere(tokens: Sequence[str], heard: Sequence[Word], taken: set[int]) -> list[int]:
    free = [place for place in range(len(heard)) if place not in taken]
    matcher = difflib.SequenceMatcher(None, [heard[place].text for place in free], tokens, autojunk=False)
    return [free[block.a + step] for block in matcher.get_matching_blocks() for step in range(block.size)]


def _range(start: float, end: float) -> TimeRange:
    return TimeRange(*(Fraction(t).limit_denominator(1000) for t in (start, end)))
