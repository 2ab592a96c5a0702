"""Frame rates of other programs as the exact ones they stand for."""

from fractions import Fraction

EXACT_RATES = tuple(
    Fraction(numerator, denominator)
    for numerator, denominator in (
        (24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48000, 1001), (48, 1), (50, 1), (60000, 1001), (60, 1), (120, 1),
    )
)  # fmt: skip


def exact_rate(rate: float) -> Fraction:
    """The usual rate within 0.005 of `rate` (29.97 is 30000/1001), else the fraction next to it whose denominator is 1001 at most."""
    nearest = min(EXACT_RATES, key=lambda each: abs(float(each) - rate))
    if abs(float(nearest) - rate) < 0.005:
        return nearest
    return Fraction(rate).limit_denominator(1001) or Fraction(rate).limit_denominator(1_000_000)
