"""Final Cut Pro's .fcpxml by OpenTimelineIO's adapter, with its times made exact.

The adapter counts at whole frame rates (29 for 29.97) and rounds down, so that every cut of an NTSC film would lie elsewhere; the
file itself says its times as exact fractions of a second. Runs in the confined process only.
"""

from fractions import Fraction
from typing import Any

import opentimelineio as otio
from otio_fcpx_xml_adapter import fcpx_xml


def _seconds(text: str | None) -> Fraction:
    return Fraction((text or "0s").removesuffix("s"))


def _rational_time(text: str | None, rate: float) -> "otio.opentime.RationalTime":
    return otio.opentime.RationalTime(float(_seconds(text) * Fraction(rate).limit_denominator(1001)), rate)


class _Exact(fcpx_xml.FcpxXml):
    def _format_frame_rate(self, format_id: str) -> float:
        total, rate = self._format_frame_duration(format_id)
        return float(Fraction(rate) / Fraction(total))

    def _number_of_frames(self, time_value: str | None, format_id: str) -> int:
        return round(
            _seconds(time_value) * Fraction(self._format_frame_rate(format_id)).limit_denominator(1001)
        )

    def _build_composable(self, element: Any, default_format: str) -> Any:
        composable = super()._build_composable(element, default_format)
        if self._timing_clip(element).get("enabled") == "0":
            composable.enabled = False
        return composable


def read(content: bytes) -> Any:
    """The OpenTimelineIO object of a file's content."""
    fcpx_xml.to_rational_time = _rational_time
    return _Exact(content.decode("utf-8-sig", "replace")).to_otio()
