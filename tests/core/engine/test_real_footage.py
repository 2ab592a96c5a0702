"""`unisync dub` on real footage: no crash, and what the output must be. Skipped where the footage is not there."""

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soxr

from core.base.timing import TimeRange
from core.engine.dub import DubJob, dub
from core.engine.runner import Engine
from core.jobs.cancel import CancelToken
from core.media.audio import AudioReader, channel_levels
from core.media.pixel_layout import pixel_layout
from core.media.probe import probe
from core.media.reader import VideoReader
from core.planning.pieces import SegmentSpec
from core.takes.chunk_cache import ChunkCache
from core.takes.compositor import Compositor
from core.takes.film import open_film
from core.takes.takes import TakeMaker

MEDIA = Path(__file__).resolve().parents[4] / "shared" / "media"
FILMS = sorted((MEDIA / "test").glob("*.*")) if MEDIA.is_dir() else []
VOICES = ("de_deyu", "fr_fayu", "ja_japanese", "zh_news", "ru_eluosi", "en_walden")
SPAN = TimeRange(Fraction(1, 2), Fraction(2))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.media,
    pytest.mark.skipif(not FILMS, reason=f"the real footage is not at {MEDIA}"),
]


@pytest.mark.parametrize(
    ("film", "voice"),
    list(zip(FILMS, itertools.cycle(VOICES))) or [("none", "none")],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_a_real_film_keeps_everything_but_its_lips(film, voice, tmp_path):
    sound = MEDIA / "voices" / f"{voice}.flac"
    engine = Engine(ChunkCache(tmp_path / "chunks"))
    job = DubJob(film, sound, tmp_path / "out.mkv", span=SPAN, longer="cut", face="largest", picture="ffv1")
    events = dub(job, engine, CancelToken())
    while True:
        try:
            next(events)
        except StopIteration as end:
            report = end.value.report
            break

    assert report.segments[0].frames > 0
    with VideoReader(film) as source, VideoReader(job.output) as result:
        assert result.frame_count == source.frame_count
        # Matroska counts in milliseconds.
        assert np.abs(result.index.seconds() - source.index.seconds()).max() <= 0.0006
        compositor = compositor_of(job, report.segments[0].person, engine)
        changed = 0
        for n in range(0, source.frame_count, max(source.frame_count // 40, 1)):
            mask = compositor.mask(n)
            before, after = luma(source, n), luma(result, n)
            if mask is None:
                assert (before == after).all(), n
            else:
                untouched = mask == 0
                assert (before[untouched] == after[untouched]).all(), n
                changed += not (before == after).all()
        assert changed > 0
    film_info = probe(job.video)
    with AudioReader(job.output) as written, AudioReader(sound) as original:
        # Around the range the film's own sound goes on, so that the dub comes at its rate.
        assert written.rate == (film_info.audio[0].rate if film_info.has_audio else original.rate)
        heard = np.concatenate(list(written.blocks(SPAN.start, SPAN.end, as_float=True)))[:, 0]
        spoken = np.concatenate(list(original.blocks(Fraction(0), SPAN.end, as_float=True)))
        spoken = spoken @ channel_levels(original.layout, written.layout)
        if written.rate != original.rate:
            spoken = soxr.resample(spoken, original.rate, written.rate, quality="VHQ")
        spoken = np.clip(
            spoken, -1, 1
        )  # a voice at full scale rings beyond it when resampled; no file holds that
        # Where film and dub meet they go over into each other within a few milliseconds.
        edge = round(0.02 * written.rate)
        inside = slice(edge, min(len(heard), len(spoken)) - edge)
        assert inside.stop - inside.start > 0.9 * written.rate
        assert np.abs(heard[inside] - spoken[inside, 0]).max() < 1e-4


def compositor_of(job, person, engine):
    """What the dub laid in, from the cache."""
    film = open_film(job.video, CancelToken())
    spec = SegmentSpec(job.video, job.dub, SPAN, SPAN.start, person, engine=job.engine, lips=job.lips)
    maker = TakeMaker(film, spec, engine.cache)
    maker.close()
    return Compositor(film.video, tuple(p.layer(job.mask) for p in maker.pieces), engine.cache)


def luma(reader, number):
    """The frame's first plane as decoded, upright films only."""
    frame = reader.frame(number).frame
    assert reader.info.video.rotation == 0
    assert pixel_layout(frame.format.name).bits == 8
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : frame.width]
