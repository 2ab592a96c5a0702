"""A sound on its way into a written film."""

import logging
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.audio.stream import AudioStream
from av.container import OutputContainer

from core.media.audio import AudioSource
from core.media.info import AudioCodecName

logger = logging.getLogger(__name__)

_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_AAC_BITS_PER_CHANNEL = 160_000


class SoundTrack:
    """One sound while it is encoded.

    Args:
        container: the film it goes into; its stream is added here.
        audio: the sound, sample 0 with the first frame.
        codec: what it is encoded with; AAC of a rate it does not have is resampled.
        start: when the film's first frame is shown, seconds.
    """

    def __init__(
        self, container: OutputContainer, audio: AudioSource, codec: AudioCodecName, start: Fraction
    ) -> None:
        rate = audio.rate
        if codec == "aac" and rate not in _AAC_RATES:
            rate = 48000
            logger.warning("AAC has no %d Hz; the sound is resampled to %d Hz", audio.rate, rate)
        stream = container.add_stream(_audio_encoder(codec, audio.bits), rate=rate)
        assert isinstance(stream, AudioStream)
        layout = AudioLayout(audio.layout)
        stream.layout = layout
        if codec == "aac":
            stream.bit_rate = min(_AAC_BITS_PER_CHANNEL * layout.nb_channels, 6 * rate * layout.nb_channels)
        elif codec == "flac":
            stream.format = "s16" if audio.bits == 16 else "s32"
        stream.time_base = Fraction(1, rate)
        self.stream = stream
        self._layout, self._rate, self._start = layout.name, audio.rate, start
        self._blocks = iter(audio.blocks())
        self._sample = 0  # the next one, counted from the film's first frame

    def frames_until(self, seconds: Fraction | None) -> Iterator[AudioFrame]:
        """What is not encoded yet and begins before `seconds` after the first frame; all of it where that is None."""
        while seconds is None or self._sample < seconds * self._rate:
            block = next(self._blocks, None)
            if block is None:
                return
            frame = audio_frame(block, self._layout, self._rate)
            frame.pts = round(self._start * self._rate) + self._sample
            frame.time_base = Fraction(1, self._rate)
            self._sample += len(block)
            yield frame


def audio_frame(block: np.ndarray, layout: str, rate: int) -> AudioFrame:
    """A block of an `AudioSource` as an encoder takes it, without a timestamp."""
    sample_format = {"int16": "s16", "int32": "s32", "float32": "flt"}[block.dtype.name]
    frame = AudioFrame.from_ndarray(
        np.ascontiguousarray(block).reshape(1, -1), format=sample_format, layout=layout
    )
    frame.sample_rate = rate
    return frame


def _audio_encoder(codec: AudioCodecName, bits: int) -> str:
    if codec != "pcm":
        return codec
    return {16: "pcm_s16le", 32: "pcm_s32le"}.get(
        bits, "pcm_s24le"
    )  # float sound fits 24 bits without loss to the ear
