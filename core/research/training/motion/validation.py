"""How well predicted mouths follow real ones: the figures of training curves and of `unisync lab benchmark motion`."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from core.motion.shape import MEASURES, ShapeModel, measures
from core.research.training.motion.hearing import Hearing
from core.research.training.motion.network import MotionNetwork
from core.research.training.motion.real_speech import RealClip
from core.speech.encoder import sample_at

CLOSED_SHARE = 0.12
"""Below this share of the person's opening range the lips count as closed."""


def correlation(predicted: np.ndarray, true: np.ndarray) -> float:
    """Pearson's r of two (F,) curves; NaN where one of them does not move."""
    if len(true) < 10 or np.std(true) < 1e-6 or np.std(predicted) < 1e-6:
        return float("nan")
    return float(np.corrcoef(predicted, true)[0, 1])


def person_measures(coefs: np.ndarray, clip: RealClip, shapes: ShapeModel) -> np.ndarray:
    """(F, len(MEASURES)) of person-free coefficients (F, K) played on the clip's own person."""
    return measures(shapes.decode(clip.range.undo(coefs)))


def predict_at(
    networks: Sequence[MotionNetwork], clip: RealClip, sound_late: float, sound: np.ndarray, hearing: Hearing
) -> tuple[np.ndarray, np.ndarray]:
    """Person-free coefficients (F, K) and contact probability (F,) at the clip's frames, the mean of the networks'.

    `sound` is what the ear hears.
    """
    with torch.inference_mode():
        outputs = [network(torch.from_numpy(sound)[None].float()) for network in networks]
    coefs, contact = (
        torch.stack([getattr(output, name)[0] for output in outputs]).mean(0) for name in ("coefs", "contact")
    )
    values = torch.cat([coefs, contact.sigmoid()[:, None]], 1).numpy()
    played = sample_at(clip.times + sound_late, values, hearing.first_s)
    return played[:, :-1], played[:, -1]


def average_speech(
    networks: Sequence[MotionNetwork], voices: Sequence[np.ndarray], hearing: Hearing
) -> np.ndarray:
    """(K,) float32: the mean mouth over the spoken steps of `voices` ((N,) float32 mono 16 kHz each)."""
    total, count = np.zeros(networks[0].config.shape_size), 0
    with torch.inference_mode():
        for voice in voices:
            sound = torch.from_numpy(hearing.hear(voice))[None]
            outputs = [network(sound) for network in networks]
            coefs = torch.stack([output.coefs[0] for output in outputs]).mean(0)
            spoken = torch.stack([output.speech[0] for output in outputs]).mean(0) > 0
            total, count = total + coefs[spoken].sum(0).numpy(), count + int(spoken.sum())
    return (total / max(count, 1)).astype(np.float32)


def natural_gain(
    networks: Sequence[MotionNetwork],
    clips: Sequence[RealClip],
    offsets: Mapping[str, float],
    hearing: Hearing,
) -> np.ndarray:
    """(K,) float32: what brings each coefficient's movement to the size that unseen people's has.

    A network that cannot know everything moves less than people do. The factor is bounded to 1 … 1.6 and believed in
    full only from a correlation of 0.5, so that what sound does not tell is not blown up into noise.
    """
    made, real = [], []
    for clip in clips:
        late = offsets.get(clip.name.split("__")[1], 0.0)
        coefs, _ = predict_at(networks, clip, late, hearing.hear(clip.voice), hearing)
        made.append(coefs[clip.valid] - coefs[clip.valid].mean(0))
        real.append(clip.coefs[clip.valid] - clip.coefs[clip.valid].mean(0))
    made_moves, real_moves = np.concatenate(made), np.concatenate(real)
    sizes = made_moves.std(0), real_moves.std(0)
    together = (made_moves * real_moves).mean(0) / np.maximum(sizes[0] * sizes[1], 1e-9)
    believed = np.clip(together / 0.5, 0.0, 1.0)
    return (1 + believed * (np.clip(sizes[1] / np.maximum(sizes[0], 1e-6), 1.0, 1.6) - 1)).astype(np.float32)


def validate(
    network: MotionNetwork,
    shapes: ShapeModel,
    clips: Sequence[RealClip],
    offsets: Mapping[str, float],
    sounds: Sequence[np.ndarray],
    hearing: Hearing,
) -> dict[str, float]:
    """Mean correlations per set, amplitude and closure figures over clips of people never trained on.

    `sounds` are what the ear hears of each clip.
    """
    found: dict[str, list[float]] = {}
    touching: list[np.ndarray] = []
    for clip, sound in zip(clips, sounds, strict=True):
        late = offsets.get(clip.name.split("__")[1], 0.0)
        coefs, contact = predict_at([network], clip, late, sound, hearing)
        valid = clip.valid
        shown = person_measures(coefs, clip, shapes)
        for name in ("opening", "width", "rounding"):
            column = MEASURES.index(name)
            found.setdefault(f"{clip.group}_{name}", []).append(
                correlation(shown[valid, column], clip.shown[valid, column])
            )
        size = np.std(shown[valid, 0]) / max(float(np.std(clip.shown[valid, 0])), 1e-6)
        found.setdefault("size_ratio", []).append(float(size))
        low, high = clip.range.low[0], clip.range.high[0]
        true = (clip.shown[:, 0] - low) / max(high - low, 1e-3) < CLOSED_SHARE
        touching.append(np.stack([contact[valid], true[valid]]))
    figures = {name: round(float(np.nanmean(values)), 4) for name, values in sorted(found.items())}
    both = np.concatenate(touching, axis=1)
    figures["contact_auc"] = round(area_under_curve(both[0], both[1] > 0.5), 4)
    return figures


def area_under_curve(scores: np.ndarray, is_true: np.ndarray) -> float:
    """The chance that a true item scores above a false one (Mann–Whitney)."""
    positives, negatives = int(is_true.sum()), int((~is_true).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return float((ranks[is_true].sum() - positives * (positives + 1) / 2) / (positives * negatives))
