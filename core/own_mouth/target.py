"""What each frame's mouth shall look like: the motion of the new voice, made this person's and this frame's."""

from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Protocol

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from core.base.models import MODELS
from core.lip_engine import LipRequest
from core.motion.motion import MotionTrajectory, motion_model
from core.motion.retarget import TargetMotion, retarget, speech_weight
from core.motion.shape import MEASURES, PersonRange, ShapeModel
from core.motion.style import PersonStyle, learn_style
from core.own_mouth.habits import Habits
from core.own_mouth.head import Heads
from core.own_mouth.regions import lip_gap
from core.own_mouth.silence import is_silent
from core.speech.voice_activity import FRAME_RATE, speech_probability

# What the shape model cannot say of a frame (the tracker's bias under this pose, an asymmetric face) changes as slowly
# as the head; what changes faster belongs to the old words.
_BIAS_SECONDS = 0.3
_EXPRESSION_SECONDS = 0.5  # syllables come three to eight a second; a smile stays
# Eye-corner distances a second: lips meet at 100–200 mm/s, outer eye corners are about 90 mm apart.
_LIP_SPEED = 1.4
# The lower quartile of how long lips stay within 15 % of shut in 642 closures of films nobody is tested on.
_LEAST_CLOSURE_S = 0.11
# No opening of 27 in six films of tuning people is shorter than 0.12 s; what is asked of a voice has one in five of a frame or two.
_LEAST_OPENING_S = 0.12
_FLAP_SHARE = 0.15  # of the opening's range: what is seen to open
_TOUCHING = 0.5  # sureness of contact: more likely than not
_USUAL_FRAMES = 75  # about ten syllables: fewer need not be average
_SPEAKING = 0.9  # of the voice's rule over the mouth
_FEWEST_SPOKEN = 20  # frames: fewer say nothing about a range
# Beyond it a yawn or laugh in the film would make all words grotesque. With 1.6 a lively speaker moved his lips in
# speech at 0.77 of his own speed, with 2 at 0.95; how fast a mouth may move at most the film tells besides (`habits.at_own_speed`).
_MOST_GAIN = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Voiced:
    """What a voice asks of one person's mouth.

    Attributes:
        coefs: (F, K) float32 shape coefficients of this person.
        weight: (F,) float32, how far the voice rules the mouth: 1 in speech, 0 in silence, eased.
        contact: (F,) float32 in 0..1, how surely the lips must touch.
        usual: (K,) what `coefs` are on average over much speech; None where it is not known.
        least_closure: seconds that lips stay together at least; 0 where the movement is known rather than guessed.
    """

    coefs: np.ndarray
    weight: np.ndarray
    contact: np.ndarray
    usual: np.ndarray | None = None
    least_closure: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class OwnSpeech:
    """The person speaking in the film, from which a style can be learnt.

    Attributes:
        voice: (M,) float32 mono 16 kHz, the film's own sound.
        times: (F,) rising seconds on its clock.
        coefs: (F, K) what the mouth did at these times, as `ShapeModel.encode` gives it.
        quality: (F,) the mesh's confidence.
    """

    voice: np.ndarray
    times: np.ndarray
    coefs: np.ndarray
    quality: np.ndarray


class MotionSource(Protocol):
    """Speech → mouth shapes of one person. ``settings.silence == "close"`` must bring the lips to rest in silence."""

    id: str

    def voiced(self, request: LipRequest, person: PersonRange, style: PersonStyle | None = None) -> Voiced:
        """The mouth of `person` at ``request.times`` while ``request.voice`` is said, in the given `style`."""

    def style(self, speech: OwnSpeech, person: PersonRange) -> PersonStyle | None:
        """The person's manner, or None where there is none to be had."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What is wanted of each frame.

    Attributes:
        coefs: (F, K) float32.
        shape: (F, len(MOVING), 3) float32, pose-free mouth in the frame's own head.
        weight: (F,) float32, how far the voice rules the mouth.
        contact: (F,) float32 in 0..1, how surely the lips must touch.
    """

    coefs: np.ndarray
    shape: np.ndarray
    weight: np.ndarray
    contact: np.ndarray


