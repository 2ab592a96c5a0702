"""How well mouths made from sound follow real mouths, on people never trained on, beside the simplest rivals.

Correlations are per clip and averaged over clips. Closures are judged two ways: against the tracked lips (`closed`), and,
where the words are known, against the phones (`bilabial`, `labiodental`). Movement is judged by its size: the spread of
velocity and acceleration of the opening over the real one's.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from core.motion.motion import MotionModel, motion_model
from core.motion.retarget import closing_amount, retarget
from core.motion.shape import MEASURES, ShapeModel, measures, shape_model
from core.motion.viseme import TimedViseme, Viseme
from core.research.corpus.held_out import is_held_out
from core.research.training.motion.phone_corpus import utterances
from core.research.training.motion.phone_rule import recognise_phones, wanted_opening
from core.research.training.motion.real_speech import RealClip, phones_of, read_clip, training_files
from core.research.training.motion.timing import FILMS_AHEAD_S, clip_key
from core.research.training.motion.validation import CLOSED_SHARE, correlation
from core.speech.mel import SAMPLE_RATE
from core.speech.voice_activity import speech_probability

logger = logging.getLogger(__name__)

CLOSED_AT_MOST = 0.2
"""Share of the person's opening range up to which a made mouth counts as closed (a gap of about 2 % of a face's width)."""
OPEN_AT_LEAST = 0.35
"""Share of the range from which a real mouth counts as open, for false alarms."""
_NEAR_S = 0.06  # a closure may come this much early or late: one and a half frames at 25 fps

LANGUAGES = {"grid": "en", "lrw_ar": "ar", "german_speaker": "de", "french_speaker": "fr"}
_CURVES = ("opening", "width", "rounding")

Predictor = Callable[[RealClip, np.ndarray, np.ndarray], np.ndarray]
"""(clip, voice, times) → (F, 3) opening, width and rounding of this person's mouth; NaN where it makes none."""


@dataclass(frozen=True, slots=True)
class MotionRow:
    """One line of the table: who predicted, on which set, under which condition, and the figures by name."""

    predictor: str
    group: str
    condition: str
    clips: int
    figures: Mapping[str, float] = field(default_factory=dict)


def model_predictor(model: MotionModel) -> Predictor:
    """The shipped path: network, closures drawn shut, silence at rest, played on the person."""

    def predict(clip: RealClip, voice: np.ndarray, times: np.ndarray) -> np.ndarray:
        motion = retarget(model.predict(voice, times), clip.range, model.shapes)
        return np.stack([motion.opening, motion.width, motion.rounding], axis=1)

    return predict


def bare_predictor(model: MotionModel) -> Predictor:
    """The network's coefficients alone, without closures, silence rule and the like."""

    def predict(clip: RealClip, voice: np.ndarray, times: np.ndarray) -> np.ndarray:
        return _curves_of(clip.range.undo(model.predict(voice, times).coefs), model.shapes)

    return predict


def weights_predictor(weights: Path, shapes: ShapeModel) -> Predictor:
    """Other weights of the same network by torch, e.g. those of a plain regressor."""
    import torch

    from core.research.training.motion.export import load_network
    from core.research.training.motion.hearing import hearing_of
    from core.speech.encoder import sample_at

    network = load_network(weights)
    hearing = hearing_of("whisper" if network.config.heard else "own")

    def predict(clip: RealClip, voice: np.ndarray, times: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            coefs = network(torch.from_numpy(hearing.hear(voice))[None]).coefs[0].numpy()
        return _curves_of(clip.range.undo(sample_at(times, coefs, hearing.first_s)), shapes)

    return predict


def phone_rule_predictor(lead: float = 0.0) -> Predictor:
    """The feasibility trial's rule: recognised English phones, one opening each. It has no width and no rounding.

    Args:
        lead: seconds by which the mouth runs ahead of the recogniser's phones. The trial had none; its curves fit real
            lips best about 60 ms earlier, which makes the fairer rival.

    """

    def predict(clip: RealClip, voice: np.ndarray, times: np.ndarray) -> np.ndarray:
        low, high = clip.range.low[0], clip.range.high[0]
        opening = low + wanted_opening(recognise_phones(voice), times + lead) * (high - low)
        nothing = np.full_like(opening, np.nan)
        return np.stack([opening, nothing, nothing], axis=1)

    return predict


def still_predictor() -> Predictor:
    """A mouth that stays half open: what chance gives on closures."""

    def predict(clip: RealClip, voice: np.ndarray, times: np.ndarray) -> np.ndarray:
        middle = (clip.range.low[:3] + clip.range.high[:3]) / 2
        return np.tile(middle, (len(times), 1))

    return predict


def _curves_of(own: np.ndarray, shapes: ShapeModel) -> np.ndarray:
    return measures(shapes.decode(own))[:, [MEASURES.index(name) for name in _CURVES]]


def with_noise(voice: np.ndarray, snr_db: float | None, seed: int) -> np.ndarray:
    """`voice` with pink noise `snr_db` below its own power; unchanged for None."""
    if snr_db is None:
        return voice
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(0, 1, len(voice)))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 20)), len(voice))
    power = float(np.mean(voice**2)) / 10 ** (snr_db / 10)
    return (voice + pink * np.sqrt(power / np.mean(pink**2))).astype(np.float32)


