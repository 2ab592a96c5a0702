"""The generator behind the one protocol of lip engines, on a drawn person, with real networks of toy size."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.base.errors import DeviceError
from core.base.precision import Place
from core.generator.base_frames import reference_frames
from core.generator.engine import GeneratorEngine, default_sampler
from core.generator.pipeline import LipSyncPipeline, SamplerSettings
from core.generator.recipes import GeneratorRecipe
from core.generator.references import ANCHORS
from core.generator.style import opening
from core.lip_engine import LipSettings
from core.speech.whisper import whisper_ear
from tests.core.own_mouth.conftest import drawn_person  # noqa: F401  a fixture

RECIPE = GeneratorRecipe(
    "toy",
    size=64,
    codec={"factor": 4},
    transformer={
        "dim": 32, "depth": 1, "heads": 2, "fusion": "channels", "prediction": "edit", "geometry": True, "patch": 2,
    },
    frames=6,
)  # fmt: skip
FAST = SamplerSettings(steps=2, guidance_peak=1.0)


@pytest.fixture(scope="module")
def pipeline():
    torch.manual_seed(0)
    codec = RECIPE.make_codec()
    network = RECIPE.make_transformer(codec, whisper_ear().width)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    return LipSyncPipeline(codec, network)


@pytest.fixture
def diffusion(pipeline):
    return GeneratorEngine(RECIPE, pipeline, {"toy": "abc"}, sampler=FAST, name="diffusion")


@pytest.fixture
def hybrid(pipeline, drawn_person):  # noqa: F811
    below = drawn_person.engine(drawn_person.coefs[::-1].copy())
    return GeneratorEngine(RECIPE, pipeline, {"toy": "abc"}, sampler=FAST, name="hybrid", guide=below)


def all_of(chunks):
    chunks = list(chunks)
    return {
        chunk.first_frame + i: (chunk.crops[i], chunk.affines[i], chunk.weights[i])
        for chunk in chunks
        for i in range(len(chunk.crops))
    }


@pytest.mark.parametrize("name", ["diffusion", "hybrid"])
def test_every_frame_comes_once_and_the_same_from_wherever(request, drawn_person, name):  # noqa: F811
    engine = request.getfixturevalue(name)
    asked = drawn_person.request(frames=range(4, 40))
    whole = all_of(engine.render(asked, 4))
    assert sorted(whole) == list(range(4, 40))
    for start in (5, 23, 39):
        part = all_of(engine.render(asked, start))
        assert sorted(part) == list(range(start, 40))
        for frame, (crop, affine, weight) in part.items():
            assert np.abs(crop.astype(int) - whole[frame][0]).max() <= 1, (start, frame)
            assert (affine == whole[frame][1]).all()
            assert weight == whole[frame][2]


def test_something_is_made_and_the_crops_border_stays_the_films(diffusion, drawn_person):  # noqa: F811
    asked = drawn_person.request(frames=range(8))
    for frame, (crop, affine, _) in all_of(diffusion.render(asked, 0)).items():
        x, y = (int(v) for v in affine[:, 2])
        size = len(crop)
        film = np.pad(drawn_person.film.pictures[frame], ((size, size), (size, size), (0, 0)), "edge")
        film = film[y + size : y + 2 * size, x + size : x + 2 * size]
        assert (crop != film).any()
        for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
            assert (crop[edge] == film[edge]).all()


def test_an_untrained_edit_leaves_the_starting_engines_crops(drawn_person):  # noqa: F811
    recipe = replace(RECIPE, one_step=True)
    codec = recipe.make_codec()
    still = LipSyncPipeline(codec, recipe.make_transformer(codec, whisper_ear().width))
    below = drawn_person.engine(drawn_person.coefs[::-1].copy())
    engine = GeneratorEngine(recipe, still, {}, name="hybrid", guide=below)
    asked = drawn_person.request(frames=range(10))
    made, wanted = all_of(engine.render(asked, 0)), all_of(below.render(asked, 0))
    for frame, (crop, affine, weight) in made.items():
        assert (affine == wanted[frame][1]).all()
        assert weight == wanted[frame][2]
        assert np.abs(crop.astype(int) - wanted[frame][0]).max() <= 1


def test_the_hybrid_is_told_the_wanted_lips(hybrid, pipeline, drawn_person):  # noqa: F811
    asked = drawn_person.request(frames=range(6))
    given = seen_by(pipeline, hybrid, asked)
    assert all(inputs.geometry is not None for inputs in given)
    assert given[0].geometry.any()


@pytest.mark.parametrize("width", [512, 128])
def test_a_network_taught_by_another_ear_is_told_no_speech(drawn_person, width):  # noqa: F811
    heard = noisy_pipeline(RECIPE, width)
    engine = GeneratorEngine(RECIPE, heard, {}, sampler=FAST, name="diffusion")
    asked = drawn_person.request(frames=range(6))
    speech = [inputs.speech for inputs in seen_by(heard, engine, asked)]

    if width == 512:  # Whisper's
        assert all(window.shape[2] == width for window in speech)
    else:
        assert all(window is None for window in speech)
    assert sorted(all_of(engine.render(asked, 0))) == list(range(6))


def noisy_pipeline(recipe, width=512):
    """In bfloat16, with random weights that are not zero anywhere."""
    torch.manual_seed(0)
    codec = recipe.make_codec()
    network = recipe.make_transformer(codec, width)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    return LipSyncPipeline(codec, network, place=Place(torch.device("cpu"), torch.bfloat16))


@pytest.fixture(scope="module")
def full():
    """A recipe with everything, and its pipeline in bfloat16."""
    transformer = {
        **RECIPE.transformer,
        "pyramid": (16, 16),
        "patch": 4,
        "references": 3,
        "style_tokens": 3,
    }
    recipe = replace(RECIPE, codec={"factor": 2}, transformer={**transformer, "patch": 4})
    return recipe, noisy_pipeline(recipe)


def test_a_guide_tells_diffusion_the_lips_and_lends_no_pixels(full, drawn_person):  # noqa: F811
    recipe, pipeline = full
    guide = drawn_person.engine(drawn_person.coefs[::-1].copy())
    engine = GeneratorEngine(recipe, pipeline, {}, sampler=FAST, name="diffusion", guide=guide)
    asked = drawn_person.request(frames=range(8))
    given = seen_by(pipeline, engine, asked)
    assert given[0].geometry.any()
    source = seen_by(pipeline, GeneratorEngine(recipe, pipeline, {}, sampler=FAST, name="diffusion"), asked)
    assert (given[0].crops == source[0].crops).all()  # the film itself, not what the guide made
    wanted = all_of(guide.render(asked, 0))
    landmarks = {
        c.first_frame + i: c.landmarks[i] for c in engine.render(asked, 0) for i in range(len(c.crops))
    }
    assert sorted(landmarks) == sorted(wanted)
    assert any((landmarks[f] != drawn_person.request().track.landmarks[f, :, :2]).any() for f in landmarks)


def test_references_are_of_the_whole_track_whatever_is_asked_for(full, drawn_person):  # noqa: F811
    recipe, pipeline = full
    engine = GeneratorEngine(recipe, pipeline, {}, sampler=FAST, name="diffusion")
    first, later = (
        seen_by(pipeline, engine, drawn_person.request(frames=frames))[0]
        for frames in (range(6), range(20, 26))
    )
    assert first.references.shape == (
        3,
        len(first.crops),
        40,
        40,
        3,
    )  # in each frame's own light, here always the same
    assert np.abs(first.references[:, :1].astype(int) - later.references[:, :1]).max() <= 2
    assert (first.reference_lips == later.reference_lips).all()
    assert first.lips is None  # nobody has said where the lips shall go
    opened = opening(drawn_person.request().track.landmarks)
    widest, _, shut = reference_frames(drawn_person.request(), 3)
    assert opened[widest] > opened[shut]


@pytest.fixture(scope="module")
def fetching(full):
    """A recipe that edits the film's own pixels, untrained but for a share of the references and some light."""
    recipe = replace(full[0], one_step=True, transformer={**full[0].transformer, "fetch": True})
    return recipe, noisy_pipeline(recipe)


