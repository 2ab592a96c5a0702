"""Loudness of a soundtrack by EBU R128 (ITU-R BS.1770-4): measured, and brought to what a delivery asks for.

Measured by FFmpeg's ``ebur128`` as a stream, whatever the length; pyloudnorm would hold the whole film's sound in memory and knows
no true peak. The level is changed as a whole, so that nothing breathes; only peaks beyond the limit are held back, at four times the
rate, where peaks between samples can be seen.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph

from core.jobs.results import Levelling, Loudness
from core.media.audio import AudioSource
from core.media.info import LoudnessRule
from core.media.sound_track import audio_frame

_OVERSAMPLING = 4
_TRIES = 8
_NEAR = 0.1  # LU, where no other try is made
_TOLERANCE = 0.5  # LU, that deliveries allow
_SILENT = -69.0  # LUFS; BS.1770's gate is at -70


@dataclass(frozen=True, slots=True)
class LoudnessTarget:
    """What a delivery asks for.

    Attributes:
        name: for people.
        lufs: integrated loudness.
        peak: largest true peak in dBTP.
    """

    name: str
    lufs: float
    peak: float


TARGETS = {
    "ebu": LoudnessTarget("EBU R128", -23.0, -1.0),
    "atsc": LoudnessTarget("ATSC A/85", -24.0, -2.0),
    "streaming": LoudnessTarget("streaming", -27.0, -2.0),
}


class Levelled:
    """A soundtrack at another level, with its peaks held below a limit; as long as `source` to the sample."""

    def __init__(self, source: AudioSource, gain_db: float, peak: float | None) -> None:
        """`peak`: the limit in dBTP, None where no peak can come near it."""
        self.rate, self.layout, self.bits = source.rate, source.layout, 0
        self._source, self._gain, self._peak = source, np.float32(10 ** (gain_db / 20)), peak

    def blocks(self) -> Iterator[np.ndarray]:
        """Consecutive (n, channels) float32 blocks."""
        louder = (_as_float(block) * self._gain for block in self._source.blocks())
        if self._peak is None:
            yield from louder
            return
        missing = 0

        def counted() -> Iterator[np.ndarray]:
            nonlocal missing
            for block in louder:
                missing += len(block)
                yield block

        limit = 10 ** (self._peak / 20)
        chain = (
            ("aresample", str(self.rate * _OVERSAMPLING)),
            ("alimiter", f"limit={limit:.6f}:attack=5:release=50:level=disabled:latency=1"),
            ("aresample", str(self.rate)),
            ("aformat", f"sample_fmts=flt:channel_layouts={self.layout}"),
        )
        for frame in _through(counted(), self, chain):
            block = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)[: max(missing, 0)]
            missing -= len(block)
            if len(block):
                yield block
        if missing > 0:
            yield np.zeros((missing, len(av.AudioLayout(self.layout).channels)), np.float32)


def measure(source: AudioSource) -> Loudness:
    """The loudness of all of a soundtrack."""
    facts: dict[str, str] = {}
    frames = _through(
        map(_as_float, source.blocks()), source, (("ebur128", "peak=true:metadata=1:framelog=quiet"),)
    )
    for frame in frames:
        facts = dict(frame.metadata)
    lufs = float(facts.get("lavfi.r128.I", "-inf"))
    peak = float(facts.get("lavfi.r128.true_peak", "0") or 0)
    if lufs <= _SILENT or peak <= 0:
        return Loudness(None, None, None)
    return Loudness(round(lufs, 2), round(20 * math.log10(peak), 2), round(float(facts["lavfi.r128.LRA"]), 2))


def level(
    source: AudioSource, rule: LoudnessRule, between: Callable[[], None] = lambda: None
) -> tuple[AudioSource, Levelling | None]:
    """The soundtrack as `rule` wants it, and what was done; `source` itself where nothing is to be done.

    Args:
        source: can be read several times.
        rule: see `TARGETS`.
        between: called between passes, to cancel.
    """
    if rule == "off":
        return source, None
    before = measure(source)
    told = Levelling(rule, before)
    if rule == "measure":
        return source, told
    target = TARGETS[rule]
    if before.lufs is None or before.peak is None:
        return source, replace(told, note="The sound is silent and was left as it is.")
    gain, ceiling = target.lufs - before.lufs, target.peak
    made, after = source, before
    is_limited, missing_before = False, math.inf
    for _ in range(_TRIES):
        between()
        is_limited = before.peak + gain > target.peak
        made = Levelled(source, gain, ceiling if is_limited else None)
        after = measure(made)
        assert after.lufs is not None, "what is not silent does not become so"
        assert after.peak is not None
        over, missing = after.peak - target.peak, target.lufs - after.lufs
        if is_limited and over > 0:
            # The filter back to the rate may ring beyond a limit that the samples at four times the rate kept.
            ceiling -= over + 0.05
            continue
        if abs(missing) <= _NEAR or (is_limited and abs(missing) > 0.9 * missing_before):
            break  # there, or more gain only makes the limiter work harder
        gain, missing_before = gain + missing, abs(missing)
    note = ""
    if after.lufs is not None and abs(after.lufs - target.lufs) > _TOLERANCE:
        note = (
            f"The loudness is {after.lufs:.1f} LUFS instead of {target.lufs:.0f}: more would go beyond the peaks of "
            f"{target.peak:.0f} dBTP that {target.name} allows."
        )
    return made, replace(told, after=after, gain_db=round(gain, 2), is_limited=is_limited, note=note)


def _as_float(block: np.ndarray) -> np.ndarray:
    """(n, channels) float32 in -1..1."""
    if block.dtype == np.float32:
        return block
    if block.dtype == np.uint8:
        return (block.astype(np.float32) - 128) / 128
    return block.astype(np.float32) / -float(np.iinfo(block.dtype).min)


def _through(
    blocks: Iterator[np.ndarray], like: AudioSource, chain: tuple[tuple[str, str], ...]
) -> Iterator[AudioFrame]:
    """What comes out of FFmpeg's filters when `blocks` go in."""
    graph = Graph()
    first = graph.add_abuffer(
        format="flt", sample_rate=like.rate, layout=like.layout, time_base=Fraction(1, like.rate)
    )
    last = first
    for name, options in chain:
        node = graph.add(name, options)
        last.link_to(node)
        last = node
    sink = graph.add("abuffersink")
    last.link_to(sink)
    graph.configure()
    at = 0
    for block in blocks:
        frame = audio_frame(np.ascontiguousarray(block, np.float32), like.layout, like.rate)
        frame.pts = at
        at += len(block)
        first.push(frame)
        yield from _pulled(sink)
    first.push(None)
    yield from _pulled(sink)


def _pulled(sink: "av.filter.context.FilterContext") -> Iterator[AudioFrame]:
    while True:
        try:
            frame = sink.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        assert isinstance(frame, AudioFrame)
        yield frame
