"""Published generators behind the one protocol of lip engines, on a drawn person, with installed networks of toy size."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.base.device import CPU
from core.base.errors import DeviceError, ModelError
from core.base.precision import PRECISE, Place
from core.face_geometry.pose import head_pose
from core.foreign_generators.engine import ForeignEngine
from core.foreign_generators.installed import load_foreign
from core.foreign_generators.references import ShutMouths
from core.foreign_generators.tbdub import TBDub
from core.lip_engine import LipSettings
from core.model_store import store

pytestmark = pytest.mark.slow

ENGINES = ("musetalk-1.5", "latentsync-1.6", "tbdub")


def unsure(_picture, _landmarks):
    """A face that is not to be made out, as random weights paint it."""
    return


@pytest.fixture(scope="module")
def engines(toy_home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNISYNC_HOME", str(toy_home))
        made = {name: load_foreign(name, CPU, unsure) for name in ENGINES}
    made["latentsync-1.6"]._painter.settings = lambda **asked: replace(
        type(made["latentsync-1.6"]._painter).settings(made["latentsync-1.6"]._painter, **asked), steps=1
    )
    long = made["tbdub"]._painter  # as long as it is trained for, a clip would be longer than the drawn film
    short = TBDub(long.network, long.films, long._listener, long._context, long.size, clip=21, overlap=4)
    short.move(PRECISE)
    made["tbdub"]._painter = short
    return made


def request_of(drawn_person, frames, **settings):
    return drawn_person.request(frames=frames, **settings)


def all_of(chunks):
    return {
        chunk.first_frame + i: (chunk.crops[i], chunk.affines[i], chunk.weights[i], chunk.landmarks[i])
        for chunk in list(chunks)
        for i in range(len(chunk.crops))
    }


@pytest.mark.parametrize("name", ENGINES)
def test_every_frame_comes_once_and_the_same_from_wherever(engines, drawn_person, name):
    engine, asked = engines[name], request_of(drawn_person, range(4, 40))
    whole = all_of(engine.render(asked, 4))
    assert sorted(whole) == list(range(4, 40))
    for start in (5, 39):
        part = all_of(engine.render(asked, start))
        assert sorted(part) == list(range(start, 40))
        for frame, (crop, affine, weight, _) in part.items():
            assert np.abs(crop.astype(int) - whole[frame][0]).max() <= 1, (start, frame)
            assert (affine == whole[frame][1]).all()
            assert weight == whole[frame][2]
    chunks = [(chunk.first_frame, len(chunk.crops)) for chunk in engine.render(asked, 4)]
    step = 2 * engine._painter.grid.step
    assert [first % step for first, _ in chunks[1:]] == [0] * (len(chunks) - 1)
    assert sum(count for _, count in chunks) == 36


@pytest.mark.parametrize("name", ENGINES)
def test_a_part_asked_for_alone_is_the_same_but_where_its_ends_are(engines, drawn_person, name):
    """A cut in the timeline: windows and crops see the frames that are left out, too."""
    engine = engines[name]
    whole = all_of(engine.render(request_of(drawn_person, range(48)), 0))
    # Windows wholly inside the part: neither network looks further than its window.
    part = all_of(engine.render(request_of(drawn_person, range(12, 48)), 12))
    inner = range(24, 36)
    assert all(np.abs(part[n][0].astype(int) - whole[n][0]).max() <= 1 for n in inner)


@pytest.mark.parametrize("name", ENGINES)
def test_something_is_painted_and_the_crops_border_stays_the_films(engines, drawn_person, name):
    for frame, (crop, affine, _, _) in all_of(
        engines[name].render(request_of(drawn_person, range(6)), 0)
    ).items():
        x, y = (int(v) for v in affine[:, 2])
        size = len(crop)
        film = np.pad(drawn_person.film.pictures[frame], ((size, size), (size, size), (0, 0)), "edge")
        film = film[y + size : y + 2 * size, x + size : x + 2 * size]
        mouth = drawn_person.track.landmarks[frame, [61, 291, 13, 14], :2].mean(axis=0) - (x, y)
        row, column = int(mouth[1]), int(mouth[0])
        assert np.abs(crop[row, column].astype(int) - film[row, column]).max() > 10
        for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
            assert (crop[edge] == film[edge]).all()


def step_sizes(made):
    """Mean change of the crops from frame to frame, by the later frame."""
    frames = sorted(made)
    return {n: float(np.abs(made[n][0].astype(int) - made[n - 1][0]).mean()) for n in frames[1:]}


@pytest.mark.parametrize("name", ENGINES)
def test_windows_leave_no_seam(engines, drawn_person, name):
    """On a still picture of one face whatever changes is the engine's."""
    still = np.repeat(drawn_person.track.landmarks[:1], 60, axis=0)
    track = replace(drawn_person.track, landmarks=still)
    film = type(drawn_person.film)([drawn_person.film.pictures[0]] * 60)
    asked = replace(request_of(drawn_person, range(36)), track=track, source=film)
    steps = step_sizes(all_of(engines[name].render(asked, 0)))
    step = engines[name]._painter.grid.step
    at_seams = [steps[n] for n in range(step, 36, step)]
    elsewhere = [value for n, value in steps.items() if n % step]
    assert max(at_seams) <= 1.5 * max(elsewhere) + 0.05