def wanted_mouths(
    request: LipRequest,
    heads: Heads,
    person: PersonRange,
    habits: Habits,
    model: ShapeModel,
    motion: MotionSource,
    style: PersonStyle | None = None,
    *,
    shut_gap: float = np.inf,
) -> Target:
    """The target of each of ``request.frames``; `heads` are those of exactly these frames.

    `shut_gap` is what the mesh shows of this person's shut lips (`MouthLibrary.shut_gap`): where they must touch they are no
    farther apart, however open the footage's least open mouths are.
    """
    voiced = motion.voiced(request, person, style)
    own = model.encode_local(heads.shape)
    interval = max(float(np.median(np.diff(request.times))), 1e-3) if len(request.times) > 1 else 1.0
    usual = _towards_the_usual(voiced, habits, model) if person.is_seen_speaking else np.float32(0)
    expression = _without_opening(_slow(own, _EXPRESSION_SECONDS / interval) - habits.mean, model)
    coefs = habits.plausible(voiced.coefs + usual + expression)
    coefs = habits.among_known(coefs, model.opening_axis)
    coefs = habits.at_own_speed(coefs, voiced.weight > _SPEAKING, interval, model.opening_axis)
    shortest = round(_LEAST_OPENING_S / interval) if voiced.least_closure else 0
    contact = held(
        voiced.contact,
        coefs @ model.opening_axis,
        round(voiced.least_closure / interval),
        max(shortest, 2),
    )
    slow = _slow(heads.shape - model.decode(own), _BIAS_SECONDS / interval)
    # A person who is hardly ever seen shut rests open in the footage; lips that touch do not.
    apart = np.maximum(lip_gap(model.decode(coefs) + slow) - shut_gap, 0) * np.minimum(2 * contact, 1)
    coefs = coefs - apart[:, None] * model.opening_axis / float(model.opening_axis @ model.opening_axis)
    coefs = with_time_to_close(coefs, request.times, model.opening_axis, contact)
    opening = coefs @ model.opening_axis
    lasting = without_flaps(opening, contact, shortest, _FLAP_SHARE * float(person.high[0] - person.low[0]))
    coefs = coefs + (lasting - opening)[:, None] * model.opening_axis / float(
        model.opening_axis @ model.opening_axis
    )
    if request.settings.silence == "original":
        coefs = own + voiced.weight[:, None] * (coefs - own)
    shape = (model.decode(coefs) + slow).astype(np.float32)
    return Target(coefs.astype(np.float32), shape, voiced.weight, contact)


def held(contact: np.ndarray, opening: np.ndarray, least: int, between: int = 2) -> np.ndarray:
    """`contact` (F,), each closure of fewer than `least` frames lengthened to the side on which `opening` (F,) is less.

    `between` frames stay open between closures: the vowel there is to be seen.
    """
    lasting = contact.copy()
    edges = _closures(contact)
    for number, (first, stop) in enumerate(edges):
        earliest = edges[number - 1][1] + between if number else 0
        latest = edges[number + 1][0] - between if number + 1 < len(edges) else len(contact)
        deepest = contact[first:stop].max()
        while stop - first < least and (first > earliest or stop < latest):
            if first > earliest and (stop >= latest or opening[first - 1] <= opening[stop]):
                first -= 1
            else:
                stop += 1
        lasting[first:stop] = np.maximum(lasting[first:stop], deepest)
        edges[number] = first, stop
    return lasting


def _closures(contact: np.ndarray) -> np.ndarray:
    """(C, 2) first frame of each closure and the one after it."""
    touching = np.concatenate([[False], contact > _TOUCHING, [False]]).astype(int)
    return np.flatnonzero(np.diff(touching)).reshape(-1, 2)


def with_time_to_close(
    coefs: np.ndarray, times: np.ndarray, axis: np.ndarray, contact: np.ndarray
) -> np.ndarray:
    """`coefs` (F, K) whose lips close and open no faster than lips do; closures stay as deep as they were.

    A closure decided frame by frame would snap shut; here the frames before and after it come down towards it, and all
    frames of one `contact` (F,) are as shut as its most shut one.
    """
    opening = coefs @ axis
    eased = opening.copy()
    for first, stop in _closures(contact):
        eased[first:stop] = opening[first:stop].min()
    for first, second in ((range(1, len(times)), -1), (range(len(times) - 2, -1, -1), 1)):
        for index in first:
            other = index + second
            eased[index] = min(eased[index], eased[other] + _LIP_SPEED * abs(times[index] - times[other]))
    return coefs + (eased - opening)[:, None] * axis / float(axis @ axis)


