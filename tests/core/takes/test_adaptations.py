"""An adaptation as the engine makes, keeps and uses it: real networks of toy size, a drawn person on film."""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
import torch

from core.base.blobs import BlobStore
from core.base.device import CPU
from core.base.errors import Cancelled, MediaError, ModelError, SettingsError
from core.base.models import file_sha256, user_data_dir
from core.base.timing import TimeRange
from core.engine.runner import Engine
from core.generator.adaptation import Adaptation, add_lora, save_adaptation
from core.generator.export import export_generator, install_generator
from core.jobs.cancel import CancelToken
from core.jobs.events import JobId, Progress
from core.jobs.results import PersonLearnt
from core.planning.pieces import SegmentSpec
from core.planning.requests import AdaptRequest
from core.speech.whisper import whisper_ear
from core.takes.adaptations import adapted_engine, known_adaptation
from core.takes.chunk_cache import ChunkCache
from core.takes.film import open_film
from core.takes.lips import generator_folder, load_engine
from core.takes.takes import TakeMaker
from tests.app.commands.test_adapt_command import film  # noqa: F401  a fixture
from tests.core.generator.test_generator_engine import RECIPE

TOY = replace(RECIPE, one_step=True, own_share=0.0)


@pytest.fixture
def generator(tmp_path, monkeypatch):
    faces = user_data_dir() / "models"
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "models").mkdir(parents=True)
    for path in faces.glob("face_*.tflite"):
        (tmp_path / "home" / "models" / path.name).symlink_to(path)
    torch.manual_seed(0)
    codec = TOY.make_codec()
    network = TOY.make_transformer(codec, whisper_ear().width)
    install_generator(export_generator(TOY, codec, network, tmp_path / "out")[0], generator_folder())
    return generator_folder() / "toy.json"


def adaptation_of(generator):
    """A blob whose LoRA changes what the toy does."""
    network = TOY.make_transformer(TOY.make_codec(), whisper_ear().width)
    add_lora(network, 2)
    # Not all alike: the layers' inputs have mean zero, which equal weights would answer with rounding errors alone.
    weights = {name: torch.randn_like(p) for name, p in network.named_parameters() if "lora_" in name}
    facts = Adaptation("Anna", file_sha256(generator), 2, 5, 0.1, 4.0, 3.0)
    return BlobStore().put(lambda path: save_adaptation(path, facts, weights))


def maker_of(film, digest, engine="diffusion"):  # noqa: F811
    spec = SegmentSpec(
        film,
        film,
        TimeRange(Fraction(0), Fraction(1, 5)),
        Fraction(0),
        "P1",
        engine=engine,
        adaptation=digest,
    )
    return TakeMaker(open_film(film, CancelToken()), spec, ChunkCache(film.parent / "chunks"), device="cpu")


def test_a_person_is_learnt_by_the_engine(generator, film):  # noqa: F811
    engine = Engine()
    request = AdaptRequest(((film, "P1"),), "Anna", minutes=60, device="cpu", most_steps=3)
    events = list(engine.run(request, JobId("a"), CancelToken()))
    stages = [event.stage for event in events if isinstance(event, Progress)]
    assert {"footage", "learning"} <= set(stages)
    # An hour was asked for: it is the steps that end it.
    assert [e.done for e in events if isinstance(e, Progress) and e.stage == "learning"] == [333, 666, 1000]
    learnt = events[-1]
    assert isinstance(learnt, PersonLearnt)
    assert bool(learnt.blob) == (learnt.after < learnt.before)
    state = known_adaptation(learnt.blob)
    assert state.state == ("ready" if learnt.blob else "none")


def test_a_film_without_sound_among_others_is_passed_over(generator, film):  # noqa: F811
    silent = film.with_name("silent.mp4")
    with av.open(str(film)) as source, av.open(str(silent), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    both = AdaptRequest(((silent, "P1"), (film, "P1")), "Anna", minutes=60, device="cpu", most_steps=1)
    assert isinstance(list(Engine().run(both, JobId("a"), CancelToken()))[-1], PersonLearnt)
    with pytest.raises(MediaError, match="sound"):
        list(Engine().run(replace(both, footage=both.footage[:1]), JobId("b"), CancelToken()))


def test_learning_can_be_cancelled_between_steps(generator, film):  # noqa: F811
    token = CancelToken()
    events = Engine().run(AdaptRequest(((film, "P1"),), "Anna", 5.0, "cpu"), JobId("a"), token)
    for event in events:
        if isinstance(event, Progress) and event.stage == "learning":
            token.cancel()
            break
    with pytest.raises(Cancelled):
        next(events)


def test_without_a_generator_or_footage_it_says_so(film, generator, no_shipped_generator):  # noqa: F811
    nobody = AdaptRequest(((film, "P9"),), "Ben", 0.01, "cpu")
    with pytest.raises(SettingsError, match="shows P9 nowhere"):
        list(Engine().run(nobody, JobId("a"), CancelToken()))
    generator.unlink()
    with pytest.raises(SettingsError, match="No generator is installed"):
        list(Engine().run(replace(nobody, footage=((film, "P1"),)), JobId("a"), CancelToken()))


def test_takes_depend_on_the_adaptation_where_a_generator_makes_them(generator, film):  # noqa: F811
    digest = adaptation_of(generator)
    plain, adapted = maker_of(film, ""), maker_of(film, digest)
    assert plain.pieces[0].key != adapted.pieces[0].key
    assert adapted.pieces[0].provenance.models["adaptation"] == digest
    (first,) = plain.pieces
    before = next(plain._engine.render(first.request, 0)).crops.astype(int)
    after = next(adapted._engine.render(first.request, 0)).crops.astype(int)
    assert np.abs(before - after).max() > 20  # grey levels: far beyond any processor's rounding
    own = [maker_of(film, d, "own-mouth").pieces[0].key for d in ("", digest)]
    assert own[0] == own[1]


def test_an_adaptation_that_is_gone_or_foreign_is_a_state_and_its_takes_keep_their_names(generator, film):  # noqa: F811
    digest = adaptation_of(generator)
    assert known_adaptation("").state == "none"
    assert known_adaptation(digest).state == "ready"
    assert known_adaptation(digest).after == 3.0
    with_it = maker_of(film, digest)
    BlobStore().find(digest).rename(generator.parent / "aside")
    assert known_adaptation(digest).state == "missing"
    without = maker_of(film, digest)
    assert without.pieces[0].key == with_it.pieces[0].key
    with pytest.raises(ModelError, match="is not on this computer"):
        without._engine.render(without.pieces[0].request, 0)
    (generator.parent / "aside").rename(generator.parent.parent.parent / "blobs" / digest)
    generator.write_text(generator.read_text() + "\n")
    assert known_adaptation(digest).state == "foreign"
    other = adapted_engine("diffusion", load_engine("own-mouth", CPU), CPU, digest)
    with pytest.raises(ModelError, match="belongs to another generator"):
        other.render(with_it.pieces[0].request, 0)


def test_a_damaged_blob_counts_as_missing(generator):
    digest = adaptation_of(generator)
    BlobStore().find(digest).write_bytes(b"damaged")
    assert known_adaptation(digest).state == "missing"
    assert BlobStore().find("") is None