def clip_figures(
    predicted: np.ndarray, clip: RealClip, phones: Sequence[TimedViseme], times: np.ndarray
) -> dict[str, float]:
    """The figures of one clip; those that it cannot give are NaN.

    Args:
        predicted: (F, 3) from a `Predictor`.
        clip: the truth.
        phones: what sounds when, or empty.
        times: (F,) seconds of the clip's frames on the voice's clock (sync offset applied).

    """
    valid = clip.valid
    true = clip.shown[:, [MEASURES.index(name) for name in _CURVES]]
    found = {name: correlation(predicted[valid, i], true[valid, i]) for i, name in enumerate(_CURVES)}
    low, high = float(clip.range.low[0]), max(float(clip.range.high[0]), float(clip.range.low[0]) + 1e-3)
    made, real = (predicted[:, 0] - low) / (high - low), (true[:, 0] - low) / (high - low)
    heard = speech_probability(clip.voice)
    speaking = valid & (np.interp(times, np.arange(len(heard)) / 100, heard) > 0.5)
    near = _nearby_minimum(made, times)
    closed, open_ = speaking & (real < CLOSED_SHARE), speaking & (real > OPEN_AT_LEAST)
    found["closed_recall"] = _share(near[closed] < CLOSED_AT_MOST)
    found["closed_false"] = _share(made[open_] < CLOSED_AT_MOST)
    for name, viseme, limit in (
        ("bilabial", Viseme.BILABIAL, CLOSED_AT_MOST),
        ("labiodental", Viseme.LABIODENTAL, OPEN_AT_LEAST),
    ):
        lows = [
            _lowest(made, times, item)
            for item in phones
            if item.viseme is viseme and item.end - item.start > 0.03
        ]
        found[f"{name}_recall"] = _share(np.array([value < limit for value in lows if np.isfinite(value)]))
    vowels = [
        _lowest(made, times, item, 0.0)
        for item in phones
        if item.viseme is Viseme.OPEN and item.end - item.start > 0.08
    ]
    found["vowel_closed"] = _share(
        np.array([value < CLOSED_AT_MOST for value in vowels if np.isfinite(value)])
    )
    for order, name in ((1, "velocity"), (2, "acceleration")):
        steady = np.convolve(valid, np.ones(order + 1), mode="valid") > order
        if steady.sum() > 10:
            ratio = np.diff(made, order)[steady].std() / max(np.diff(real, order)[steady].std(), 1e-6)
            found[name] = float(ratio)
    return found


def _share(hits: np.ndarray) -> float:
    return float(np.mean(hits)) if len(hits) else float("nan")


