"""What encoders on a card are told, which know no quality: as many bits as a picture has pixels for, and what the source had."""

from dataclasses import replace
from fractions import Fraction

from core.base.timing import FrameRate
from core.media.output_format import hardware_bit_rate
from core.media.probe import probe


def test_a_fifth_of_a_bit_for_each_pixel_and_never_less_than_the_source(clips):
    film = replace(probe(clips("cfr25")).video, width=1920, height=1080, rate=FrameRate(Fraction(25)), bit_rate=None)
    assert hardware_bit_rate(film) == 1920 * 1080 * 5
    assert hardware_bit_rate(replace(film, bit_rate=9_000_000)) == 1920 * 1080 * 5
    assert hardware_bit_rate(replace(film, bit_rate=50_000_000)) == 50_000_000
