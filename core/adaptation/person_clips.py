"""One person's clips out of one film, for adapting a generator: stretches of it, each also with other words.

The other words are the film's own sound half a film later: the person's voice, but not what is said at that moment.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.adaptation.altered import EYES_IN_CROP, Footage, Stretch, aligned_clip, shrunk
from core.adaptation.clips import GeneratorClip
from core.base.errors import SettingsError
from core.faces.analysis import Analysis
from core.media.audio import read_analysis
from core.media.reader import VideoReader
from core.own_mouth.engine import OwnMouthEngine

FRAMES = 50
MOST_STRETCHES = 12  # 24 seconds at 25 fps: enough for a few thousand numbers
_LEAST_QUALITY = 0.5
_RATE = 16000


def clips_of_person(video: Path, analysis: Analysis, person: str, size: int) -> Iterator[GeneratorClip]:
    """Clips of up to `FRAMES` frames, evenly from all tracks of `person`, crops of `size`, in order of time.

    Raises:
        SettingsError: the film shows the person nowhere long enough.
        MediaError: it cannot be read or has no sound.
    """
    spans = []
    for track in analysis.tracks_of(person):
        spans += [
            (track, first)
            for first in range(0, track.frame_count - FRAMES + 1, FRAMES)
            if (track.quality[first : first + FRAMES] >= _LEAST_QUALITY).all()
        ]
    if not spans:
        raise SettingsError(
            f"{video.name} shows {person} nowhere for {FRAMES} frames on end.", hint="Choose another film."
        )
    picks = np.unique(np.linspace(0, len(spans) - 1, min(MOST_STRETCHES, len(spans))).round().astype(int))
    voice = read_analysis(video)
    stretches = []
    with VideoReader(video) as source:
        for track, first in (spans[i] for i in picks):
            rows = slice(first, first + FRAMES)
            numbers = range(track.first_frame + first, track.first_frame + first + FRAMES)
            stretch = Stretch(
                [source.rgb(number) for number in numbers],
                np.asarray(track.landmarks[rows]),
                np.asarray(track.quality[rows]),
                analysis.times[numbers.start : numbers.stop],
                voice,
            )
            stretches.append(shrunk(stretch, 1.25 * EYES_IN_CROP * size))
    footage, engine = Footage(stretches), OwnMouthEngine()
    elsewhere = np.roll(voice, -len(voice) // 2)
    for number, stretch in enumerate(stretches):
        begin = round(float(stretch.times[0]) * _RATE)
        said = elsewhere[begin : begin + round((float(np.ptp(stretch.times)) + 0.2) * _RATE)]
        altered = footage.with_words_of(engine, number, said, seed=number)
        yield aligned_clip(stretch, [("other", altered)], person, size)