@pytest.mark.parametrize("name", ENGINES)
def test_the_speech_reaches_the_picture(engines, drawn_person, name):
    asked = request_of(drawn_person, range(4))
    one, other = (
        all_of(engines[name].render(replace(asked, voice=voice), 0))
        for voice in (asked.voice, asked.voice[::-1].copy())
    )
    assert all((one[n][0] != other[n][0]).any() for n in one)


def test_frames_of_any_rate_are_painted(engines, drawn_person):
    ntsc = replace(request_of(drawn_person, range(8)), times=np.arange(8) * 1001 / 30000)
    assert sorted(all_of(engines["musetalk-1.5"].render(ntsc, 0))) == list(range(8))


@pytest.mark.parametrize("name", ENGINES)
def test_frames_that_cannot_be_made_stay_the_films_and_cost_nothing(engines, drawn_person, name):
    asked = request_of(drawn_person, range(48))
    painter, windows = engines[name]._painter, []
    real = painter.latents
    painter.latents = lambda *given: windows.append(1) or real(*given)
    try:
        quality = asked.track.quality.copy()
        quality[12:] = 0
        made = all_of(engines[name].render(replace(asked, track=replace(asked.track, quality=quality)), 0))
        assert made[0][2] > 0.9
        assert all(made[n][2] == 0 for n in range(12, 48))
        assert len(windows) <= 2
        windows.clear()
        for change in (
            {"track": replace(asked.track, landmarks=asked.track.landmarks * np.float32(0.25))},
            {"track": replace(asked.track, pose=asked.track.pose + np.float32([80, 0, 0]))},
        ):
            made = all_of(engines[name].render(replace(asked, **change), 0))
            assert not any(weight for _, _, weight, _ in made.values())
        assert not windows
    finally:
        del painter.latents


def seen_references(engine, asked):
    """What the painter was shown, window by window."""
    painter, seen = engine._painter, []
    real = painter.latents
    painter.latents = lambda crops, references, *rest: (
        seen.append((crops, references)) or real(crops, references, *rest)
    )
    try:
        list(engine.render(asked, asked.frames.start))
    finally:
        del painter.latents
    return seen


