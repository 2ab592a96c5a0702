import numpy as np
import pytest

from core.appearance.morphable import load_model
from core.face_geometry.canonical_face import canonical_face
from core.research.training.morphable import main


def clip(folder, person, *, allowed=True):
    random = np.random.default_rng(sum(map(ord, person)))
    faces = canonical_face().points * 100 + 200 + random.normal(0, 2, (468, 3)) + random.normal(0, 1, (60, 468, 3))
    np.savez(
        folder / f"single__{person}__0.npz", allowed=allowed, quality=np.ones(60), landmarks=faces.astype(np.float32)
    )


def test_a_morphable_model_is_learnt_from_tracked_clips_and_survives_its_file(tmp_path, capsys):
    for number in range(6):
        clip(tmp_path, f"somebody_{number}")
    clip(tmp_path, "nobody", allowed=False)
    main([str(tmp_path), "-o", str(tmp_path / "m.safetensors")])
    assert capsys.readouterr().out == "6 people\n"
    model = load_model(tmp_path / "m.safetensors")
    assert np.allclose(model.expression @ model.expression.T, np.eye(32), atol=1e-5)
    assert np.allclose(model.identity @ model.identity.T, np.eye(5), atol=1e-5)


def test_too_few_people_are_refused(tmp_path, capsys):
    clip(tmp_path, "somebody")
    with pytest.raises(SystemExit) as stopped:
        main([str(tmp_path), "-o", str(tmp_path / "m.safetensors")])
    assert stopped.value.code == 2
    assert "holds 1 people that may be trained on; 5 are needed" in capsys.readouterr().err
    assert not (tmp_path / "m.safetensors").exists()