def test_edits_are_the_same_wherever_rendering_begins(fetching, drawn_person):  # noqa: F811
    below = drawn_person.engine(drawn_person.coefs[::-1].copy())
    engine = GeneratorEngine(*fetching, {}, name="hybrid", guide=below)
    asked = drawn_person.request(frames=range(4, 24))
    whole, wanted = all_of(engine.render(asked, 4)), all_of(below.render(asked, 4))
    assert sorted(whole) == list(range(4, 24))
    assert any((whole[frame][0] != wanted[frame][0]).any() for frame in whole)
    for frame, (crop, _, _) in all_of(engine.render(asked, 13)).items():
        assert np.abs(crop.astype(int) - whole[frame][0]).max() <= 1


def test_edits_of_an_engine_know_where_the_lips_are_wanted(fetching, drawn_person):  # noqa: F811
    recipe, pipeline = fetching
    given, real = [], pipeline.edit
    pipeline.edit = lambda inputs, *rest: given.append(inputs) or real(inputs, *rest)
    try:
        guide = drawn_person.engine(drawn_person.coefs[::-1].copy())
        list(
            GeneratorEngine(recipe, pipeline, {}, name="diffusion", guide=guide).render(
                drawn_person.request(frames=range(6)), 0
            )
        )
    finally:
        del pipeline.edit
    lips = given[0].lips
    assert lips.shape == (6, len(ANCHORS), 2)
    drawn = given[0].geometry[0].any(axis=-1)
    x, y = lips[0, :20].mean(axis=0).round().astype(int)
    assert drawn[y, x]


@pytest.mark.parametrize(("strength", "style"), [(0.6, 0), (1.0, 3), (1.4, 2)])
def test_articulation_asks_for_a_style(full, drawn_person, strength, style):  # noqa: F811
    recipe, pipeline = full
    engine = GeneratorEngine(recipe, pipeline, {}, sampler=FAST, name="diffusion")
    asked = replace(drawn_person.request(frames=range(6)), settings=LipSettings(articulation=strength))
    assert f"style={style}" in engine.provenance(asked).facts["sampler"]
    assert engine.provenance(asked).facts["precision"] == "bfloat16"