@pytest.mark.parametrize("name", ENGINES[:2])  # TBDub is shown the film on purpose
def test_the_old_mouth_leaks_through_no_channel_when_a_shut_one_is_shown(engines, drawn_person, name):
    """Other pixels in the old mouth, the same result: measured over all that is painted."""
    engine = engines[name]
    own = ForeignEngine(name, engine._painter, {}, unsure, shows_shut_mouth=False)
    asked = request_of(drawn_person, range(3))
    altered = [picture.copy() for picture in drawn_person.film.pictures]
    opened = [n for n in range(60) if n not in ShutMouths.of(asked).frames]
    assert 0 in opened
    for n in opened:
        x0, y0 = drawn_person.track.landmarks[n, [61, 13], :2].min(axis=0).astype(int) + 2
        x1, y1 = drawn_person.track.landmarks[n, [291, 14], :2].max(axis=0).astype(int) - 2
        altered[n][y0:y1, x0:x1] = (0, 255, 0)
    other = replace(asked, source=type(drawn_person.film)(altered))
    assert any((a != b).any() for a, b in zip(drawn_person.film.pictures, altered, strict=True))
    apart = {}
    for how, which in (("shut", engine), ("same", own)):
        painted = [
            which._painter.latents(crops, references, torch.zeros(len(crops), 50, 32), which._settings(asked))
            for crops, references in (seen_references(which, each)[0] for each in (asked, other))
        ]
        apart[how] = float((painted[0] - painted[1]).abs().mean())
    assert apart["shut"] == 0
    assert apart["same"] > 1e-4


def test_a_shut_mouth_of_like_pose_is_shown_or_else_the_frame_itself(engines, drawn_person):
    asked = request_of(drawn_person, range(6))
    shut = ShutMouths.of(asked)
    gap = np.linalg.norm(
        drawn_person.track.landmarks[:, 13, :2] - drawn_person.track.landmarks[:, 14, :2], axis=1
    )
    assert gap[list(shut.frames)].max() < gap.mean() / 2
    engine = engines["musetalk-1.5"]
    crops, references = seen_references(engine, asked)[0]
    assert len(references) == 1  # for the whole window
    assert (references[0] != crops[0]).any()
    turned = asked.track.pose.copy()
    turned[:6] += np.float32([25, 0, 0])  # away from every shut mouth's pose
    away = replace(asked, track=replace(asked.track, pose=turned))
    crops, references = seen_references(engine, away)[0]
    assert (references == crops).all()
    wide = replace(asked, track=replace(asked.track, landmarks=opened(asked.track.landmarks)))
    assert ShutMouths.of(wide).frames == ()
    crops, references = seen_references(engine, wide)[0]
    assert (references == crops).all()


def opened(landmarks):
    wide = landmarks.copy()
    wide[:, 14, 1] += 30
    return wide


def test_where_the_new_lips_lie_is_measured_on_the_finished_picture(engines, drawn_person):
    seen = []

    def lower(picture, landmarks):
        seen.append(picture)
        return landmarks[:, :2] + np.float32([0, 5])

    painter = engines["musetalk-1.5"]._painter
    engine = ForeignEngine("musetalk-1.5", painter, {}, lower)
    made = all_of(engine.render(request_of(drawn_person, range(3)), 0))
    for frame, (crop, affine, _, landmarks) in made.items():
        assert landmarks[0, 1] == pytest.approx(drawn_person.track.landmarks[frame, 0, 1] + 5)
        x, y = (int(v) for v in affine[:, 2])
        shown = seen[frame][max(y, 0) : y + len(crop), max(x, 0) : x + len(crop)]
        assert (
            shown != drawn_person.film.pictures[frame][max(y, 0) : y + len(crop), max(x, 0) : x + len(crop)]
        ).any()
        assert seen[frame].shape == drawn_person.film.pictures[frame].shape
    plain = all_of(engines["musetalk-1.5"].render(request_of(drawn_person, range(3)), 0))
    assert (plain[0][3] == drawn_person.track.landmarks[0, :, :2]).all()


