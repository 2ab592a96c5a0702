"""TBDub as a painter in toy size, and each thing around its transformer that is easily got wrong."""

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan
from transformers import Wav2Vec2FeatureExtractor

from core.base.precision import PRECISE
from core.foreign_generators.tbdub import KEPT, PREROLL, TBDub
from core.foreign_generators.tbdub_hearing import (
    LAYERS,
    HeardByHubert,
    HubertListener,
    heard_by_latent_frames,
    hubert_like,
)
from core.foreign_generators.tbdub_video import LatentFilms, video_autoencoder_like
from core.foreign_generators.weights import load_network, shapes_of
from core.model_store import store
from core.model_store.catalogue import MODELS
from core.model_store.installing import install
from core.model_store.reading import video
from tests.core.foreign_generators.toys import save_installed, voice, wan_video_shapes, write_tbdub

pytestmark = pytest.mark.slow

SIDE = 64


@pytest.fixture(scope="module")
def painter(tmp_path_factory):
    """Installed by the door users have."""
    folder = tmp_path_factory.mktemp("tbdub")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNISYNC_HOME", str(folder / "home"))
        store.accept(MODELS["tbdub"].licence)
        install(MODELS["tbdub"], source=write_tbdub(folder / "given"), own_weights=True, side=SIDE)
        made = TBDub.load(store.model_folder("tbdub"), SIDE)
    assert (
        made.network.patch_embedding.weight.dtype == torch.bfloat16
    )  # as in its file: twice as wide it fits few computers
    made.move(PRECISE)
    return made


@pytest.fixture(scope="module")
def films():
    torch.manual_seed(0)
    return LatentFilms(video_autoencoder_like(_ours()))


def _ours():
    """The toy autoencoder's shapes under diffusers' names."""
    made = video({name: torch.empty(shape, device="meta") for name, shape in wan_video_shapes().items()})
    return {name: tuple(tensor.shape) for name, tensor in made.items()}


def test_the_published_video_autoencoder_is_the_one_that_is_built():
    with torch.device("meta"):
        network = video_autoencoder_like({})
    full = wan_video_shapes(base=160, decoder_base=256, channels=48)
    made = video({name: torch.empty(shape, device="meta") for name, shape in full.items()})
    assert {name: tuple(tensor.shape) for name, tensor in made.items()} == shapes_of(network)
    assert len(network.config.latents_mean) == len(network.config.latents_std) == 48


def test_its_sizes_are_read_off_its_tensors():
    network = video_autoencoder_like(_ours())
    assert isinstance(network, AutoencoderKLWan)
    assert shapes_of(network) == _ours()


def test_prefixed_names_are_taken_too():
    plain = {name: torch.empty(shape, device="meta") for name, shape in wan_video_shapes().items()}
    assert set(video({f"model.{name}": tensor for name, tensor in plain.items()})) == set(video(plain))