def without_flaps(opening: np.ndarray, contact: np.ndarray, least: int, height: float) -> np.ndarray:
    """`opening` (F,) in which no mouth opens by more than `height` for fewer than `least` frames.

    What opens for less opens longer, to the sides on which lips need not touch by `contact` (F,), or, where it has no room,
    less wide, and where it hardly opens not at all: a mouth that flaps open and shut within a frame is no speaker's.
    """
    lasting = opening.copy()
    count = len(opening)
    peaks, _ = find_peaks(opening)
    for peak in peaks:
        base = [peak, peak]  # down to where the mouth is narrowest on either side
        for side, step in ((0, -1), (1, 1)):
            while 0 <= base[side] + step < count and lasting[base[side] + step] < lasting[base[side]]:
                base[side] += step
        left, right = base
        depth = lasting[peak] - max(lasting[left], lasting[right])
        if depth <= height:
            continue
        level = lasting[peak] - depth + height
        first, stop = peak, peak + 1
        while first > left and lasting[first - 1] > level:
            first -= 1
        while stop <= right and lasting[stop] > level:
            stop += 1
        shown = lasting[peak]
        while stop - first < least and depth >= 2 * height:
            sides = [
                n
                for n in (first - 1, stop)
                if 0 <= n < count and contact[n] <= _TOUCHING and abs(n - peak) < least
            ]
            if not sides:
                break
            wider = max(sides, key=lambda n: lasting[n])
            lasting[wider] = max(lasting[wider], level + (shown - level) / 2)
            first, stop = min(first, wider), max(stop, wider + 1)
        if stop - first < least:  # lips that have less time get less far
            share = 0.0 if depth < 2 * height else (stop - first) / least
            lasting[first:stop] = level + share * (lasting[first:stop] - level)
    return lasting


def _towards_the_usual(voiced: Voiced, habits: Habits, model: ShapeModel) -> np.ndarray:
    """(F, K) what brings the mouth that the words have on average to the one that this person has on average.

    The rest from which movement is reckoned is a guess on short footage: lips that happen to be pursed in a few pauses
    would stay pursed through every word. The opening is left alone: how far it goes the words decide.
    """
    spoken = voiced.coefs[voiced.weight > _SPEAKING]
    expected = habits.mean if voiced.usual is None else voiced.usual
    usual = (spoken.sum(axis=0) + _USUAL_FRAMES * expected) / (len(spoken) + _USUAL_FRAMES)
    return voiced.weight[:, None] * _without_opening(habits.mean - usual, model)


def _without_opening(coefs: np.ndarray, model: ShapeModel) -> np.ndarray:
    """`coefs` (..., K) without what opens the lips."""
    axis = model.opening_axis / float(np.linalg.norm(model.opening_axis))
    return coefs - (coefs @ axis)[..., None] * axis


def _slow(values: np.ndarray, frames: float) -> np.ndarray:
    return gaussian_filter1d(values, frames, axis=0, mode="nearest")


