"""The true motion of a real speaker, so that rendering can be judged without the speech-to-motion model's errors."""

from pathlib import Path

import numpy as np

from core.base.errors import SettingsError
from core.faces.analysis import analyse
from core.lip_engine import LipRequest
from core.motion.shape import PersonRange, ShapeModel
from core.motion.style import PersonStyle
from core.own_mouth.target import OwnSpeech, Voiced, at_rest_in_silence


class TrackedMotion:
    """`MotionSource`: how the person in a film moved the mouth, in proportion to the asked person's own range.

    Args:
        film: shows one main speaker, whose sound is the voice.
        model: the mouth-shape model.
        cache: folder of face analyses; the user's by default.

    Raises:
        SettingsError: the film shows no face.
    """

    def __init__(self, film: Path, model: ShapeModel, cache: Path | None) -> None:
        analysis = analyse(film, cache=cache)
        if not analysis.tracks:
            raise SettingsError(f"No face was found in {film}, whose motion was asked for.")
        track = max(analysis.tracks, key=lambda t: t.frame_count)
        speaker = model.person_range(track.landmarks, track.quality)
        self.id = f"tracked:{film.stem}"
        self._rows = speaker.apply(model.encode(track.landmarks))
        self._times = analysis.times[track.first_frame : track.end_frame]

    def voiced(self, request: LipRequest, person: PersonRange, style: PersonStyle | None = None) -> Voiced:
        """See `MotionSource`."""
        rows = np.stack([np.interp(request.times, self._times, column) for column in self._rows.T], axis=1)
        coefs = person.undo(rows * request.settings.articulation)
        return at_rest_in_silence(coefs, request, person)

    def style(self, speech: OwnSpeech, person: PersonRange) -> PersonStyle | None:
        """None: this is a particular person's motion already."""
        return None