def test_latents_are_levelled_channel_by_channel(films):
    film = torch.rand(1, 3, 5, SIDE, SIDE, generator=torch.Generator().manual_seed(1)) * 2 - 1
    latents = films.encode(film)
    assert latents.shape == (1, 6, 2, SIDE // 16, SIDE // 16)
    raw = films.network.encode(film).latent_dist.mode()
    mean, spread = (
        torch.tensor(list(v)).view(1, -1, 1, 1, 1)
        for v in (films.network.config.latents_mean, films.network.config.latents_std)
    )
    assert (latents * spread + mean - raw).abs().max() < 1e-5
    assert abs(mean).max() > 0.1
    assert films.decode(latents).shape == film.shape


def test_layers_nine_to_twelve_are_heard_before_any_final_norm(painter):
    model = painter._listener.model
    sound = voice(1.5)
    silence = np.zeros(round(77 / 25 * 16000), np.float32)
    silence[:160] = np.linspace(sound[-1], 0, 161)[1:]
    given = Wav2Vec2FeatureExtractor(do_normalize=True)(
        np.concatenate([sound, silence]), sampling_rate=16000, return_tensors="pt"
    )
    with torch.inference_mode():
        states = model(given.input_values, output_hidden_states=True).hidden_states
    wanted = torch.cat([states[layer][0] for layer in (9, 10, 11, 12)], dim=-1).numpy()
    heard = painter.hear(sound).features
    assert heard.shape == wanted.shape
    assert np.abs(heard - wanted).max() < 1e-4
    assert LAYERS == (9, 10, 11, 12)


def test_long_voices_are_heard_in_pieces_without_a_seam(painter):
    long = painter.hear(voice(40)).features
    steps = np.abs(np.diff(long, axis=0)).mean(axis=1)
    assert steps[1195:1205].max() < 3 * np.median(steps) + steps.max() * 0.5
    assert len(long) == ((len(voice(40)) + round(77 / 25 * 16000)) - 400) // 320 + 1


def test_each_latent_frame_hears_its_own_four_frames_and_the_first_the_four_up_to_it():
    features = np.arange(400, dtype=np.float32)[:, None]
    speech = HeardByHubert(features).at(2.0 + np.arange(72) / 25)  # a window that begins at 2 s
    heard = heard_by_latent_frames(speech)[0, :, :, 0]
    assert heard.shape == (20, 8)
    start = 50 - PREROLL  # the clip's first frame, at 25 a second
    assert heard[0].tolist() == list(range(2 * (start - 3), 2 * (start + 1)))
    for latent in range(1, 20):
        first = start + (latent - 1) * 4 + 1
        assert heard[latent].tolist() == list(range(2 * first, 2 * (first + 4)))


def test_before_and_after_the_voice_its_ends_are_heard():
    heard = HeardByHubert(np.arange(10, dtype=np.float32)[:, None])
    assert set(heard.at(np.array([0.0]))[0, :, 0].tolist()) == {0.0, 1.0}
    assert set(heard.at(np.array([9.0]))[0, :, 0].tolist()) == {9.0}


class _Recorded(torch.nn.Module):
    """Stands where the transformer stood and keeps what it is given; its velocity leads to grey in one step of 1."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def forward(self, noisy, shown, heard, text, level, kept=0):
        self.calls.append((noisy.clone(), shown.clone(), heard, text, float(level), kept))
        return noisy - 0.25


@pytest.fixture
def clip(painter):
    side = np.random.default_rng(0).integers(0, 256, (painter.grid.length, SIDE, SIDE, 3)).astype(np.uint8)
    speech = painter.hear(voice(4.0)).at(np.arange(painter.grid.length) / 25)
    return side, speech


def test_two_steps_from_pure_noise_and_the_first_latents_stay_the_films(painter, clip, monkeypatch):
    recorded = _Recorded()
    monkeypatch.setattr(painter, "network", recorded)
    decoded = []
    monkeypatch.setattr(
        painter.films, "decode", lambda latents: decoded.append(latents) or torch.zeros(1, 3, 77, SIDE, SIDE)
    )
    settings = painter.settings(is_draft=False, articulation=1.0, seed=5)
    made = painter.latents(*clip[:1], clip[0], clip[1], settings)
    assert made.shape == (3, 72, SIDE, SIDE)
    assert [call[4] for call in recorded.calls] == [1.0, 0.5]
    assert all(call[5] == KEPT for call in recorded.calls)
    (noisy, shown, heard, text, *_), (halfway, *_) = recorded.calls
    noise = torch.randn(shown.shape, generator=torch.Generator().manual_seed(5))
    assert torch.equal(noisy[:, :, KEPT:], noise[:, :, KEPT:])
    still = torch.from_numpy(clip[0][:1]).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    begun = painter.films.encode(still.expand(-1, -1, PREROLL, -1, -1))
    assert (noisy[:, :, :KEPT] - begun).abs().max() < 1e-5
    assert (halfway[:, :, :KEPT] - begun).abs().max() < 1e-5
    wanted = noise - 0.5 * (noise - 0.25)
    assert (halfway[:, :, KEPT:] - wanted[:, :, KEPT:]).abs().max() < 1e-5
    assert heard.shape == (1, 20, 8, 256)
    assert text.shape == (1, 5, 12)
    # At the end the outermost ring is the film's own, but not in the frames the clip begins with.
    end = decoded[0]
    inside = (wanted - 0.5 * (wanted - 0.25))[:, :, KEPT:, 1:-1, 1:-1]
    assert (end[:, :, KEPT:, 1:-1, 1:-1] - inside).abs().max() < 1e-5
    for ring in (np.s_[..., 0, :], np.s_[..., -1, :], np.s_[..., :, 0], np.s_[..., :, -1]):
        assert (end[:, :, KEPT:][ring] - shown[:, :, KEPT:][ring]).abs().max() < 1e-5
    assert (end[:, :, :KEPT] - begun).abs().max() < 1e-5


def test_the_film_itself_is_shown_with_its_first_frame_five_times_before_it(painter, clip, monkeypatch):
    recorded = _Recorded()
    monkeypatch.setattr(painter, "network", recorded)
    seen = []
    encode = painter.films.encode
    monkeypatch.setattr(painter.films, "encode", lambda film: seen.append(film) or encode(film))
    painter.latents(clip[0], clip[0], clip[1], painter.settings(is_draft=True, articulation=1.0, seed=0))
    film = seen[0][0]
    assert film.shape == (3, 77, SIDE, SIDE)
    own = torch.from_numpy(clip[0]).permute(3, 0, 1, 2).float() / 127.5 - 1
    assert (film[:, PREROLL:] - own).abs().max() < 1e-6
    assert (film[:, :PREROLL] - own[:, :1]).abs().max() < 1e-6


def test_other_words_paint_another_face_and_the_same_the_same(painter, clip):
    settings = painter.settings(is_draft=False, articulation=1.0, seed=1)
    first, again = (painter.latents(clip[0], clip[0], clip[1], settings) for _ in range(2))
    assert torch.equal(first, again)
    other = painter.latents(clip[0], clip[0], clip[1].flip(0), settings)
    assert (other - first).abs().max() > 1e-4
    pictures = painter.pictures(first.transpose(0, 1))
    assert pictures.shape == (72, SIDE, SIDE, 3)
    assert pictures.dtype == np.uint8


def test_hubert_is_loaded_strictly_under_its_old_names(painter, tmp_path):
    state = painter._listener.model.state_dict()
    save_installed(state, tmp_path / "hubert.safetensors")
    shapes = shapes_of(painter._listener.model)
    again = HubertListener(load_network(tmp_path / "hubert.safetensors", lambda: hubert_like(shapes)))
    sound = voice(1.0)
    assert np.array_equal(again.hear(sound).features, painter.hear(sound).features)


def test_at_full_size_hubert_is_the_large_one():
    with torch.device("meta"):
        model = hubert_like({})
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(315.4e6, rel=0.005)