class ModelMotion:
    """The shipped motion network (`core.motion`) as a `MotionSource`."""

    def __init__(self) -> None:
        self._model = motion_model()
        digests = (sha256 for name in ("motion", "whisper-encoder") for _, sha256 in MODELS[name].files)
        self.id = "motion-" + "-".join(digest[:12] for digest in digests)

    def voiced(self, request: LipRequest, person: PersonRange, style: PersonStyle | None = None) -> Voiced:
        """See `MotionSource`."""
        settings = request.settings
        trajectory = self._heard(request.voice, request.times)
        if (
            settings.silence != "model"
        ):  # where nothing is said, nothing is made of what the network believes to hear
            trajectory = without_silence(trajectory, request.voice)
        shapes = self._model.shapes
        spoken = partial(retarget, person=person, shapes=shapes, silence=settings.silence, style=style)
        # Told of the words alone: a pin shall change nothing but its own moment.
        gain = range_gain(spoken(trajectory), person)
        wider = replace(trajectory, coefs=opened_by(trajectory.coefs, gain, person, shapes.opening_axis))
        articulation = request.values("articulation")
        motion = spoken(wider, articulation=articulation, pins=request.pins, breath=settings.breath)
        usual = person.undo(np.float32(articulation.mean()) * self._model.average_speech)
        return Voiced(motion.coefs, motion.weight, motion.contact, usual, _LEAST_CLOSURE_S)

    def style(self, speech: OwnSpeech, person: PersonRange) -> PersonStyle | None:
        """See `MotionSource`; None also where the film's sound is not this person's."""
        expected = self._model.predict(speech.voice, speech.times)
        return learn_style(expected, speech.coefs, person, speech.quality, self._model.shapes.opening_axis)

    def _heard(self, voice: np.ndarray, times: np.ndarray) -> MotionTrajectory:
        """The trajectory at `times`, with the surest p, b, m, f or v found anywhere in each frame's own time.

        Such a closure lasts 50–100 ms and its probability peaks for less: at 25 frames a second a look at the frames'
        moments alone misses some.
        """
        if len(times) < 2:
            return self._model.predict(voice, times)
        apart = float(np.diff(times).min()) / 3
        dense = self._model.predict(voice, (times[:, None] + np.array([-apart, 0, apart])).reshape(-1))

        def surest(values: np.ndarray) -> np.ndarray:
            return values.reshape(-1, 3).max(axis=1)

        middle = {field.name: getattr(dense, field.name)[1::3] for field in fields(dense)}
        closures = {name: surest(getattr(dense, name)) for name in ("bilabial", "labiodental")}
        return MotionTrajectory(**{**middle, **closures})


def without_silence(trajectory: MotionTrajectory, voice: np.ndarray) -> MotionTrajectory:
    """`trajectory` with no speech where `voice` has none, beyond its ends among it."""
    says = (~is_silent(voice, trajectory.times)).astype(np.float32)
    names = ("bilabial", "labiodental", "speech", "dental", "alveolar", "sibilant")
    return replace(trajectory, **{name: getattr(trajectory, name) * says for name in names})


def opened_by(coefs: np.ndarray, gain: float, person: PersonRange, axis: np.ndarray) -> np.ndarray:
    """Person-free `coefs` (F, K) whose opening is `gain` times as wide on this `person`, and nothing else is changed.

    Strengthened as a whole, an upper lip that hardly moves would reach for the nose because the jaw is wanted lower.
    """
    step = axis / float(axis @ axis) / person.scale  # opens this person's mouth by one eye-corner distance
    return (coefs + (gain - 1) * ((coefs * person.scale) @ axis)[:, None] * step).astype(np.float32)


def range_gain(motion: TargetMotion, person: PersonRange) -> float:
    """How much stronger a predicted `motion` must be to use the opening's range of the `person`, 1..`_MOST_GAIN`.

    A network trained to be right on average moves less than any one speaker; correlation does not show it, viewers see it.
    """
    opening = motion.opening[motion.weight > _SPEAKING]
    if len(opening) < _FEWEST_SPOKEN:
        return 1.0
    low, high = np.quantile(opening, [0.04, 0.97])  # as `PersonRange` measures the person
    at = MEASURES.index("opening")
    ratio = float(person.high[at] - person.low[at]) / max(float(high - low), 1e-6)
    return float(np.clip(ratio, 1.0, _MOST_GAIN))


def at_rest_in_silence(coefs: np.ndarray, request: LipRequest, person: PersonRange) -> Voiced:
    """`coefs` with the silence rule, for sources that do not know where there is speech, nor where lips touch."""
    voice, times, settings = request.voice, request.times, request.settings
    probability = speech_probability(voice)
    at = np.arange(len(probability)) / FRAME_RATE
    speech = np.interp(times, at, probability, left=0.0, right=0.0) if len(at) else np.zeros(len(times))
    weight = speech_weight(times, speech)
    if settings.silence == "close":
        coefs = (person.neutral + weight[:, None] * (coefs - person.neutral)).astype(np.float32)
    contact = 1 - weight if settings.silence == "close" else np.zeros(len(times), np.float32)
    return Voiced(coefs, weight, contact)
