"""What makes a finisher of a generator: the judge's loss, broken sources, doubted frames first, a start from trained weights."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from app.main import main
from core.adaptation.batches import draw_batch, laid_into, to_clips
from core.adaptation.clips import save_clip
from core.adaptation.losses import batch_loss
from core.base.errors import SettingsError
from core.base.models import SHIPPED_MODELS
from core.face_geometry.measures import eye_distance
from core.generator.export import export_generator, load_generator
from core.generator.recipes import as_json, load_recipe
from core.own_mouth.naturalness import mouth_patch, naturalness_judge, patch_affine
from core.research.training.generator.broken_sources import broken_sources
from core.research.training.generator.naturalness_loss import NaturalnessJudgement
from core.research.training.generator.warm_start import start_from
from core.speech.whisper import whisper_ear
from tests.core.adaptation.toy_clips import FRAMES, SIZE, clip
from tests.core.research.training.generator.test_training import EDIT

BIG = 160


def faces(count: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """(T, BIG, BIG, 3) uint8 soft noise with a dark mouth and (T, 468, 2) landmarks of a face that fills it."""
    rng = np.random.default_rng(4)
    pictures = rng.uniform(60, 200, (count, BIG, BIG, 3)).astype(np.float32)
    pictures = np.stack([cv2.GaussianBlur(p, (0, 0), 2) for p in pictures]).astype(np.uint8)
    drawn = clip().landmarks[:count] * (BIG / SIZE) * 0.9
    return pictures, drawn


def views(landmarks: np.ndarray) -> torch.Tensor:
    scale = float(np.median(eye_distance(landmarks)))
    return torch.from_numpy(np.stack([patch_affine(face, scale) for face in landmarks]).astype(np.float32))


def test_the_loss_hears_what_the_shipped_judge_says():
    pictures, landmarks = faces()
    scale = float(np.median(eye_distance(landmarks)))
    patches = np.stack([mouth_patch(p, face, scale) for p, face in zip(pictures, landmarks, strict=True)])
    shipped = naturalness_judge()(patches)
    tensor = to_clips(pictures[None], "cpu")[0].transpose(0, 1)
    said = NaturalnessJudgement.load().says(tensor, views(landmarks))
    # Patches of whole grey levels, so within the spread of a rounding; the pictures differ by more.
    assert np.abs(said.numpy() - shipped).max() < 0.1 * np.ptp(shipped) + 0.05
    assert np.ptp(shipped) > 0.3


def test_what_looks_less_natural_than_the_film_costs_and_can_be_mended():
    pictures, landmarks = faces()
    true = to_clips(pictures[None], "cpu").transpose(1, 2)
    judge = NaturalnessJudgement.load().train()
    seen = views(landmarks)[None]
    own = judge.says(true[0], seen[0])
    made = true.clone()
    made[:, :, :, 90:130, 50:110] = 0.2  # one grey where lips and teeth were
    made.requires_grad_()
    cost = judge(made, true, seen)
    wanted = torch.relu(own.median() - judge.says(made[0], seen[0])).mean()
    assert wanted > 0.5
    assert cost.item() == pytest.approx(wanted.item(), rel=1e-4)
    cost.backward()
    assert made.grad.abs().sum() > 0
    # Whoever looks more natural than the median gains nothing by it. All three faces lie alike.
    assert judge(true[:, own.argmax()].expand_as(true[0])[None], true, seen).item() == 0


def test_the_recipes_naturalness_weight_counts_and_the_made_mouth_lies_in_its_face():
    recipe = replace(EDIT, view="lower-face", jitter=3, naturalness_weight=1.0)
    recipe = replace(recipe, transformer={**recipe.transformer, "patch": 1})
    asked = []

    def judge(made, true, patches):
        asked.append((made.detach(), true, patches))
        return made.mean() * 0 + 7.0

    codec = recipe.make_codec()
    network = recipe.make_transformer(codec, speech_dim=4)
    for seed in range(4):  # with and without mirroring, at several places
        batch = draw_batch([clip()], recipe, np.random.default_rng(seed))
        batch = replace(batch, source=batch.target)  # an untrained edit changes nothing
        plain = batch_loss(network, codec, batch, recipe, "cpu").item()
        assert batch_loss(network, codec, batch, recipe, "cpu", judge=judge).item() == pytest.approx(
            plain + 7
        )
        made, true, _ = asked[-1]
        assert torch.allclose(made, true, atol=1e-5)


def test_made_mouths_are_laid_where_they_were_cut():
    whole = torch.zeros(2, 3, 1, 8, 8)
    laid = laid_into(torch.ones(2, 3, 1, 2, 2), whole, np.array([[1, 2], [5, 0]]))
    assert laid[0, 0, 0].nonzero().tolist() == [[2, 1], [2, 2], [3, 1], [3, 2]]
    assert laid[1, 0, 0].nonzero().tolist() == [[0, 5], [0, 6], [1, 5], [1, 6]]


def test_sources_are_broken_at_the_mouth_and_nowhere_else():
    pictures, landmarks = faces(5)
    changed = np.zeros((BIG, BIG), bool)
    for seed in range(20):
        made = broken_sources(pictures, landmarks, np.random.default_rng(seed))
        assert (made != pictures).any()
        changed |= (made != pictures).any(axis=(0, 3))
    mouth = landmarks[0, [61, 291]].mean(axis=0)
    y, x = np.nonzero(changed)
    eyes = float(eye_distance(landmarks)[0])
    assert np.hypot(x - mouth[0], y - mouth[1]).max() < 1.2 * eyes
    assert changed[round(mouth[1]), round(mouth[0])]


def test_the_recipes_share_of_sources_is_broken():
    def damage(pictures, landmarks, rng):
        assert pictures.shape[0] == landmarks.shape[0] == EDIT.frames
        return np.zeros_like(pictures)

    recipe = replace(EDIT, broken_share=0.5)
    batches = [
        draw_batch([clip()], recipe, np.random.default_rng(s), batch=8, damage=damage) for s in range(6)
    ]
    broken = np.mean([(batch.source.max(axis=(1, 2, 3, 4)) == 0).mean() for batch in batches])
    assert 0.3 < broken < 0.7
    assert all((batch.target.max(axis=(1, 2, 3, 4)) > 0).all() for batch in batches)
    none = draw_batch([clip()], replace(recipe, broken_share=0.0), np.random.default_rng(0), damage=damage)
    assert (none.source.max(axis=(1, 2, 3, 4)) > 0).all()


def test_doubted_frames_are_learnt_from_more_often():
    doubts = np.zeros((1, FRAMES))
    doubts[0, -EDIT.frames :] = 1
    one = clip()
    begins = [
        start
        for seed in range(30)
        for start in draw_batch([one], EDIT, np.random.default_rng(seed), batch=4, doubts=[doubts]).times[
            :, 0
        ]
    ]
    late = np.mean(np.array(begins) > one.times[(FRAMES - EDIT.frames) // 2])
    assert late > 0.55  # two of five windows begin there


def test_the_judge_doubts_a_broken_version():
    one = clip()
    doubts = NaturalnessJudgement.load().doubts(replace(one, altered=(one.crops,)))
    assert doubts.shape == (1, FRAMES)
    assert np.median(doubts) < 0.2  # the same pictures look as the person's own do


def test_training_starts_from_weights_that_were_told_no_speech(tmp_path):
    torch.manual_seed(3)
    codec = EDIT.make_codec()
    before = EDIT.make_transformer(codec, 6)
    for parameter in before.parameters():
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    description = export_generator(EDIT, codec, before, tmp_path / "before")[0]
    _, pipeline = load_generator(description)
    network = EDIT.make_transformer(codec, 4)
    start_from(network, description)
    batch = draw_batch([clip()], EDIT, np.random.default_rng(0))
    silent = replace(batch, silent=np.ones_like(batch.silent))
    wanted = batch_loss(pipeline.transformer.train(), codec, silent, EDIT, "cpu").item()
    assert batch_loss(network, codec, batch, EDIT, "cpu").item() == pytest.approx(wanted, rel=1e-4)
    batch_loss(network, codec, batch, EDIT, "cpu").backward()
    assert network.speech_embed[0].weight.grad.abs().max() > 0  # and can be learnt
    with pytest.raises(SettingsError, match="another shape"):
        start_from(
            replace(EDIT, transformer={**EDIT.transformer, "dim": 64}).make_transformer(codec, 4), description
        )


def test_the_finishers_recipe_goes_on_from_the_shipped_weights():
    recipe = load_recipe("generator-small-finisher")
    assert recipe.naturalness_weight > 0
    assert recipe.broken_share > 0
    network = recipe.make_transformer(recipe.make_codec(), whisper_ear().width)
    start_from(network, SHIPPED_MODELS / "generator-small.json")
    assert network.speech_embed[0].weight.abs().max() == 0


def test_the_command_goes_on_from_an_exported_generator(tmp_path):
    for split in ("train", "val"):
        (tmp_path / "clips" / split).mkdir(parents=True)
        save_clip(tmp_path / "clips" / split / "clip.npz", clip())
    recipe = replace(EDIT, naturalness_weight=0.1, broken_share=0.5)
    codec = EDIT.make_codec()
    initial = export_generator(recipe, codec, recipe.make_transformer(codec, 6), tmp_path / "before")[0]
    (tmp_path / "toy.json").write_text(as_json(recipe))
    command = [
        "lab",
        "train",
        "generator",
        "--data",
        str(tmp_path / "clips"),
        "--config",
        str(tmp_path / "toy.json"),
    ]
    command += ["-o", str(tmp_path / "run"), "--export", str(tmp_path / "out"), "--most-steps", "2"]
    assert main([*command, "--initial", str(initial)]) == 0
    assert json.loads((tmp_path / "out/toy.json").read_text())["speech_dim"] == 4
    assert main([*command, "--initial", str(tmp_path / "nowhere.json")]) == 2
