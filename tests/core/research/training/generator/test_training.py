import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.adaptation.batches import ahead, draw_batch, mouth_masks, to_clips
from core.adaptation.clips import load_clip, save_clip
from core.adaptation.flow import detail_loss
from core.adaptation.losses import batch_loss
from core.base.errors import SettingsError
from core.generator.autoencoder import FaceAutoencoder
from core.generator.recipes import GeneratorRecipe, as_json, load_recipe
from core.generator.speech_windows import speech_windows
from core.generator.transformer import LipSyncTransformer
from core.research.training.generator.train import train_autoencoder, train_transformer
from core.research.training.generator.training_loop import Run, TrainingSettings
from tests.core.adaptation.toy_clips import FRAMES, SIZE, clip

pytestmark = pytest.mark.slow


def autoencoder():
    torch.manual_seed(0)
    return FaceAutoencoder(latent_channels=4, channels=(8, 16, 16))


RECIPE = GeneratorRecipe(
    "toy",
    size=SIZE,
    view="face",
    codec={"latent_channels": 4, "channels": [8, 16, 16]},
    transformer={"dim": 32, "depth": 1, "heads": 2, "max_side": 8},
    frames=4,
    batch=2,
    rate=2e-3,
)
EDIT = replace(
    RECIPE,
    codec={"factor": 4},
    transformer={**RECIPE.transformer, "fusion": "channels", "prediction": "edit", "geometry": True},
)


def transformer(recipe=RECIPE):
    torch.manual_seed(0)
    return recipe.make_transformer(recipe.make_codec(), speech_dim=4)


def settings(folder, **changes):
    return replace(TrainingSettings(folder, 60, most_steps=3), **changes)


def test_a_clip_comes_back_from_disk(tmp_path):
    made = clip(altered=2)
    save_clip(tmp_path / "clip.npz", made)
    loaded = load_clip(tmp_path / "clip.npz")
    assert loaded.crops == made.crops
    assert loaded.altered == made.altered
    assert (loaded.times == made.times).all()
    assert (loaded.pictures(range(2, 4), altered=1) == made.pictures(range(2, 4), altered=1)).all()
    assert (loaded.speech_windows(range(3)) == made.speech_windows(range(3))).all()


def test_speech_is_heard_at_the_frames_own_time():
    speech = (np.arange(100) * 0.02)[:, None].astype(np.float32)
    windows = speech_windows(speech, np.array([0.5, 1.0]))
    assert windows.mean(axis=1)[:, 0] == pytest.approx([0.5, 1.0], abs=1e-3)
    assert windows[0, 1, 0] - windows[0, 0, 0] == pytest.approx(0.02, abs=1e-4)


def test_recipes_come_from_files_and_by_name(tmp_path):
    (tmp_path / "own.json").write_text(as_json(EDIT))
    assert as_json(load_recipe(str(tmp_path / "own.json"))) == as_json(EDIT)
    assert load_recipe("generator-small").view == "mouth"
    (tmp_path / "wrong.json").write_text('{"colour": 3}')
    with pytest.raises(SettingsError, match="not a generator recipe"):
        load_recipe(str(tmp_path / "wrong.json"))
    with pytest.raises(SettingsError, match="no generator recipe"):
        load_recipe("huge")
    with pytest.raises(SettingsError, match="no crop region"):
        replace(EDIT, view="ear")
    with pytest.raises(SettingsError, match="wants 5 references; there are 4"):
        GeneratorRecipe("many", transformer={"references": 5})


def test_the_mouths_mask_lies_on_the_mouth():
    mask = mouth_masks(np.array([[20.0, 10.0, 8.0]]), 32)[0]
    y, x = divmod(int(mask.argmax()), 32)
    assert (x, y) == (20, 12)
    assert mask[0, 0] < 0.05


def test_training_writes_weights_that_load_and_a_curve(tmp_path):
    trained = train_autoencoder(autoencoder(), [clip()], RECIPE, settings(tmp_path))
    loaded = FaceAutoencoder.from_pretrained(tmp_path / "autoencoder")
    pictures = to_clips(clip().pictures(range(FRAMES))[None], "cpu")
    with torch.no_grad():
        assert torch.equal(loaded.encode(pictures), trained.encode(pictures))
        # The latents' scale was measured on the first frame and kept; the other frames are much like it.
        assert loaded.encode(pictures).std().item() == pytest.approx(1, abs=0.3)
    assert (tmp_path / "curve.jsonl").read_text().count("\n") == 1


def test_a_run_goes_on_where_it_stopped(tmp_path):
    train_autoencoder(autoencoder(), [clip()], RECIPE, settings(tmp_path))
    train_autoencoder(autoencoder(), [clip()], RECIPE, settings(tmp_path, most_steps=5), resume=True)
    curve = [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()]
    assert [line["step"] for line in curve] == [3, 5]