def test_skin_keeps_detail_finer_than_the_network_can_paint(engines, drawn_person):
    """Of a film twice as large as the square: the finest octave on the cheeks is the film's, in the mouth it is not."""
    from core.foreign_generators.paste_back import pasted

    grain = np.random.default_rng(0).integers(-20, 20, (128, 128, 1))
    film = np.clip(np.full((128, 128, 3), 150) + grain, 0, 255).astype(np.uint8)
    small = np.full((32, 32, 3), 150, np.uint8)
    made = np.full((32, 32, 3), 90, np.uint8)
    to_crop = np.array([[4.0, 0, 1.5], [0, 4.0, 1.5]])
    mouth = np.array([[54, 60], [74, 60], [74, 70], [54, 70]], np.float32)
    result = pasted(film, made, small, np.ones((32, 32), np.float32), to_crop, [mouth]).astype(int)
    cheek, inside = np.s_[90:110, 90:110], np.s_[62:68, 58:70]
    assert np.corrcoef(result[cheek][..., 0].ravel(), film[cheek][..., 0].ravel())[0, 1] > 0.95
    assert result[cheek].mean() == pytest.approx(90, abs=4)
    assert result[inside].std() < 3
    assert result[inside].mean() == pytest.approx(90, abs=2)


def test_draft_settings_and_models_enter_the_provenance(engines, drawn_person):
    asked = request_of(drawn_person, range(3))
    made = engines["latentsync-1.6"].provenance(asked)
    assert made.engine == "latentsync-1.6"
    assert set(made.models) == {f"latentsync-1.6/{n}.safetensors" for n in ("unet", "vae", "whisper")}
    loud = engines["latentsync-1.6"].provenance(replace(asked, settings=LipSettings(articulation=1.5)))
    assert loud.facts["guidance"] != made.facts["guidance"]
    same = ForeignEngine("x", engines["latentsync-1.6"]._painter, {}, unsure, shows_shut_mouth=False)
    assert same.provenance(asked).version != made.version


class Wanting:
    """Before the network paints more than `most` pictures at once, or in numbers of more than `bytes_each`, torch is asked for more
    memory than any computer has; what it then says is its own."""

    def __init__(self, painter, most, bytes_each=8):
        self.most, self.bytes_each = most, bytes_each
        self.hook = painter.unet.register_forward_pre_hook(self)

    def __call__(self, module, given):
        if len(given[0]) > self.most or module.dtype.itemsize > self.bytes_each:
            torch.empty(1 << 50, dtype=torch.uint8)


@pytest.fixture
def precise(installed, monkeypatch):
    """MuseTalk on a processor that gains nothing from short numbers."""
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    return load_foreign("musetalk-1.5", CPU, unsure)


def test_short_of_memory_fewer_pictures_are_painted_at_once_and_it_says_so(precise, drawn_person):
    asked, painter = request_of(drawn_person, range(8)), precise._painter
    usual = all_of(precise.render(asked, 0))
    Wanting(painter, 3)
    chunks = list(precise.render(asked, 0))
    made = all_of(chunks)
    assert sorted(made) == list(range(8))
    assert painter.batch == 3
    words = "There was not enough memory for {} pictures at once on the processor in float32; musetalk-1.5 goes on with {}"
    assert [note for chunk in chunks for note in chunk.notes] == [
        words.format(12, "6 pictures at once on the processor in float32."),
        words.format(6, "3 pictures at once on the processor in float32."),
    ]
    for frame, (crop, *_) in made.items():
        assert np.abs(crop.astype(int) - usual[frame][0]).max() <= 1


def test_one_picture_too_many_means_half_precision_then_the_end(precise, drawn_person):
    asked, painter = request_of(drawn_person, range(3)), precise._painter
    wanting = Wanting(painter, 12, bytes_each=2)
    notes = [note for chunk in precise.render(asked, 0) for note in chunk.notes]
    assert painter.place == Place(torch.device("cpu"), torch.bfloat16)
    assert notes[-1].endswith(
        "for 1 pictures at once on the processor in float32; musetalk-1.5 goes on with "
        "1 pictures at once on the processor in bfloat16."
    )
    wanting.most = 0
    with pytest.raises(
        DeviceError, match=r"tried 12 pictures .*1 pictures at once on the processor in bfloat16"
    ):
        list(precise.render(asked, 0))