def _nearby_minimum(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    near = np.abs(times[:, None] - times[None]) <= _NEAR_S
    return np.where(near, values[None], np.inf).min(1)


def _lowest(values: np.ndarray, times: np.ndarray, item: TimedViseme, margin: float = _NEAR_S) -> float:
    inside = (times >= item.start - margin) & (times <= item.end + margin)
    return float(values[inside].min()) if inside.any() else float("nan")


def held_out_clips(folder: Path, *, everything: bool = False) -> list[RealClip]:
    """The clips of the tracked corpus in `folder` that training leaves out, or all of them (a folder of test people)."""
    shapes = shape_model()
    clips = (
        read_clip(path, shapes) for path in training_files(folder) if everything or is_held_out(path.stem)
    )
    return [clip for clip in clips if clip is not None]


def run_motion(
    clips: Sequence[RealClip],
    predictors: Mapping[str, Predictor],
    *,
    offsets: Mapping[str, float],
    snrs: Sequence[float | None] = (None,),
) -> list[MotionRow]:
    """Every predictor on every set of `clips` and at every noise level (dB; None = as recorded).

    GRID counts twice: at its own clock, and as a film (``grid:films``), whose mouths are ahead of the sound, and so of the
    phones, by `FILMS_AHEAD_S` more.
    """
    phones = {clip.name: phones_of(clip) if clip.group == "grid" else () for clip in clips}
    rows = []
    for snr in snrs:
        for name, predictor in predictors.items():
            found: dict[str, list[dict[str, float]]] = {}
            for index, clip in enumerate(clips):
                voice = with_noise(clip.voice, snr, index)
                late, said = offsets.get(clip_key(clip), 0.0), phones[clip.name]
                clocks = {clip.group: (late, said)}
                if clip.group == "grid":
                    clocks["grid:films"] = late - FILMS_AHEAD_S, _shown_by_films(said)
                for group, (late, said) in clocks.items():
                    times = clip.times + late
                    figures = clip_figures(predictor(clip, voice, times), clip, said, times)
                    found.setdefault(group, []).append(figures)
                language = LANGUAGES.get(clip_key(clip))
                if language:
                    found.setdefault(f"{clip.group}:{language}", []).append(figures)
            condition = "clean" if snr is None else f"{snr:g} dB"
            rows += [
                MotionRow(name, group, condition, len(items), _mean(items))
                for group, items in sorted(found.items())
            ]
            logger.info("%s at %s done", name, condition)
    return rows


def _shown_by_films(phones: Sequence[TimedViseme]) -> list[TimedViseme]:
    """When mouths in films show what sounds."""
    return [
        replace(each, start=each.start - FILMS_AHEAD_S, end=each.end - FILMS_AHEAD_S) for each in phones
    ]


def _mean(items: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = sorted({name for item in items for name in item})
    means = {}
    for name in names:
        values = np.array([item[name] for item in items if name in item])
        values = values[np.isfinite(values)]
        if len(values):
            means[name] = round(float(values.mean()), 3)
    return means


def run_languages(model: MotionModel, utterance_count: int, seed: int = 1000) -> list[MotionRow]:
    """Whether closures are kept in every language, on synthetic speech (exact times, other words than in training).

    Mouths are wanted as early as films have them (`FILMS_AHEAD_S`).
    """
    found: dict[str, list[dict[str, float]]] = {}
    source = utterances(seed)
    for _ in range(utterance_count):
        utterance = next(source)
        times = np.arange(0, len(utterance.voice) / SAMPLE_RATE, 0.04)
        trajectory = model.predict(utterance.voice, times)
        made = trajectory.opening * (1 - closing_amount(trajectory))
        figures = {}
        for name, viseme, limit in (
            ("bilabial_recall", Viseme.BILABIAL, CLOSED_AT_MOST),
            ("vowel_closed", Viseme.OPEN, CLOSED_AT_MOST),
        ):
            margin = _NEAR_S if viseme is Viseme.BILABIAL else 0.0
            lows = [
                _lowest(made, times, item, margin)
                for item in _shown_by_films(utterance.visemes)
                if item.viseme is viseme
                and item.end - item.start > (0.03 if viseme is Viseme.BILABIAL else 0.08)
            ]
            figures[name] = _share(np.array([value < limit for value in lows if np.isfinite(value)]))
        found.setdefault(utterance.language, []).append(figures)
    return [
        MotionRow("model", f"synthetic:{name}", "clean", len(items), _mean(items))
        for name, items in sorted(found.items())
    ]


def real_time_factor(model: MotionModel, seconds: float = 60.0) -> float:
    """Seconds of speech worked off per second of clock, on this machine."""
    voice = np.random.default_rng(0).normal(0, 0.05, int(seconds * SAMPLE_RATE)).astype(np.float32)
    times = np.arange(0, seconds, 0.04)
    model.predict(voice[: SAMPLE_RATE * 2], times[:50])
    begin = time.perf_counter()
    model.predict(voice, times)
    return seconds / (time.perf_counter() - begin)


def table(rows: Sequence[MotionRow]) -> str:
    """The rows as a Markdown table, one column per figure."""
    names = [name for name in _COLUMNS if any(name in row.figures for row in rows)]
    lines = [
        "| predictor | set | sound | clips | " + " | ".join(name.replace("_", " ") for name in names) + " |",
        "|" + "---|" * (4 + len(names)),
    ]
    for row in rows:
        cells = [f"{row.figures[name]:.2f}" if name in row.figures else "–" for name in names]
        lines.append(
            f"| {row.predictor} | {row.group} | {row.condition} | {row.clips} | " + " | ".join(cells) + " |"
        )
    return "\n".join(lines)


_COLUMNS = (
    *_CURVES,
    "closed_recall",
    "closed_false",
    "bilabial_recall",
    "labiodental_recall",
    "vowel_closed",
    "velocity",
    "acceleration",
)


def default_predictors(plain: Path | None = None) -> dict[str, Predictor]:
    """The rows of the table: the shipped model, its network alone, a plain regressor if given, the rule, a still mouth."""
    model = motion_model()
    predictors = {"model": model_predictor(model), "network alone": bare_predictor(model)}
    if plain is not None:
        predictors["plain regressor"] = weights_predictor(plain, model.shapes)
    return predictors | {
        "phone rule": phone_rule_predictor(),
        "phone rule, 60 ms ahead": phone_rule_predictor(0.06),
        "still mouth": still_predictor(),
    }


def write_rows(rows: Sequence[MotionRow], folder: Path) -> None:
    """Writes ``motion.json`` and ``motion.md`` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    records = [
        {
            "predictor": row.predictor,
            "set": row.group,
            "sound": row.condition,
            "clips": row.clips,
            **row.figures,
        }
        for row in rows
    ]
    (folder / "motion.json").write_text(json.dumps(records, indent=1), "utf-8")
    (folder / "motion.md").write_text(table(rows) + "\n", "utf-8")
