"""What the doubts of `core.own_mouth.doubts` find of what an eye sent back: ``python -m core.research.benchmark.doubt_curves OUT.png``.

Fits the logistic model that ships to the verdicts in ``resources/benchmark/doubt-verdicts.csv``, prints its weights and, each person
left out of the fit in turn, what it finds; and draws that.
"""

import argparse
import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.optimize import minimize

from core.base.models import PROGRAM_ROOT

VERDICTS_FILE = PROGRAM_ROOT / "resources" / "benchmark" / "doubt-verdicts.csv"
SIGNS = ("opening", "lack", "shape_error", "painted", "relit", "below_usual")
FLAGGED = 0.02  # share of the frames that the eye passed in dubs as they ship
_MOST_BELOW = 6.0  # as in `core.own_mouth.doubts`
_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2)
_DECAY = 0.01
_PERSON = 4.0  # weight of a person of whom one frame was sent back; that of n grows with their root


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """N frames that an eye looked at.

    Attributes:
        person: (N,) int, who is seen.
        ships: (N,) bool: of a dub as it ships; the others were made to break.
        sent_back: (N,) bool.
        signs: (N, len(SIGNS)) as `core.own_mouth.doubts.Signs` has them, and by how much less than usual the judge said.
    """

    person: np.ndarray
    ships: np.ndarray
    sent_back: np.ndarray
    signs: np.ndarray

    @property
    def weighed(self) -> np.ndarray:
        """(N, len(SIGNS)) the signs as the model takes them."""
        signs = self.signs.copy()
        signs[:, SIGNS.index("painted")] **= 0.5
        below = SIGNS.index("below_usual")
        signs[:, below] = np.clip(signs[:, below], 0, _MOST_BELOW)
        return signs


def read_verdicts(path: Path = VERDICTS_FILE) -> Verdicts:
    """Those in `path`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    signs = np.array([[float(row[name]) for name in SIGNS] for row in rows])
    person, ships, sent_back = (
        np.array([int(row[name]) for row in rows]) for name in ("person", "ships", "sent_back")
    )
    return Verdicts(person, ships > 0, sent_back > 0, signs)


def fit(verdicts: Verdicts, rows: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights (len(SIGNS),) of the signs as `Verdicts.weighed` has them, and the sum of which `FLAGGED` of the frames passed exceed."""
    signs, sent_back, person = verdicts.weighed[rows], verdicts.sent_back[rows], verdicts.person[rows]
    middle, spread = signs.mean(axis=0), signs.std(axis=0) + 1e-9
    inputs = np.column_stack([(signs - middle) / spread, np.ones(len(signs))])
    weight = np.ones(len(signs))
    for each in set(person):
        own = sent_back & (person == each)
        weight[own] = _PERSON / np.sqrt(max(own.sum(), 1))

    def loss(model: np.ndarray) -> tuple[float, np.ndarray]:
        sums = inputs @ model
        decay = np.append(model[:-1], 0)
        value = weight @ (np.logaddexp(0, sums) - sent_back * sums) / weight.sum() + _DECAY * decay @ decay
        slope = (
            inputs.T @ (weight * (1 / (1 + np.exp(-sums)) - sent_back)) / weight.sum() + 2 * _DECAY * decay
        )
        return float(value), slope

    model = minimize(loss, np.zeros(inputs.shape[1]), jac=True, method="L-BFGS-B").x[:-1] / spread
    passed = ~sent_back & verdicts.ships[rows]
    return model, float(np.quantile(signs[passed] @ model, 1 - FLAGGED))


def left_out(verdicts: Verdicts) -> np.ndarray:
    """(N,) how far each frame's sum lies above the limit of a model that never saw its person."""
    found = np.zeros(len(verdicts.person))
    for person in set(verdicts.person):
        own = verdicts.person == person
        model, limit = fit(verdicts, np.flatnonzero(~own))
        found[own] = verdicts.weighed[own] @ model - limit
    return found


def found_at(sums: np.ndarray, verdicts: Verdicts, share: float, rows: np.ndarray) -> float:
    """Share of `rows` (N,) bool sent back that is found where `share` of the frames passed in dubs as they ship are flagged."""
    limit = np.quantile(sums[~verdicts.sent_back & verdicts.ships], 1 - share)
    return float((sums[verdicts.sent_back & rows] > limit).mean())


def draw(verdicts: Verdicts, path: Path) -> None:
    """The curves of all signs together and of each alone, for dubs as they ship and for all."""
    figure = Figure(figsize=(9, 3.6), dpi=110, layout="constrained")
    shares = np.geomspace(0.004, 1, 120)
    curves = {"together": left_out(verdicts)} | {
        name.replace("_", " "): verdicts.signs[:, row] for row, name in enumerate(SIGNS)
    }
    for axis, (title, rows) in zip(
        figure.subplots(1, 2, sharey=True),
        (("dubs as they ship", verdicts.ships), ("and those made to break", np.ones_like(verdicts.ships))),
        strict=True,
    ):
        for name, sums in curves.items():
            found = [100 * found_at(sums, verdicts, share, rows) for share in shares]
            is_all = name == "together"
            axis.plot(100 * shares, found, label=name, lw=2.2 if is_all else 1, c="k" if is_all else None)
        axis.axvline(100 * FLAGGED, c="0.7", lw=0.8)
        axis.axhline(80, c="0.7", lw=0.8, ls=":")
        axis.set_xscale("log")
        axis.set_title(f"{title}: {int((verdicts.sent_back & rows).sum())} sent back", fontsize=9)
        axis.set_xlabel("% of frames that pass, flagged")
    figure.axes[0].set_ylabel("% of frames sent back, found")
    figure.axes[0].legend(fontsize=7)
    figure.savefig(path)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    verdicts = read_verdicts()
    everything = np.ones_like(verdicts.ships)
    model, limit = fit(verdicts, np.arange(len(everything)))
    out = sys.stdout
    out.write(
        "\n".join(f"{name}: {weight:.3f}" for name, weight in zip(SIGNS, model, strict=True))
        + f"\nlimit: {limit:.3f}\n"
    )
    sums = left_out(verdicts)
    for name, rows in (("as it ships", verdicts.ships), ("all", everything)):
        found = " ".join(f"{100 * found_at(sums, verdicts, share, rows):.0f}" for share in _SHARES)
        out.write(f"{name}: {found} % found at {' '.join(f'{100 * share:.0f}' for share in _SHARES)} %\n")
    passed = ~verdicts.sent_back & verdicts.ships
    out.write(f"own limits: {100 * (sums[passed] > 0).mean():.1f} % flagged\n")
    draw(verdicts, parser.parse_args().picture)


if __name__ == "__main__":
    main()