def test_other_errors_are_not_taken_for_a_want_of_memory(engines, drawn_person):
    def broken(*_):
        raise RuntimeError("shape mismatch")

    hook = engines["musetalk-1.5"]._painter.unet.register_forward_pre_hook(broken)
    try:
        with pytest.raises(RuntimeError, match="shape mismatch"):
            list(engines["musetalk-1.5"].render(request_of(drawn_person, range(3)), 0))
    finally:
        hook.remove()


def test_a_model_that_is_not_there_or_not_whole_is_refused(installed, monkeypatch, tmp_path):
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path))
    with pytest.raises(ModelError, match=r"MuseTalk 1.5 is not installed") as caught:
        load_foreign("musetalk-1.5", CPU, unsure)
    assert "models install musetalk-1.5" in caught.value.hint
    folder = store.model_folder("musetalk-1.5")
    folder.mkdir(parents=True)
    for path in (installed / "models" / "musetalk-1.5").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "vae.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match=r"vae.safetensors has 0 bytes instead of"):
        load_foreign("musetalk-1.5", CPU, unsure)


def test_the_box_of_a_drawn_head_is_where_it_was_trained(drawn_person):
    """The bridge of the nose in the middle row, the chin ten of 256 pixels above the lower edge; brows on the template."""
    from core.face_geometry.landmark_sets import LEFT_EYEBROW, RIGHT_EYEBROW
    from core.foreign_generators.cropping import latentsync_affines, musetalk_affines

    landmarks = np.repeat(drawn_person.track.landmarks[:1], 5, axis=0)
    affine = musetalk_affines(landmarks, 256)[2]
    placed = landmarks[0, :, :2] @ affine[:, :2].T + affine[:, 2]
    chin, bridge = placed[152, 1], placed[5, 1]
    assert chin == pytest.approx(256 * (1 - 10 / 266) - 0.5, abs=1.5)
    assert bridge == pytest.approx(256 / 2 * (256 / 266) - 0.5, abs=1.5)
    assert placed[[234, 454], 0] == pytest.approx([0, 255], abs=3)

    affine = latentsync_affines(landmarks, 256)[2]
    placed = landmarks[0, :, :2] @ affine[:, :2].T + affine[:, 2]
    squeeze = np.array([256 / 210, 256 / 280])
    for points, wanted in (
        (RIGHT_EYEBROW, (17, 20)),
        (LEFT_EYEBROW, (58, 20)),
        ((5, 4, 129, 358), (37.5, 40)),
    ):
        there = (np.array(wanted) * 2.8 + 0.5) * squeeze - 0.5
        assert placed[list(points)].mean(axis=0) == pytest.approx(there, abs=12)
    assert abs(float(head_pose(landmarks[:1])[0, 2])) < 5


def test_more_steps_cost_more_and_random_weights_are_said(toy_home, monkeypatch, tmp_path):
    from core.foreign_generators import measuring, unet

    monkeypatch.setenv("UNISYNC_HOME", str(toy_home))
    cost = measuring.measure("latentsync-1.6", "cpu")
    assert cost.has_weights
    assert cost.final.processor > cost.draft.processor > 0
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path))
    small = unet.UNetShape((32, 32, 32, 32))  # the whole networks would take minutes
    shapes = {f"encoder.down_blocks.{n}.resnets.0.conv1.weight": (32,) for n in range(4)}
    real = measuring.autoencoder_like
    monkeypatch.setattr(measuring, "musetalk_unet", lambda: unet.musetalk_unet(small))
    monkeypatch.setattr(measuring, "autoencoder_like", lambda _: real(shapes))
    cost = measuring.measure("musetalk-1.5", "cpu")
    assert not cost.has_weights
    assert cost.final == cost.draft
    assert cost.final.seconds > 0
