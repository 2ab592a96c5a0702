import hashlib

import numpy as np
import pytest

from core.base.errors import MediaError, SettingsError
from core.research.corpus.build import PRESETS, Job, Preset, build_corpus, make_clips, plan
from core.research.corpus.heads import Moment
from core.research.corpus.occluders import OCCLUDERS, occlude
from core.research.corpus.scenes import Scene, Shot
from core.research.corpus.splits import Item
from core.research.corpus.store import read_index, read_scenes, read_shards, write_shard
from core.research.corpus.stylised import DRAWN, REDRAWN, STYLES, draw_character
from core.research.corpus.visemes import PARAMETERS
from tests import needs

pytest.importorskip("webdataset")
TOY = Preset(heads=0, occluded=0, stylised=1, frames=8, size=64, per_shard=1)
needs_speech = needs.voices


@needs_speech
def test_a_clip_survives_the_shard_and_the_same_clip_gives_the_same_bytes(tmp_path):
    hashes, paths = [], [tmp_path / "a", tmp_path / "b"]
    for folder in paths:
        folder.mkdir()
        ((clip, item),) = make_clips(Job("cat", 3), TOY)
        write_shard(folder / "toy-0000.tar", [(clip, item)])
        hashes.append(hashlib.sha256((folder / "toy-0000.tar").read_bytes()).hexdigest())
    assert hashes[0] == hashes[1]
    ((back, item),) = read_shards(paths[0])
    assert item.training_allowed
    assert back.phones == tuple(type(p)(p.ipa, round(p.start, 4), round(p.end, 4)) for p in clip.phones)
    assert np.abs(back.visemes - clip.visemes).max() < 1e-3
    assert np.abs(back.voice - clip.voice).max() < 1e-4
    assert back.frames.shape == clip.frames.shape
    assert np.isnan(back.landmarks).all()  # a drawing has none
    assert np.abs(back.frames.astype(int) - clip.frames).mean() < 6  # H.264


def test_landmarks_and_scenes_survive_the_shard(tmp_path):
    rng = np.random.default_rng(0)
    landmarks = rng.uniform(-20, 900, (2, 7, 468, 3)).astype(np.float32)
    landmarks[1, 3:] = np.nan
    scene = Scene(
        "scene-1",
        ("a", "b"),
        rng.integers(0, 255, (7, 32, 64, 3), np.uint8),
        (Shot(0, 3, "all", (0, 1)), Shot(3, 7, "single", (0,))),
        landmarks,
        rng.uniform(0, 1, (2, 7, 11)).astype(np.float32),
        ~np.isnan(landmarks).any(axis=(2, 3)),
        np.array([0, 0, -1, 1, 1, 1, 0], np.int16),
        rng.uniform(-0.5, 0.5, 7 * 640).astype(np.float32),
        (),
        {"people": 2},
    )
    item = Item("scene-1", "scene-1", "MIT", training_allowed=True)
    write_shard(tmp_path / "scenes-0000.tar", [(scene, item)])
    assert list(read_shards(tmp_path)) == []
    ((back, back_item),) = read_scenes(tmp_path)
    assert back_item == item
    assert (back.shots, back.people) == (scene.shots, scene.people)
    assert np.array_equal(back.speaks, scene.speaks)
    assert np.array_equal(back.shown, scene.shown)
    assert np.array_equal(np.isnan(back.landmarks), np.isnan(landmarks))
    assert np.nanmax(np.abs(back.landmarks - landmarks)) <= 1 / 64 + 1e-4


def test_an_empty_folder_is_no_corpus(tmp_path):
    with pytest.raises(MediaError, match="holds no corpus"):
        list(read_shards(tmp_path))
    with pytest.raises(MediaError, match="is missing"):
        read_index(tmp_path / "corpus.json")


def test_unknown_preset_and_foreign_folder_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="no corpus preset"):
        build_corpus(tmp_path, "huge", 0)
    (tmp_path / "build.json").write_text('{"preset": "small", "seed": 3}')
    with pytest.raises(SettingsError, match="seed 3"):
        build_corpus(tmp_path, "tiny", 0)


def test_the_full_preset_has_the_people_styles_and_hours_it_promises():
    jobs = plan(PRESETS["full"], 0)
    heads = [job for job in jobs if job.kind in ("head", "occluded")]
    assert len(heads) >= 300
    assert len({job.kind for job in jobs} & set(STYLES)) >= 8
    assert len({(job.kind in STYLES, job.person_seed) for job in jobs}) == len(jobs)
    clips = sum(2 if job.kind == "head" else 1 for job in jobs)
    assert clips * PRESETS["full"].frames / 25 / 3600 >= 10


@pytest.mark.parametrize("style", DRAWN)
def test_drawn_mouths_follow_the_opening_and_sheets_differ(style):
    def drawn(opening: float, seed: int = 1) -> np.ndarray:
        values = np.array([{"opening": opening, "jaw": opening}.get(name, 0.0) for name in PARAMETERS])
        return draw_character(style, seed, values, Moment(), 96).astype(int)

    change = np.abs(drawn(1.0) - drawn(0.0)).sum(axis=2)
    assert change[52:].sum() > 20 * max(change[:40].sum(), 1)  # the lower face moves, the upper does not
    assert np.abs(drawn(0.0, 1) - drawn(0.0, 2)).mean() > (0 if style in ("line", "chalk") else 3)


@pytest.mark.parametrize("style", REDRAWN)
def test_redrawn_pictures_keep_size_and_differ_from_the_original(style):
    rng = np.random.default_rng(0)
    picture = np.repeat(np.repeat(rng.integers(0, 255, (8, 8, 3), np.uint8), 8, 0), 8, 1)
    redrawn = REDRAWN[style](picture)
    assert redrawn.shape == picture.shape
    assert redrawn.dtype == np.uint8
    assert np.abs(redrawn.astype(int) - picture).mean() > 3


@pytest.mark.parametrize("kind", OCCLUDERS)
def test_occluders_change_only_what_their_mask_covers(kind):
    frames = np.full((3, 128, 128, 3), 130, np.uint8)
    landmarks = np.zeros((3, 468, 3), np.float32)
    landmarks[:, :, :2] = (64, 70)
    landmarks[:, 33, :2], landmarks[:, 263, :2] = (44, 50), (84, 50)
    covered, masks = occlude(frames, landmarks, kind, 2)
    changed = np.abs(covered.astype(int) - frames).sum(axis=-1) > 60
    assert masks.any(axis=(1, 2)).all()
    grown = np.array([np.pad(mask > 0, 3)[3:-3, 3:-3] for mask in masks])
    outside = changed & ~np.array([_grow(mask) for mask in grown])
    assert not outside.any()


def _grow(mask: np.ndarray) -> np.ndarray:
    grown = mask.copy()
    for dy in range(-3, 4):
        for dx in range(-3, 4):
            grown |= np.roll(mask, (dy, dx), axis=(0, 1))
    return grown
