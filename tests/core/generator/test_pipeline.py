import numpy as np
import pytest
import torch

from core.base.errors import Cancelled, SettingsError
from core.generator.autoencoder import FaceAutoencoder
from core.generator.pipeline import LipSyncPipeline, SamplerSettings, WindowInputs
from core.generator.transformer import LipSyncTransformer
from core.generator.windows import WindowGrid

SIDE, SPEECH = 32, 6
GRID = WindowGrid(6, 2)
FAST = SamplerSettings(steps=3)


@pytest.fixture(scope="module")
def pipeline():
    torch.manual_seed(0)
    autoencoder = FaceAutoencoder(latent_channels=4, channels=(8, 16, 16))
    transformer = LipSyncTransformer(
        latent_channels=4, dim=32, depth=1, heads=2, speech_dim=SPEECH, max_side=8
    )
    for parameter in transformer.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return LipSyncPipeline(autoencoder, transformer)


def film(frames):
    """Inputs that depend on absolute frame numbers, as a real film's do."""
    numbers = np.array(list(frames))
    rng = [np.random.default_rng(int(n)) for n in numbers]
    crops = np.stack([r.integers(0, 256, (SIDE, SIDE, 3), np.uint8) for r in rng])
    speech = np.stack([r.normal(size=(3, SPEECH)).astype(np.float32) for r in rng])
    mouth = np.tile(np.array([16, 20, 8], np.float32), (len(numbers), 1))
    return WindowInputs(crops, crops[:, ::-1].copy(), speech, numbers / 25.0, mouth)


def made(pipeline, frames, settings=FAST, inputs=film):
    return dict(pipeline(frames, inputs, GRID, settings))


def test_every_frame_is_made_once_and_in_order(pipeline):
    result = list(pipeline(range(3, 20), film, GRID, FAST))
    assert [n for n, _ in result] == list(range(3, 20))
    assert all(p.shape == (SIDE, SIDE, 3) and p.dtype == np.uint8 for _, p in result)


def test_a_frame_is_the_same_however_the_film_is_cut(pipeline):
    whole = made(pipeline, range(20))
    for part in (range(7), range(7, 13), range(13, 20)):
        for n, picture in made(pipeline, part).items():
            assert (abs(picture.astype(int) - whole[n]) <= 1).all(), n


def test_seed_speech_and_starting_point_have_an_effect(pipeline):
    usual = made(pipeline, range(4))[1]
    assert (made(pipeline, range(4))[1] == usual).all()
    assert (made(pipeline, range(4), SamplerSettings(steps=3, seed=1))[1] != usual).any()

    def other_words(frames):
        given = film(frames)
        return WindowInputs(given.crops, given.pose, -given.speech, given.times, given.mouth)

    def from_own_mouth(frames):
        given = film(frames)
        return WindowInputs(
            given.crops, given.pose, given.speech, given.times, given.mouth, 255 - given.crops
        )

    assert (made(pipeline, range(4), inputs=other_words)[1] != usual).any()
    assert (
        made(pipeline, range(4), SamplerSettings(steps=3, tau=0.5), from_own_mouth)[1]
        != made(pipeline, range(4), SamplerSettings(steps=3, tau=0.5))[1]
    ).any()


def test_full_injection_keeps_the_source_around_the_mouth(pipeline):
    given = film(range(6))
    settings = SamplerSettings(steps=4, injection_ratio=1.0)
    latents = pipeline.sample(given, range(6), settings, lambda: None)
    source = pipeline._latents(given.crops)[0]
    _, mouth = pipeline._maps(given, source[None], settings)
    outside = mouth[0, 0] == 0
    assert outside.any()
    assert not outside.all()
    assert torch.allclose(latents[:, outside], source[:, outside], atol=1e-4)
    assert not torch.allclose(latents[:, ~outside], source[:, ~outside], atol=1e-2)


def test_cancelling_reaches_into_a_window(pipeline):
    steps = []

    def stop():
        steps.append(1)
        if len(steps) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(pipeline(range(20), film, GRID, FAST, stop))
    assert len(steps) == 2


@pytest.mark.parametrize("wrong", [{"tau": 0.0}, {"injection_ratio": 1.5}, {"steps": 0}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(SettingsError):
        SamplerSettings(**wrong)
