"""Lines out of heard words, and lines of a script found in them."""

import numpy as np
import pytest

from core.script.heard import find_lines, lines_heard, words_within
from core.speech.words import Word


def said(text, start=0.0, pace=0.3, gap=0.0):
    """Words of a third of a second each."""
    found = []
    for word in text.split():
        found.append(Word(f" {word}", start, start + pace))
        start += pace + gap
    return found


def test_pauses_part_lines_and_long_ones_end_with_a_sentence():
    words = [*said("Good morning. Did you"), *said("sleep well?", 3.0), *said("Yes I did. " * 8, 6.0)]

    lines = lines_heard(words)

    assert [line.text for line in lines[:2]] == ["Good morning. Did you", "sleep well?"]
    assert (float(lines[1].range.start), float(lines[1].range.end)) == pytest.approx((3.0, 3.6))
    assert len(lines) > 2
    assert all(line.text.endswith("did.") and line.range.duration <= 8 for line in lines[2:])
    assert lines_heard([]) == ()


def test_lines_are_found_although_words_were_misheard_and_lines_are_missing():
    script = ["The boat leaves at noon.", "Nobody said this line at all", "Bring the paper bag, please!"]
    words = [*said("the boat leaf at noon"), *said("um bring a paper bag please", 4.0)]

    first, second, third = find_lines(script, words)

    assert second is None
    assert (float(first.range.start), float(first.range.end)) == pytest.approx((0, 1.5), abs=0.01)
    assert first.likeness == pytest.approx(0.8)
    assert float(third.range.start) == pytest.approx(4.3, abs=0.01)
    assert float(third.range.end) == pytest.approx(5.8, abs=0.01)


def test_a_line_that_is_said_elsewhere_is_found_there():
    script = ["one two three four", "five six seven eight", "nine ten eleven twelve"]
    words = said("nine ten eleven twelve one two three four five six seven eight")

    starts = [float(each.range.start) for each in find_lines(script, words)]

    np.testing.assert_allclose(starts, [1.2, 2.4, 0.0], atol=0.01)


def test_writing_without_spaces_is_compared_sign_by_sign():
    (found,) = find_lines(["今天天氣很好"], [Word("今天天気很好", 1.0, 2.2), Word("謝謝", 2.5, 3.0)])

    assert (float(found.range.start), float(found.range.end)) == pytest.approx((1.0, 2.2), abs=0.01)
    assert found.likeness == pytest.approx(5 / 6)


def test_nothing_is_found_in_silence_and_empty_lines_nowhere():
    assert find_lines(["anything", ""], []) == (None, None)
    assert find_lines(["…"], said("words")) == (None,)


def test_the_words_of_a_stretch_are_those_that_touch_it():
    words = said("the boat leaves at noon")
    assert words_within(words, 0.35, 0.95) == "boat leaves at"
    assert words_within(words, 9, 10) == ""
