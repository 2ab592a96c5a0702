"""Which number format the generator works in: as `core.precision` says of the machine."""

from core.precision import cast_to, fast_dtype

__all__ = ["cast_to", "fast_dtype"]
