import numpy as np
import pytest

from core.adaptation.clips import load_clip, save_clip
from core.base.errors import SettingsError
from core.research.training.generator.dataset_archive import pack, unpack
from tests.core.adaptation.toy_clips import SIZE, clip


@pytest.fixture
def prepared(tmp_path):
    folder = tmp_path / "clips"
    for split, seeds in (("train", range(12)), ("val", range(12, 14))):
        (folder / split).mkdir(parents=True)
        for seed in seeds:
            save_clip(folder / split / f"single__person{seed}__0_00000.npz", clip(seed, altered=2))
    return folder


def test_a_set_travels_in_one_file_and_comes_back(prepared, tmp_path):
    packed = pack(prepared, tmp_path / "travel.npz", 10 * 2**20)
    assert packed.clips == 13  # every tenth is a clip of the held-out people
    assert packed.size == (tmp_path / "travel.npz").stat().st_size <= 10 * 2**20
    assert unpack(tmp_path / "travel.npz", tmp_path / "there") == 13
    assert len(list((tmp_path / "there/val").glob("*.npz"))) == 1
    before = load_clip(prepared / "train/single__person3__0_00000.npz")
    after = load_clip(tmp_path / "there/train/single__person3__0_00000.npz")
    assert (after.person, after.words, after.size) == (before.person, ("other", "other"), SIZE)
    assert np.abs(after.landmarks - before.landmarks).max() < 0.02
    for altered in (None, 0, 1):
        shown = after.pictures(range(len(after)), altered=altered).astype(int)
        assert np.abs(shown - before.pictures(range(len(before)), altered=altered)).mean() < 4
    quiet = np.abs(before.voice) < 1000
    assert np.abs(after.voice.astype(int) - before.voice)[quiet].max() < 50


def test_the_file_is_no_larger_than_allowed(prepared, tmp_path):
    whole = pack(prepared, tmp_path / "whole.npz", 10 * 2**20)
    half = pack(prepared, tmp_path / "half.npz", whole.size // 2)
    assert 0 < half.clips < whole.clips
    assert half.size <= whole.size // 2
    with pytest.raises(SettingsError, match="Not one clip fits"):
        pack(prepared, tmp_path / "none.npz", 100)
    with pytest.raises(SettingsError, match="no prepared clips"):
        pack(tmp_path / "nowhere", tmp_path / "none.npz", 100)
