"""H.264's parameter sets: told apart, and two encoders' put into one file.

A film can hold pictures of two encoders when each refers to parameter sets of its own numbers (ITU-T H.264, 7.4.1.2.1; ISO/IEC
14496-15, 5.3.3.1 of the record that MP4, MOV and Matroska keep them in).
"""

from collections.abc import Iterator
from dataclasses import dataclass

SPS, PPS, IDR = 7, 8, 5  # kinds of units
_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """What an ``avcC`` record holds of 8-bit 4:2:0 film.

    Attributes:
        profile: its number.
        compatibility: its constraint flags.
        level: ten times the level.
        sps: sequence parameter sets, without start codes.
        pps: picture parameter sets.
    """

    profile: int
    compatibility: int
    level: int
    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]

    def numbers(self) -> frozenset[int]:
        """The numbers that any of the sets has."""
        return frozenset(set_number(unit) for unit in (*self.sps, *self.pps))

    def with_others(self, other: "ParameterSets") -> bytes:
        """One ``avcC`` record of both."""
        profile = max(self.profile, other.profile)
        compatibility = self.compatibility & other.compatibility
        record = bytearray(
            (1, profile, compatibility, max(self.level, other.level), 0xFC | _LENGTH_BYTES - 1)
        )
        sps, pps = (*self.sps, *other.sps), (*self.pps, *other.pps)
        for count, units in ((0xE0 | len(sps), sps), (len(pps), pps)):
            record.append(count)
            for unit in units:
                record += len(unit).to_bytes(2, "big") + unit
        if profile >= 100:
            record += bytes((0xFC | 1, 0xF8, 0xF8, 0))  # 4:2:0, 8 bits, no extensions
        return bytes(record)


def read_record(record: bytes) -> ParameterSets | None:
    """The sets of an ``avcC`` record whose pictures have lengths of four bytes; None for any other, or a damaged one."""
    if len(record) < 7 or record[0] != 1 or record[4] & 3 != _LENGTH_BYTES - 1:
        return None
    found: list[tuple[bytes, ...]] = []
    position = 5
    for mask in (0x1F, 0xFF):
        if position >= len(record):
            return None
        units, count = [], record[position] & mask
        position += 1
        for _ in range(count):
            size = int.from_bytes(record[position : position + 2], "big")
            unit = record[position + 2 : position + 2 + size]
            if len(unit) < 2 or len(unit) != size:
                return None
            units.append(bytes(unit))
            position += 2 + size
        found.append(tuple(units))
    return ParameterSets(record[1], record[2], record[3], *found) if all(found) else None


def read_stream(stream: bytes) -> ParameterSets:
    """The sets in an encoder's header with start codes."""
    units = list(_between_start_codes(stream))
    sps = tuple(unit for unit in units if unit[0] & 31 == SPS)
    return ParameterSets(
        sps[0][1], sps[0][2], sps[0][3], sps, tuple(unit for unit in units if unit[0] & 31 == PPS)
    )


def units_of(packet: bytes) -> Iterator[bytes]:
    """The units of a packet whose units have lengths of four bytes."""
    position = 0
    while position + _LENGTH_BYTES < len(packet):
        size = int.from_bytes(packet[position : position + _LENGTH_BYTES], "big")
        position += _LENGTH_BYTES
        yield packet[position : position + size]
        position += size


def with_lengths(packet: bytes) -> bytes:
    """A packet with start codes as one with lengths."""
    return b"".join(len(unit).to_bytes(_LENGTH_BYTES, "big") + unit for unit in _between_start_codes(packet))


def set_number(unit: bytes) -> int:
    """The number of a parameter set."""
    # Before it lie the unit's header and, in a sequence parameter set, profile, flags and level.
    data = unit[4:] if unit[0] & 31 == SPS else unit[1:]
    bits = "".join(f"{byte:08b}" for byte in data[:8])
    zeros = len(bits) - len(bits.lstrip("0"))
    return int(bits[zeros : 2 * zeros + 1] or "1", 2) - 1  # Exp-Golomb


def _between_start_codes(stream: bytes) -> Iterator[bytes]:
    begin = stream.find(b"\0\0\1")
    while begin >= 0:
        begin += 3
        end = stream.find(b"\0\0\1", begin)
        unit = stream[begin:] if end < 0 else stream[begin:end]
        if unit := unit.rstrip(b"\0"):  # a unit ends in a bit that is set; what follows is the next code's
            yield unit
        begin = end
