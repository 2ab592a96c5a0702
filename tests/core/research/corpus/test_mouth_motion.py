import numpy as np
import pytest

from core.face_geometry.canonical_face import canonical_face
from core.research.corpus.mouth_motion import MOVEMENTS, fit_movements, main, movement_numbers


def test_movements_are_recovered_from_displacements_made_of_them():
    rng = np.random.default_rng(0)
    seen = [rng.normal(0, 0.02, (200, 468, 3)) for _ in range(2)]
    movements = fit_movements(seen)
    assert movements.shape == (len(MOVEMENTS), 468, 3)
    # Moving by one unit of a movement changes that movement's own number by one.
    for i in range(len(MOVEMENTS)):
        numbers = movement_numbers(movements[i][None])[0]
        assert numbers[i] == pytest.approx(1.0, abs=0.05)
        assert np.abs(np.delete(numbers, i)).max() < 0.05


def test_the_command_measures_people_who_allow_it(tmp_path, capsys):
    rng = np.random.default_rng(0)
    face = canonical_face().points * 100 + 200
    for person, allowed in (("a", True), ("b", False)):
        faces = np.repeat(face[None], 80, axis=0)
        faces[:, [14, 17, 152], 1] += 8 * np.abs(np.sin(np.arange(80) / 5))[:, None]
        np.savez(
            tmp_path / f"clip__{person}__0.npz", allowed=allowed, person=person, quality=np.ones(80), pose=np.zeros((80, 3)),
            landmarks=(faces + rng.normal(0, 0.2, faces.shape)).astype(np.float32),
        )  # fmt: skip
    main([str(tmp_path), "-o", str(tmp_path / "motion.npz")])
    assert capsys.readouterr().out == "1 people\n"
    with np.load(tmp_path / "motion.npz") as made:
        gap = made["movements"][list(made["names"]).index("gap")]
        assert gap[14, 1] - gap[13, 1] > 0.8