def losses_of(network, recipe, steps, folder):
    """The loss of each of `steps` steps of plain training on three clips."""
    codec = recipe.make_codec()
    clips = [clip(seed) for seed in range(3)]
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    losses = []
    for step in range(steps):
        batch = draw_batch(clips, recipe, np.random.default_rng(step), batch=4)
        loss = batch_loss(network, codec, batch, recipe, "cpu")
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("recipe", [RECIPE, EDIT], ids=["velocity, latents", "edit, pixels"])
def test_the_transformer_learns(tmp_path, recipe):
    losses = losses_of(transformer(recipe), recipe, 60, tmp_path)
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:5])


def test_the_curve_tells_the_error_on_held_out_people(tmp_path):
    train_transformer(
        transformer(EDIT), EDIT.make_codec(), [clip()], EDIT, settings(tmp_path), held_out=[clip(1), clip(2)]
    )
    line = json.loads((tmp_path / "curve.jsonl").read_text().splitlines()[-1])
    levels = {"other sigma 0.5", "other sigma 1"}
    assert set(line) == {"step", "loss", "other source", "other unheard", "other detail", *levels}
    assert line["other source"] > 0


def test_a_blurred_mixture_lacks_detail_and_a_shifted_picture_does_not():
    generator = torch.Generator().manual_seed(0)
    picture = torch.rand(1, 3, 2, 32, 32, generator=generator)
    mouth = torch.ones(1, 1, 2, 32, 32)
    shifted = picture.roll(1, -1)
    lost = {
        name: float(detail_loss(made, picture, mouth, mouth_weight=1.0))
        for name, made in (("same", picture), ("moved", shifted), ("mixed", (picture + shifted) / 2))
    }
    assert lost["same"] == 0
    assert lost["mixed"] > 1.5 * lost["moved"]


def test_the_recipes_detail_weight_counts(tmp_path):
    batch = draw_batch([clip()], EDIT, np.random.default_rng(0))
    plain, sharp = (
        batch_loss(transformer(recipe), recipe.make_codec(), batch, recipe, "cpu").item()
        for recipe in (EDIT, replace(EDIT, detail_weight=1.0))
    )
    assert sharp > plain


def test_the_sync_loss_sees_the_mouth_in_its_face(tmp_path):
    recipe = replace(EDIT, view="lower-face", sync_weight=1.0, speech_dropout=0.0)
    with pytest.raises(SettingsError, match="20 pixels, which patches of 8"):
        transformer(recipe)
    recipe = replace(recipe, transformer={**recipe.transformer, "patch": 1})
    seen = []

    def judge(crops, voices, times):
        seen.append((crops.detach(), voices, times))
        return crops.mean()

    batch = draw_batch([clip()], recipe, np.random.default_rng(0))
    batch = replace(batch, sigmas=np.array([0.3, 0.6], np.float32))
    batch_loss(transformer(recipe), recipe.make_codec(), batch, recipe, "cpu", sync=judge).backward()
    ((crops, voices, times),) = seen
    assert crops.shape == (2, 4, 3, SIZE, SIZE)
    assert voices.shape[0] == 2
    assert times.shape == (2, 4)
    surroundings = to_clips(batch.surroundings, "cpu").transpose(1, 2)
    x, y, side = recipe.region.pixels(SIZE)
    assert torch.equal(crops[..., :y, :], surroundings[..., :y, :])
    inside = crops[..., y : y + side, x : x + side]
    source = to_clips(batch.source, "cpu").transpose(1, 2)
    assert torch.allclose(inside, source, atol=1e-5)  # an untrained edit changes nothing


def test_batches_are_drawn_ahead_in_order():
    drawn = ahead(lambda step: step, 5, workers=2)
    assert list(itertools.islice(drawn, 6)) == [5, 6, 7, 8, 9, 10]
    drawn.close()
    assert next(ahead(lambda step: step, 7, workers=0)) == 7


def test_sources_are_those_the_recipe_asks_for():
    two = clip(altered=2)
    two = replace(two, words=("other", "own"))
    for share, version in ((0.0, 0), (1.0, 1)):
        recipe = replace(EDIT, own_share=share, batch=6)
        batch = draw_batch([two], recipe, np.random.default_rng(0))
        stored = two.pictures(range(FRAMES), altered=version)
        for source in batch.source:
            fits = [
                any((candidate[i : i + 4] == source).all() for i in range(FRAMES - 3))
                for candidate in (stored, stored[:, :, ::-1])
            ]
            assert any(fits)


def test_a_trained_transformer_is_saved(tmp_path):
    train_transformer(transformer(), autoencoder(), [clip()], RECIPE, settings(tmp_path))
    assert LipSyncTransformer.from_pretrained(tmp_path / "transformer").config.dim == 32


def test_what_may_not_be_trained_on_is_not(tmp_path):
    with pytest.raises(SettingsError, match="may be trained on"):
        train_autoencoder(autoencoder(), [clip(may_train=False)], RECIPE, settings(tmp_path))
    with pytest.raises(SettingsError, match="altered version"):
        train_transformer(transformer(), autoencoder(), [clip(altered=0)], RECIPE, settings(tmp_path))


