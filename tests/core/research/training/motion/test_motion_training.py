"""The whole training path at toy size: made-up tracked clips, real phone-timed speech, a few steps."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("pocketsphinx")

import torch

from app.main import main
from core.base.errors import SettingsError
from core.motion.shape import POSE_POINTS, SHAPE_POINTS, shape_model
from core.motion.viseme import Viseme, dominance_curves, timed_visemes, visemes_of_ipa
from core.research.training.motion.augment import augment
from core.research.training.motion.network import REACH_STEPS, MotionNetwork, MotionNetworkConfig
from core.research.training.motion.objective import ObjectiveWeights, motion_loss
from core.research.training.motion.phone_corpus import languages, spoken_text, utterances
from core.research.training.motion.real_speech import grid_words, read_clip, training_files
from core.research.training.motion.train import MotionTraining, draw_chances, train
from core.research.training.motion.training_set import Labelled, WindowSampler, label_synthetic, silences
from core.research.training.motion.validation import area_under_curve, correlation
from core.speech.encoder import step_times
from tests import needs

pytestmark = pytest.mark.slow

SHAPES = shape_model()


def write_clip(path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    coefs = np.cumsum(rng.normal(0, 0.3, (60, SHAPES.size)), axis=0)
    mesh = np.zeros((60, 468, 3), np.float32)
    mesh[:, SHAPE_POINTS] = SHAPES.decode(coefs - coefs.mean(0))
    mesh[:, POSE_POINTS] = SHAPES.head
    np.savez(
        path,
        landmarks=mesh * 100,
        times=np.arange(60) / 25,
        quality=np.ones(60, np.float32),
        pose=np.zeros((60, 3), np.float32),
        audio=(3000 * rng.normal(0, 1, 38400)).astype(np.int16),
    )


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real")
    for seed, name in enumerate(("single__a", "single__b", "single__podium_man", "single__generated_x")):
        write_clip(folder / f"{name}__0.npz", seed)
    return folder


@needs.espeak
@pytest.mark.filterwarnings("ignore")  # torch's exporter warns about its own age
@pytest.mark.parametrize("ear", ["own", "whisper"])
def test_trains_resumes_and_exports_from_the_command_line(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture, ear: str
):
    config = tmp_path / "run.json"
    config.write_text(
        json.dumps(
            {
                "real": str(clips),
                "out": str(tmp_path / "run"),
                "network": {"width": 16},
                "ear": ear,
                "recordings": 2,
                "synthetic_utterances": 4,
                "further_utterances": {"ar": 1},
                "real_windows": 3,
                "synthetic_windows": 3,
                "most_steps": 6,
            }
        )
    )
    assert main(["lab", "train", "motion", "--config", str(config), "--minutes", "5"]) == 0
    weights = tmp_path / "run" / "motion.safetensors"
    first = weights.read_bytes()
    rows = (tmp_path / "run" / "curve.csv").read_text().splitlines()
    assert rows[0].startswith("step,minutes")
    assert "single_opening" in rows[0]
    assert rows[1].startswith("6,")
    config.write_text(config.read_text().replace('"most_steps": 6', '"most_steps": 9'))
    assert main(["lab", "train", "motion", "--config", str(config), "--minutes", "5", "--resume"]) == 0
    assert (tmp_path / "run" / "curve.csv").read_text().splitlines()[2].startswith("9,")
    assert weights.read_bytes() != first
    assert not list(tmp_path.rglob("*.part"))
    capsys.readouterr()


def test_held_out_people_are_not_trained_on(clips: Path):
    read = {path.stem: read_clip(path, SHAPES) for path in training_files(clips)}
    assert read["single__podium_man__0"].held_out
    assert not read["single__a__0"].held_out


def test_nobody_teaches_more_than_a_minute_of_film_would():
    talker = [
        (f"single__news_reader_{number}__0", 50 * 30) for number in range(4)
    ]  # two minutes of one woman
    clips = [*talker, ("single__map_man__0", 50 * 20), ("people__av2av_1__0", 50 * 20)]
    twice = [clip for clip in clips for _ in range(2)]  # each also in another recording

    by_length = np.array(draw_chances(twice, None))
    chances = np.array(draw_chances(twice, 60.0))

    assert by_length[:8].sum() / by_length[8:10].sum() == pytest.approx(6.0)
    assert chances[:8].sum() / chances[8:10].sum() == pytest.approx(3.0)
    assert chances[8:] == pytest.approx(by_length[8:])


def test_configuration_errors_name_the_file(tmp_path: Path):
    broken = tmp_path / "c.json"
    broken.write_text('{"nonsense": 1}')
    with pytest.raises(SettingsError, match=r"c\.json"):
        MotionTraining.read(broken)
    with pytest.raises(SettingsError, match="no tracked clips"):
        train(MotionTraining(str(tmp_path), str(tmp_path / "out")))
    assert main(["lab", "train", "motion"]) == 2


@needs.espeak
def test_learns_phones_of_synthetic_speech():
    """A tiny network must fit a handful of utterances: loss, labels and gradients belong together."""
    torch.manual_seed(0)
    source = utterances(0)
    labelled = [label_synthetic(next(source), None, SHAPES.size) for _ in range(4)]
    sampler = WindowSampler(labelled, [1.0] * 4, seed=0)
    network = MotionNetwork(MotionNetworkConfig(width=32, shape_size=SHAPES.size, dropout=0.0))
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    importance, axis = torch.ones(SHAPES.size), torch.eye(SHAPES.size)[0]
    found = []
    for _ in range(40):
        batch = {name: torch.from_numpy(values) for name, values in sampler.batch(6).items()}
        terms = motion_loss(network(batch["sound"]), batch, importance, axis, ObjectiveWeights())
        loss = torch.stack(list(terms.values())).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append((terms["viseme"].item(), terms["curves"].item()))
    assert found[-1][0] < 0.75 * found[0][0]
    assert found[-1][1] < 0.5 * found[0][1]


def test_perfect_prediction_costs_nothing_and_a_flat_one_does():
    rng = np.random.default_rng(0)
    steps, size = 120, SHAPES.size
    coefs = torch.from_numpy(np.cumsum(rng.normal(0, 0.2, (2, steps, size)), axis=1).astype(np.float32))
    batch = {
        "coefs": coefs,
        "seen": torch.ones(2, steps),
        "piece": torch.zeros(2, steps, dtype=torch.int64),
        "visemes": torch.zeros(2, steps, dtype=torch.int64),
        "curves": torch.zeros(2, steps, 3),
        "curves_known": torch.zeros(2, steps),
        "speech": torch.ones(2, steps),
        "contact": -torch.ones(2, steps),
    }
    network = MotionNetwork(MotionNetworkConfig(width=16, shape_size=size)).eval()
    output = network(torch.zeros(2, 2 * steps, 80))
    from dataclasses import replace

    axis = torch.from_numpy(SHAPES.opening_axis)
    shape_terms = ("absolute", "relative", "velocity", "correlation", "amplitude")
    perfect = motion_loss(replace(output, coefs=coefs), batch, torch.ones(size), axis, ObjectiveWeights())
    assert all(perfect[name].item() == pytest.approx(0, abs=1e-4) for name in shape_terms)
    halved = motion_loss(
        replace(output, coefs=0.5 * coefs), batch, torch.ones(size), axis, ObjectiveWeights()
    )
    assert halved["correlation"].item() == pytest.approx(0, abs=1e-4)
    assert halved["amplitude"].item() > 0.05


def test_reach_is_what_it_is_said_to_be():
    network = MotionNetwork(MotionNetworkConfig(width=16, shape_size=4)).eval()
    mel = torch.randn(1, 2 * 200, 80, generator=torch.Generator().manual_seed(0))
    changed = mel.clone()
    changed[:, 200:202] += 1
    with torch.inference_mode():
        differs = (network(mel).coefs - network(changed).coefs).abs().amax((0, 2)) > 0
    touched = np.flatnonzero(differs.numpy())
    assert touched[0] >= 100 - REACH_STEPS
    assert touched[-1] <= 100 + REACH_STEPS
    assert 100 in touched


def test_augmentation_keeps_size_range_and_most_of_the_sound():
    generator = torch.Generator().manual_seed(0)
    mel = torch.from_numpy(np.random.default_rng(0).uniform(-2, 2, (16, 240, 80)).astype(np.float32))
    changed = augment(mel, generator)
    assert changed.shape == mel.shape
    assert torch.isfinite(changed).all()
    assert changed.min() >= -4
    assert changed.max() <= 4
    assert (changed != mel).any()


def test_windows_are_full_and_pieces_told_apart():
    items: list[Labelled] = silences(5, SHAPES.size, 0)
    batch = WindowSampler(items, [1.0] * 5, seed=0).batch(3)
    assert batch["sound"].shape == (3, 240, 80)
    assert batch["coefs"].shape == (3, 120, SHAPES.size)
    assert (batch["piece"].max(1) >= 1).all()
    assert (batch["visemes"] == Viseme.REST).all()


@needs.espeak
def test_every_language_speaks_with_known_classes():
    assert len(languages()) >= 20
    found = {
        viseme
        for _ in range(1)
        for utterance in _some(24)
        for viseme in (item.viseme for item in utterance.visemes)
    }
    assert {Viseme.BILABIAL, Viseme.LABIODENTAL, Viseme.OPEN, Viseme.CLOSE_ROUND, Viseme.REST} <= found


def _some(count: int) -> list:
    source = utterances(3)
    return [next(source) for _ in range(count)]


@needs.espeak
def test_phone_times_agree_with_the_sound():
    voice, timed = spoken_text("pa pa pa", "en-us", words_per_minute=120)
    assert timed[-1].end == pytest.approx(len(voice) / 16000, abs=0.02)
    level = np.array(
        [
            np.abs(voice[int(t.start * 16000) : int(t.end * 16000)]).mean()
            for t in timed
            if t.viseme is not Viseme.REST
        ]
    )
    kinds = [t.viseme for t in timed if t.viseme is not Viseme.REST]
    vowels = level[[kind is Viseme.OPEN for kind in kinds]]
    closures = level[[kind is Viseme.BILABIAL for kind in kinds]]
    assert vowels.min() > closures.max()


def test_dominance_closes_lips_between_open_vowels():
    timed = timed_visemes(
        [((Viseme.OPEN,), 0.0, 0.2), ((Viseme.BILABIAL,), 0.2, 0.28), ((Viseme.OPEN,), 0.28, 0.5)]
    )
    opening = dominance_curves(timed, step_times(25))[:, 0]
    assert opening[5] > 0.6
    assert opening[12] < 0.25
    velar = timed_visemes(
        [((Viseme.OPEN,), 0.0, 0.2), ((Viseme.BACK,), 0.2, 0.28), ((Viseme.OPEN,), 0.28, 0.5)]
    )
    assert dominance_curves(velar, step_times(25))[12, 0] > 0.5


def test_ipa_and_grid_names():
    assert visemes_of_ipa("aɪ") == (Viseme.OPEN, Viseme.CLOSE_FRONT)
    assert visemes_of_ipa("tʃ") == (Viseme.POSTALVEOLAR,)
    assert visemes_of_ipa("") == (Viseme.REST,)
    assert visemes_of_ipa("pʲ") == (Viseme.BILABIAL,)
    assert grid_words("grid__s1_bbaf2n__0") == "bin blue at f two now"
    assert grid_words("single__podium_man__0") is None


def test_figures():
    assert correlation(np.arange(20.0), 2 * np.arange(20.0)) == pytest.approx(1)
    assert np.isnan(correlation(np.zeros(20), np.arange(20.0)))
    assert area_under_curve(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])) == 1
    assert area_under_curve(np.array([0.1, 0.9, 0.8, 0.2]), np.array([False, True, False, True])) == 0.75