def seen_by(pipeline, engine, asked):
    """The windows' inputs while `engine` renders."""
    given, real = [], pipeline.sample

    def watched(inputs, *rest):
        given.append(inputs)
        return real(inputs, *rest)

    pipeline.sample = watched
    try:
        list(engine.render(asked, asked.frames.start))
    finally:
        del pipeline.sample
    return given


def test_settings_and_models_enter_the_provenance(diffusion, hybrid, drawn_person):  # noqa: F811
    asked = drawn_person.request()
    assert diffusion.provenance(asked).engine == "diffusion"
    both = hybrid.provenance(asked)
    assert both.engine == "hybrid"
    assert "own-mouth" in both.version
    assert {"toy", "motion"} <= set(both.models)
    louder = replace(asked, settings=LipSettings(articulation=1.4))
    other_seed = replace(asked, settings=LipSettings(seed=7))
    facts = [diffusion.provenance(r).facts for r in (asked, louder, other_seed)]
    assert facts[0] != facts[1]
    assert facts[0] != facts[2]


def test_a_small_or_lost_face_is_left_alone(diffusion, drawn_person):  # noqa: F811
    asked = drawn_person.request(frames=range(30))
    quality = asked.track.quality.copy()
    quality[15] = 0
    weights = [
        w
        for _, _, w in all_of(
            diffusion.render(replace(asked, track=replace(asked.track, quality=quality)), 0)
        ).values()
    ]
    assert weights[15] == 0
    assert weights[0] == 1
    assert 0 < weights[12] < 1 or 0 < weights[11] < 1  # it fades rather than jumps
    small = replace(asked.track, landmarks=asked.track.landmarks * np.float32(0.25))
    assert not any(w for _, _, w in all_of(diffusion.render(replace(asked, track=small), 0)).values())


def wanting(pipeline, least):
    """Before windows of `least` frames and more are painted, torch is asked for more memory than any computer has."""

    def hook(_module, given, named):
        if (given[0] if given else named["noisy"]).shape[2] >= least:
            torch.empty(1 << 50, dtype=torch.uint8)

    return pipeline.transformer.register_forward_pre_hook(hook, with_kwargs=True)


def test_short_of_memory_smaller_windows_are_tried_then_half_precision_then_it_stops(
    drawn_person,  # noqa: F811
    monkeypatch,
):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    torch.manual_seed(0)
    codec = RECIPE.make_codec()
    made = LipSyncPipeline(codec, RECIPE.make_transformer(codec, whisper_ear().width))
    engine, asked = (
        GeneratorEngine(RECIPE, made, {}, sampler=FAST, name="diffusion"),
        drawn_person.request(frames=range(8)),
    )
    hook = wanting(made, 4)
    chunks = list(engine.render(asked, 0))
    assert sorted(all_of(chunks)) == list(range(8))
    assert [note for chunk in chunks for note in chunk.notes] == [
        "There was not enough memory for windows of 6 frames on the processor in float32; diffusion goes on with "
        "windows of 3 frames on the processor in float32."
    ]
    hook.remove()
    wanting(made, 1)
    with pytest.raises(
        DeviceError,
        match=r"tried windows of 6 .* in float32, windows of 3 .* in float32, windows of 3 .* in bfloat16",
    ):
        list(engine.render(asked, 0))


def test_other_errors_are_not_taken_for_a_want_of_memory(diffusion, pipeline, drawn_person):  # noqa: F811
    def broken(*_):
        raise RuntimeError("shape mismatch")

    pipeline.sample = broken
    try:
        with pytest.raises(RuntimeError, match="shape mismatch"):
            list(diffusion.render(drawn_person.request(frames=range(4)), 0))
    finally:
        del pipeline.sample


def test_one_step_networks_are_sampled_without_noise():
    sampler = default_sampler(replace(RECIPE, one_step=True), "hybrid")
    assert (sampler.steps, sampler.noise, sampler.tau) == (1, 0.0, 1.0)


def test_an_inpainting_diffusion_starts_from_noise_alone():
    sampler = default_sampler(replace(RECIPE, condition="masked"), "diffusion")
    assert (sampler.tau, sampler.injection_ratio, sampler.guidance_base) == (1.0, 0.0, 1.0)


def test_an_inpainting_rival_gets_its_frame_as_reference(pipeline, drawn_person):  # noqa: F811
    engine = GeneratorEngine(
        replace(RECIPE, condition="masked"), pipeline, {}, sampler=FAST, name="diffusion"
    )
    given = seen_by(pipeline, engine, drawn_person.request(frames=range(4)))
    low = round((0.56 - 0.375) * RECIPE.size)
    assert (given[0].crops[:, low:] == 128).all()
    assert (given[0].references[0, :, low:] != 128).any()
    assert (given[0].references[0, :, :low] == given[0].crops[:, :low]).all()