def test_inpainting_rivals_see_the_face_without_its_mouth_and_another_moment():
    recipe = replace(EDIT, condition="masked", batch=6, frames=2, overlap=1, geometry_dropout=0.0)
    batch = draw_batch([clip(altered=2)], recipe, np.random.default_rng(0))
    low = round(0.56 * SIZE)
    assert (batch.source[:, :, low:] == 128).all()
    assert (batch.source[:, :, :low] == batch.target[:, :, :low]).all()
    assert any((a[0] != b).any() for a, b in zip(batch.references, batch.target, strict=True))
    assert load_recipe("rival-one-step").one_step
    assert load_recipe("rival-masked-diffusion").condition == "masked"
    assert load_recipe("rival-gan").adversarial_weight > 0


def test_gradient_checkpointing_changes_memory_alone(tmp_path):
    def gradients(recipe):
        network = transformer(recipe)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.1, generator=torch.Generator().manual_seed(3))
        if recipe.gradient_checkpointing:
            network.enable_gradient_checkpointing()
        batch = draw_batch([clip()], recipe, np.random.default_rng(0))
        batch_loss(network.train(), recipe.make_codec(), batch, recipe, "cpu").backward()
        return [p.grad for p in network.parameters() if p.grad is not None]

    for plain, twice in zip(
        gradients(EDIT), gradients(replace(EDIT, gradient_checkpointing=True)), strict=True
    ):
        assert torch.allclose(plain, twice, atol=1e-6)


def test_the_discriminator_learns_beside_the_network_and_is_kept(tmp_path):
    recipe = replace(EDIT, adversarial_weight=0.1, adversarial_after=0, one_step=True)
    train_transformer(transformer(recipe), recipe.make_codec(), [clip()], recipe, settings(tmp_path))
    first = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["adversary"]["network"]
    train_transformer(
        transformer(recipe),
        recipe.make_codec(),
        [clip()],
        recipe,
        settings(tmp_path, most_steps=6),
        resume=True,
    )
    second = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["adversary"]["network"]
    assert any((first[name] != second[name]).any() for name in first)


def test_the_processors_clock_counts_work_alone(tmp_path, monkeypatch):
    run = Run(torch.nn.Linear(2, 2), settings(tmp_path, clock="processor"), 1e-3, resume=False)
    monkeypatch.setattr("time.monotonic", lambda: 1e9)
    assert run.goes_on()
    monkeypatch.setattr(run, "_now", lambda: 1e9)
    assert not run.goes_on()


FETCHING = replace(
    EDIT,
    codec={"factor": 2},
    transformer={**EDIT.transformer, "pyramid": (8, 16), "patch": 4, "references": 3, "fetch": True},
    one_step=True,
)


def test_a_network_that_fetches_learns(tmp_path):
    network = transformer(FETCHING)
    losses = losses_of(network, FETCHING, 150, tmp_path)
    assert np.mean(losses[-10:]) < 0.9 * np.mean(losses[:10])
    assert network.fetching.motion.weight.any()
    assert network.fetching.shares.weight.any()


def test_a_network_learns_to_choose(tmp_path):
    batch = draw_batch([clip()], FETCHING, np.random.default_rng(0))
    plain, choosing = (
        batch_loss(transformer(recipe), recipe.make_codec(), batch, recipe, "cpu").item()
        for recipe in (FETCHING, replace(FETCHING, decision_weight=1.0))
    )
    assert 0.1 < choosing - plain < 0.75  # at first three references share a little


def test_references_are_the_persons_other_moments_and_turn_with_the_clip():
    recipe = replace(FETCHING, tone=0.0, batch=12, frames=1, overlap=0)
    mine, more = clip(0), replace(clip(1), person="p0")
    batch = draw_batch([mine, more], recipe, np.random.default_rng(0))
    stored = np.concatenate([c.pictures(range(FRAMES)) for c in (mine, more)])
    stored = np.concatenate([stored, stored[:, :, ::-1]])
    for references in batch.references:
        assert all((stored == shown[0]).all(axis=(1, 2, 3)).any() for shown in references)
    mirrored = batch.lips[:, 0, :1, 0] != mine.landmarks[0, 61, 0]
    assert mirrored.any()
    assert not mirrored.all()
    assert batch.lips.shape[2:] == batch.reference_lips.shape[2:]
    # All toy mouths lie alike, mirrored or not: references need no moving.
    assert np.abs(batch.lips - batch.reference_lips[:, :1]).max() < 1e-3


def test_the_weights_of_the_lowest_error_are_what_comes_out(tmp_path):
    run = Run(torch.nn.Linear(2, 2), settings(tmp_path), 1e-3, resume=False)
    for error in (3.0, 1.0, 2.0):
        with torch.no_grad():
            run.average.weight.fill_(error)
        run.save(error=error)
    again = Run(torch.nn.Linear(2, 2), settings(tmp_path), 1e-3, resume=True)
    again.save(error=1.5)  # no better than what an earlier call kept
    assert (again.best().weight == 1.0).all()
