"""Which mouths one person makes, and how fast: read off the footage, and what is wanted is kept within it.

An ellipsoid around all mouths of a person holds mouths that no person makes: a grin with the opening of an "oh". So what a
mouth does beside its opening is bounded jointly, by the mouths that this person made with a like shape; and what moves, by
how fast the same movement is in this person's film. The opening itself is the words' to decide.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree
from scipy.stats import chi2

_PRIOR_FRAMES = 40.0  # as in `core.motion.shape`
_BEYOND_HABIT = 1.25  # a new language asks for a little more than the footage happens to show
_NEIGHBOURS = 16  # two thirds of a second of film: fewer are one moment's noise, more are another shape
_FEWEST_KNOWN = 4 * _NEIGHBOURS  # mouths: around fewer, neighbours are whatever there is
# Of the neighbours' own spread: how far a wanted mouth may be from their middle. Three of four mouths of six speakers are
# nearer to those that the same speaker made at other moments.
_MOST_APART = 1.5
_MOST_SPEED = 1.15  # of the film's RMS speed: a dub is said a little faster or slower than the film
# Standard deviations of a coefficient a second, RMS, where the footage is too short to say: median of six speakers.
_USUAL_SPEED = 12.0
_SPEAKING_SHARE = 0.25  # of the 90th percentile of the opening's power of movement: less is a pause
_SPEAKING_SECONDS = 0.3
_SLOW_SECONDS = 0.5  # what changes slower is posture and mood, not movement


@dataclass(frozen=True, slots=True, eq=False)
class Habits:
    """Which mouths a person makes at all.

    Attributes:
        mean: (K,) mean coefficients.
        whitening: (K, K) takes deviations from the mean to unit covariance.
        radius: length of whitened deviations that the person hardly exceeds.
        covariance: (K, K) of the coefficients.
        speeds: (K, K) mean product of the coefficients' speeds while the person speaks, a second squared; None where nobody
            is seen speaking.
        known: (N, K) the mouths that were seen; few or none where nobody is seen speaking.
    """

    mean: np.ndarray
    whitening: np.ndarray
    radius: float
    covariance: np.ndarray
    speeds: np.ndarray | None = None
    known: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))

    @classmethod
    def of(
        cls, coefs: np.ndarray, seconds: np.ndarray | None = None, axis: np.ndarray | None = None
    ) -> "Habits":
        """The habits shown in `coefs` (N, K); little footage is filled up with the average speaker's variance, 1.

        Args:
            coefs: of the footage's frames.
            seconds: (N - 1,) from each frame to the next, nan where the next does not follow it in the film; without it
                nothing is known of speeds.
            axis: (K,) the opening's, see `ShapeModel.opening_axis`; needed with `seconds`.
        """
        count, size = coefs.shape
        mean = coefs.mean(axis=0)
        covariance = (coefs - mean).T @ (coefs - mean) + _PRIOR_FRAMES * np.eye(size)
        covariance /= count + _PRIOR_FRAMES
        values, vectors = np.linalg.eigh(covariance)
        whitening = vectors / np.sqrt(values)
        lengths = np.linalg.norm((coefs - mean) @ whitening, axis=1)
        radius = _BEYOND_HABIT * float(np.quantile(lengths, 0.99))
        speeds = None
        if seconds is not None and axis is not None:
            speeds = _speeds_of(coefs - mean, seconds, axis, covariance)
        return cls(mean, whitening, radius, covariance, speeds, coefs)

    @classmethod
    def average(cls, rest: np.ndarray) -> "Habits":
        """The average speaker's habits around the mouth `rest` (K,) of somebody who is not seen speaking."""
        size = len(rest)
        return cls(rest, np.eye(size), _BEYOND_HABIT * float(np.sqrt(chi2.ppf(0.99, size))), np.eye(size))

    def plausible(self, coefs: np.ndarray) -> np.ndarray:
        """`coefs` (F, K), those outside the habits drawn back along their deviation until they are inside."""
        deviation = coefs - self.mean
        lengths = np.linalg.norm(deviation @ self.whitening, axis=1, keepdims=True)
        return self.mean + deviation * np.minimum(1.0, self.radius / np.maximum(lengths, 1e-9))

    def opens_by(self, axis: np.ndarray) -> np.ndarray:
        """(K,) what this person's mouth does, on the average, when it opens by one eye-corner distance."""
        along = self.covariance @ axis
        return along / float(axis @ along)

    def among_known(self, coefs: np.ndarray, axis: np.ndarray) -> np.ndarray:
        """`coefs` (F, K) brought near the mouths that this person made with a like shape; the opening stays.

        What lies among its neighbours is left alone; what lies beside all of them goes towards their middle until it is as
        near as they are to each other.
        """
        if len(self.known) < _FEWEST_KNOWN:
            return coefs
        known = (self.known - self.mean) @ self.whitening
        asked = (coefs - self.mean) @ self.whitening
        distance, rows = cKDTree(known).query(asked, k=_NEIGHBOURS)
        # The nearest count most, and the last hardly: which one it is must not show.
        weight = np.maximum(1 - (distance / np.maximum(distance[:, -1:], 1e-9)) ** 2, 1e-3)
        weight /= weight.sum(axis=1, keepdims=True)
        near = known[rows]
        middle = np.einsum("fn,fnk->fk", weight, near)
        spread = np.sqrt(np.einsum("fn,fnk->f", weight, (near - middle[:, None]) ** 2))
        away = asked - middle
        length = np.linalg.norm(away, axis=1)
        share = np.minimum(1.0, _MOST_APART * spread / np.maximum(length, 1e-9))[:, None]
        drawn = self.mean + np.linalg.solve(self.whitening.T, (middle + share * away).T).T
        return drawn + ((coefs - drawn) @ axis)[:, None] * self.opens_by(axis)

    def at_own_speed(
        self, coefs: np.ndarray, spoken: np.ndarray, interval: float, axis: np.ndarray
    ) -> np.ndarray:
        """`coefs` (F, K) in which nothing but the opening moves faster than it does in this person's film.

        Whatever is measured on the mouth, the RMS speed of its part that does not go with the opening is at most
        `_MOST_SPEED` times the film's: movements that are faster are made smaller, around their own slow course.

        Args:
            coefs: wanted.
            spoken: (F,) bool, where the voice rules.
            interval: seconds from frame to frame.
            axis: of the opening.
        """
        if self.speeds is None or spoken.sum() < _NEIGHBOURS:
            return coefs
        along = self.opens_by(axis)
        opening = (coefs @ axis)[:, None] * along
        beside = coefs - opening
        slow = gaussian_filter1d(beside, _SLOW_SECONDS / interval, axis=0, mode="nearest")
        speed = np.diff(beside - slow, axis=0)[spoken[1:] & spoken[:-1]] / interval
        asked = speed.T @ speed / max(len(speed), 1)
        root = np.linalg.cholesky(self.speeds)
        inverse = np.linalg.inv(root)
        ratio, vectors = np.linalg.eigh(inverse @ asked @ inverse.T)
        gain = np.minimum(1.0, _MOST_SPEED / np.sqrt(np.maximum(ratio, 1e-12)))
        damp = root @ (vectors * gain) @ vectors.T @ inverse
        moved = (beside - slow) @ damp.T
        moved -= (moved @ axis)[:, None] * along
        return slow + moved + opening


def _speeds_of(
    deviation: np.ndarray, seconds: np.ndarray, axis: np.ndarray, covariance: np.ndarray
) -> np.ndarray:
    """(K, K) mean product of the speeds of what does not go with the opening, while the person speaks."""
    size = deviation.shape[1]
    along = covariance @ axis
    along = along / float(axis @ along)
    speed = np.diff(deviation, axis=0) / np.where(seconds > 0, seconds, np.nan)[:, None]
    followed = np.asarray(np.isfinite(speed).all(axis=1))
    speed = np.where(followed[:, None], speed, 0.0)
    opening = speed @ axis
    usual = float(np.median(seconds[followed])) if followed.any() else 1.0
    power = (
        gaussian_filter1d(opening**2, _SPEAKING_SECONDS / usual, mode="nearest") if len(opening) else opening
    )
    speaks = followed.copy()
    if followed.any():
        speaks &= power >= _SPEAKING_SHARE * np.quantile(power[followed], 0.9)
    beside = speed[speaks] - opening[speaks][:, None] * along
    prior = _PRIOR_FRAMES * _USUAL_SPEED**2 * np.eye(size)
    return (beside.T @ beside + prior) / (len(beside) + _PRIOR_FRAMES)
