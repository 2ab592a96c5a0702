from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from core.base.keyframes import Curve, Keyframe
from core.face_geometry.landmark_sets import INNER_LIP
from core.lip_engine import DOUBTFUL, MILDER, MouthPin
from core.media.audio import read_analysis
from core.motion.shape import SHAPE_POINTS, measures
from core.own_mouth import engine as engine_module
from core.own_mouth.engine import CHUNK_FRAMES, OwnMouthEngine, _as_open_as_shown, _fetch_ahead
from core.own_mouth.mouths import MouthCutter
from core.own_mouth.regions import lip_gap
from core.own_mouth.target import ModelMotion
from core.own_mouth.warp import Window, cut
from tests.core.own_mouth.conftest import DrawnFilm
from tests.talking import SAMPLES


def crops_of(chunks):
    return np.concatenate([chunk.crops for chunk in chunks])


@pytest.fixture(scope="module")
def other_words(drawn_person):
    return drawn_person.coefs[::-1].copy() * 0.9


@pytest.fixture(scope="module")
def rendered(drawn_person, other_words):
    request = drawn_person.request()
    return request, list(drawn_person.engine(other_words).render(request, 0))


def test_chunks_cover_the_request_in_order(rendered):
    request, chunks = rendered
    assert [chunk.first_frame for chunk in chunks] == list(range(0, 60, CHUNK_FRAMES))
    assert sum(len(chunk.crops) for chunk in chunks) == len(request.frames)


def test_resuming_gives_the_same_pixels(drawn_person, other_words, rendered):
    request, chunks = rendered
    resumed = list(drawn_person.engine(other_words).render(request, 37))
    assert resumed[0].first_frame == 37
    np.testing.assert_array_equal(crops_of(resumed), crops_of(chunks)[37:])


def test_crops_lie_on_whole_pixels_and_their_border_is_the_film(drawn_person, rendered):
    _, chunks = rendered
    for chunk in chunks:
        for n, (crop, affine) in enumerate(zip(chunk.crops, chunk.affines, strict=True)):
            np.testing.assert_array_equal(affine[:, :2], np.eye(2))
            x, y = affine[:, 2].astype(int)
            picture = drawn_person.film.pictures[chunk.first_frame + n]
            size = len(crop)
            assert y >= 0
            assert x >= 0
            np.testing.assert_array_equal(crop[0], picture[y, x : x + size])
            np.testing.assert_array_equal(crop[:, 0], picture[y : y + size, x])


def test_landmarks_are_those_of_the_wanted_mouth(drawn_person, other_words, rendered):
    _, chunks = rendered
    landmarks = np.concatenate([chunk.landmarks for chunk in chunks])
    inner = [SHAPE_POINTS.index(point) for point in (13, 14)]
    wanted = drawn_person.model.decode(other_words)[:, inner, 1]
    found = landmarks[:, [13, 14], 1]
    np.testing.assert_allclose(np.diff(found, axis=1), np.diff(wanted, axis=1) * 80, atol=0.5)


def test_the_mouth_opens_where_it_is_wanted_open(drawn_person, rendered):
    """The dark inside is as large as the wanted inner lips, not as the old ones."""
    _, chunks = rendered
    for chunk in chunks:
        for crop, affine, points in zip(chunk.crops, chunk.affines, chunk.landmarks, strict=True):
            polygon = points[list(INNER_LIP)] - affine[:, 2]
            x, y = polygon[:, 0], polygon[:, 1]
            wanted = 0.5 * abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))))
            dark = int((crop[..., 0] < 100).sum())
            assert dark == pytest.approx(wanted, abs=65 + 0.25 * wanted)


def test_a_mouth_that_the_footage_never_opens_speaks_nevertheless(drawn_person, other_words):
    """Its inside is painted, and the frames are counted as made, not found."""
    still = replace(
        drawn_person,
        film=DrawnFilm([drawn_person.film.pictures[10]] * 60),
        track=replace(
            drawn_person.track, landmarks=np.repeat(drawn_person.track.landmarks[10:11], 60, axis=0)
        ),
    )
    assert drawn_person.coefs[10, 0] < 0.01  # shut
    chunks = list(still.engine(other_words).render(still.request(), 0))
    landmarks = np.concatenate([chunk.landmarks for chunk in chunks])
    opened = landmarks[:, 14, 1] - landmarks[:, 13, 1]
    assert np.corrcoef(opened, other_words[:, 0])[0, 1] > 0.95
    widest = int(opened.argmax())
    dark = [(crop[..., 0] < 100).sum() for crop in crops_of(chunks)]
    assert dark[widest] > 3 * min(dark)
    assert np.concatenate([chunk.synthesised for chunk in chunks])[widest]


def test_a_head_that_stands_on_its_head_speaks_as_one_that_does_not(drawn_person, other_words, rendered):
    """Its lower face lies above: the crop must go there, and hold the same mouths turned around."""
    height, width = drawn_person.film.pictures[0].shape[:2]
    turned = drawn_person.track.landmarks.copy()
    turned[..., :2] = np.array([width - 1, height - 1], np.float32) - turned[..., :2]
    track = replace(drawn_person.track, landmarks=turned)
    film = DrawnFilm([np.ascontiguousarray(p[::-1, ::-1]) for p in drawn_person.film.pictures])
    person = replace(drawn_person, film=film, track=track)
    chunks = list(person.engine(other_words).render(person.request(), 0))
    for chunk, upright in zip(chunks, rendered[1], strict=True):
        for n, crop in enumerate(chunk.crops):
            made, true = (
                film.pictures[chunk.first_frame + n].copy(),
                drawn_person.film.pictures[chunk.first_frame + n].copy(),
            )
            for canvas, part, affine in (
                (made, crop, chunk.affines[n]),
                (true, upright.crops[n], upright.affines[n]),
            ):
                x, y = affine[:, 2].astype(int)
                x0, y0 = max(x, 0), max(y, 0)
                part = part[y0 - y : height - y, x0 - x : width - x]
                canvas[y0 : y0 + part.shape[0], x0 : x0 + part.shape[1]] = part
            unlike = np.abs(made[::-1, ::-1].astype(int) - true).mean(axis=2)
            # Edges are told to a part of a pixel, here from the other side; a crop that went the other way differs in 200.
            assert (unlike > 12).sum() <= 80


def test_speaking_the_same_words_gives_the_film_back(drawn_person):
    request = drawn_person.request()
    chunks = list(drawn_person.engine(drawn_person.coefs).render(request, 0))
    for chunk in chunks:
        for n, (crop, affine) in enumerate(zip(chunk.crops, chunk.affines, strict=True)):
            x, y = affine[:, 2].astype(int)
            film = drawn_person.film.pictures[chunk.first_frame + n][y : y + len(crop), x : x + len(crop)]
            assert np.abs(crop.astype(int) - film).mean() < 1.0


def test_badly_tracked_frames_are_not_believed(drawn_person, other_words):
    quality = np.ones(60, np.float32)
    quality[25:30] = 0
    track = replace(drawn_person.track, quality=quality)
    request = replace(drawn_person.request(), track=track, library=(track,))
    weights = np.concatenate([c.weights for c in drawn_person.engine(other_words).render(request, 0)])
    assert weights[25:30].max() == 0
    assert weights[:15].min() == 1
    assert np.abs(np.diff(weights)).max() < 0.6


def test_a_face_turned_beyond_the_limit_keeps_its_lips(drawn_person, other_words):
    request = drawn_person.request(max_yaw=0.0)
    weights = np.concatenate([c.weights for c in drawn_person.engine(other_words).render(request, 0)])
    assert weights.max() == 0


def test_the_limit_of_turning_may_differ_from_frame_to_frame(drawn_person, other_words):
    keys = (Keyframe(Fraction(0), 0.0), Keyframe(Fraction(1), 0.0), Keyframe(Fraction(26, 25), 50.0))
    request = replace(drawn_person.request(), curves=(Curve("max_yaw", keys),))
    weights = np.concatenate([c.weights for c in drawn_person.engine(other_words).render(request, 0)])
    assert weights[:20].max() == 0
    assert weights[40:].min() > 0.9


def test_without_any_usable_frame_the_film_stays(drawn_person, other_words):
    track = replace(drawn_person.track, quality=np.zeros(60, np.float32))
    request = replace(drawn_person.request(), track=track, library=(track,))
    (chunk, *_) = drawn_person.engine(other_words).render(request, 0)
    assert chunk.weights.max() == 0


def test_silence_closes_the_mouth_or_keeps_the_film(drawn_person, other_words):
    request = drawn_person.request(silence="close")
    quiet = replace(request, voice=np.zeros(16000 * 3, np.float32))
    recipe = drawn_person.engine(other_words).recipe(quiet)
    opening, spread = np.ptp(recipe.target.coefs, axis=0)
    assert opening < 1e-3
    assert spread < 0.3 * np.ptp(drawn_person.coefs[:, 1])  # only what is slow in the film's own is left
    kept = drawn_person.request(silence="original")
    kept = replace(kept, voice=np.zeros(16000 * 3, np.float32))
    assert drawn_person.engine(other_words).recipe(kept).weights.max() == 0


def test_unseen_openings_are_reported_as_made(drawn_person):
    coefs = np.tile(np.array([[0.5, 0.0]], np.float32), (60, 1))
    coefs[25:45, 0] = 4.0  # lips need some frames to get there and back
    recipe = drawn_person.engine(coefs).recipe(drawn_person.request())
    assert recipe.synthesised[31:39].all()
    assert not recipe.synthesised[:22].any()
    assert recipe.coverage == pytest.approx(1 - recipe.synthesised.mean())
    assert 0.6 < recipe.coverage < 0.85


def test_a_mouth_opens_no_wider_than_what_shows_between_the_borrowed_lips_bears(drawn_person, monkeypatch):
    """Teeth that are drawn out are ribs; the dark may be drawn out by more."""
    coefs = np.tile(np.array([[0.5, 0.0]], np.float32), (60, 1))
    coefs[25:45, 0] = 4.0
    dark = drawn_person.engine(coefs).recipe(drawn_person.request())
    toothed = replace(dark.library, dark=np.zeros(len(dark.library), np.float32))
    wanted = drawn_person.model.decode(coefs)
    shown, other = (
        _as_open_as_shown(wanted, library, dark.plan, drawn_person.model)
        for library in (dark.library, toothed)
    )
    widest = float(dark.library.gap.max() - dark.library.shut_gap)
    for (shape, _), most in ((shown, 1.75), (other, 1.15)):
        opening = lip_gap(shape) - dark.library.shut_gap
        assert opening[35] == pytest.approx(most * widest + 0.012, abs=0.02)
        np.testing.assert_allclose(shape[:20], wanted[:20], atol=5e-4)
        assert np.abs(np.diff(opening)).max() < np.abs(np.diff(lip_gap(wanted))).max()
    assert shown[1][35]
    assert not shown[1][:20].any()
    monkeypatch.setattr(engine_module, "_DARK_BEARS", -0.5)  # as if the footage had half as wide mouths
    (chunk,) = drawn_person.engine(coefs).render(drawn_person.request(frames=range(20, 36)), 20)
    assert {MILDER[step] for step in chunk.milder[-3:]} == {"less open"}
    assert MILDER[chunk.milder[0]] != "less open"


def test_what_looks_unnatural_is_drawn_back_step_by_step_to_the_films_own_lips(drawn_person, monkeypatch):
    """A judge that finds nothing natural but the film itself; lips that say nearly what is wanted stay the film's."""
    monkeypatch.setattr(engine_module, "_natural", only_the_film_looks_natural)
    near = drawn_person.coefs + np.float32([0.1, 0.05])
    chunks = list(drawn_person.engine(near).render(drawn_person.request(frames=range(8)), 0))
    assert {MILDER[step] for chunk in chunks for step in chunk.milder} == {"the film's own lips"}
    for chunk in chunks:
        for n, (crop, affine) in enumerate(zip(chunk.crops, chunk.affines, strict=True)):
            window = Window(int(affine[0, 2]), int(affine[1, 2]), len(crop))
            film = cut(drawn_person.film.pictures[chunk.first_frame + n], window)
            np.testing.assert_array_equal(crop, film)
    far = drawn_person.coefs.copy()
    far[:, 0] = 2 - far[:, 0]
    chunks = list(drawn_person.engine(far).render(drawn_person.request(frames=range(3)), 0))
    assert "the film's own lips" not in {MILDER[step] for chunk in chunks for step in chunk.milder}


def only_the_film_looks_natural(recipe, index, part, shift, made):
    return 1.0 if made.step == "the film's own lips" else 0.1


def test_frames_that_had_to_be_forced_are_doubted_and_others_are_not(drawn_person, rendered):
    coefs = np.tile(np.array([[0.5, 0.0]], np.float32), (60, 1))
    coefs[25:45, 0] = 4.0
    chunks = list(drawn_person.engine(coefs).render(drawn_person.request(), 0))
    doubts = np.concatenate([chunk.doubts for chunk in chunks])
    assert (doubts[31:39] >= DOUBTFUL).all()
    assert (doubts[:20] < DOUBTFUL).all()
    own = list(drawn_person.engine(drawn_person.coefs).render(drawn_person.request(), 0))
    assert np.concatenate([chunk.doubts for chunk in own]).max() < DOUBTFUL
    assert all(len(chunk.milder) == len(chunk.crops) for chunk in own)


def test_a_mouth_that_had_to_be_painted_is_doubted_and_one_that_opens_less_instead_is_not(drawn_person):
    """The same movements, wider than any seen: the dark is drawn out and painted, teeth are left as they are."""
    pictures = []
    for picture, points in zip(drawn_person.film.pictures, drawn_person.track.landmarks, strict=True):
        toothed = picture.copy()
        ring = np.round(points[list(INNER_LIP), :2] * 16).astype(np.int32)
        cv2.fillPoly(toothed, [ring], (225, 220, 205), cv2.LINE_AA, 4)
        pictures.append(toothed)
    with_teeth = replace(drawn_person, film=DrawnFilm(pictures))
    wide = np.tile(np.array([[2.6, 0.0]], np.float32), (60, 1))

    def most_doubt(person, coefs):
        chunks = person.engine(coefs).render(person.request(frames=range(12)), 0)
        return max(float(chunk.doubts.max()) for chunk in chunks)

    assert most_doubt(drawn_person, wide) >= DOUBTFUL
    assert most_doubt(with_teeth, wide) < DOUBTFUL
    assert most_doubt(with_teeth, drawn_person.coefs) < DOUBTFUL


def test_provenance_changes_with_the_motion(drawn_person, other_words):
    request = drawn_person.request()
    given = drawn_person.engine(other_words).provenance(request)
    heard = OwnMouthEngine(model=drawn_person.model).provenance(request)
    assert given.engine == heard.engine == "own-mouth"
    assert given.models != heard.models


@pytest.fixture(scope="module")
def model_recipe(talking_person):
    """Makes the recipe of the shipped model for two seconds of made-up speech under other settings."""
    engine = OwnMouthEngine()

    def make(**changes):
        settings = replace(talking_person.settings, **changes.pop("settings", {}))
        return engine.recipe(replace(talking_person, settings=settings, **changes))

    return make


@pytest.fixture(scope="module")
def talking_person(drawn_person):
    """The drawn person's pictures, tracked with the shipped shapes, under a voice that begins after a pause."""
    said = read_analysis(SAMPLES / "dub.wav")
    first = int(np.flatnonzero(np.abs(said) > 0.05)[0])
    voice = np.concatenate([np.zeros(12000, np.float32), said[first : first + 26400]])
    return replace(drawn_person.request(), voice=voice)


def test_a_pin_fixes_the_mouth_of_the_finished_recipe(model_recipe):
    wide = model_recipe(pins=(MouthPin(1.2, 1.0),)).target
    shut = model_recipe(pins=(MouthPin(1.2, 0.0),)).target
    free = model_recipe().target
    opening = [measures(each.shape)[:, 0] for each in (shut, free, wide)]
    assert opening[2][30] > opening[0][30] + 0.02
    assert shut.contact[30] == 1
    np.testing.assert_allclose(opening[0][45:], opening[2][45:], atol=2e-3)


@pytest.mark.parametrize(
    ("low", "high"), [({"articulation": 0.5}, {"articulation": 1.5}), ({"breath": 0.0}, {"breath": 1.0})]
)
def test_settings_reach_the_mouth(model_recipe, low, high):
    small, large = (measures(model_recipe(settings=s).target.shape)[:, 0] for s in (low, high))
    assert np.abs(large - small).max() > 0.003


def test_a_closing_sound_is_found_anywhere_in_a_frames_time(talking_person):
    motion = ModelMotion()
    seen = motion._heard(talking_person.voice, talking_person.times)
    at_frames = motion._model.predict(talking_person.voice, talking_person.times)
    np.testing.assert_allclose(seen.coefs, at_frames.coefs, atol=1e-5)
    np.testing.assert_allclose(seen.closure, at_frames.closure, atol=1e-5)
    for name in ("bilabial", "labiodental"):
        surest, here = getattr(seen, name), getattr(at_frames, name)
        assert (surest >= here - 1e-6).all()
        assert (surest > here + 1e-3).any()


def test_a_part_is_read_where_the_source_can_and_gives_the_same_pixels(drawn_person, other_words, rendered):
    class PartFilm(DrawnFilm):
        def rgb_rect(self, frame, box, *, fast=True):
            x0, y0 = max(box[0], 0), max(box[1], 0)
            return self.pictures[frame][y0 : max(box[3], 0), x0 : max(box[2], 0)], (x0, y0)

    film = PartFilm(drawn_person.film.pictures)
    chunks = list(drawn_person.engine(other_words).render(replace(rendered[0], source=film), 0))
    difference = np.abs(crops_of(chunks).astype(int) - crops_of(rendered[1]))
    assert difference.max() <= 2  # rounding of shifted coordinates
    assert difference.mean() < 0.01


def test_later_mouths_are_read_in_shared_passes_within_the_budget(drawn_person, other_words):
    request = drawn_person.request()
    recipe = drawn_person.engine(other_words).recipe(request)
    drawn_person.film.reads.clear()
    mouths = MouthCutter(request.footage, recipe.library, drawn_person.model)
    assert _fetch_ahead(recipe, mouths, request.frames, 25, 2, True) == 60
    assert drawn_person.film.reads == sorted(drawn_person.film.reads)
    one = int(mouths._bytes / len(mouths._mouths))
    small = MouthCutter(request.footage, recipe.library, drawn_person.model, budget_bytes=3 * one)
    assert _fetch_ahead(recipe, small, request.frames, 0, 4, True) == 25
    assert len(small._mouths) <= 3


def test_a_subtitle_over_the_chin_stands_still_and_shows_once(drawn_person, other_words):
    x, y = (int(v) for v in np.median(drawn_person.track.landmarks[:, 152, :2], axis=0))
    stroke = np.zeros(drawn_person.film.pictures[0].shape[:2], np.uint8)
    for k in range(-2, 3):
        stroke[y - 10 : y - 1, x + 8 * k : x + 8 * k + 2] = 1
    outline = cv2.dilate(stroke, np.ones((5, 5), np.uint8)) > 0
    written = [picture.copy() for picture in drawn_person.film.pictures]
    for picture in written:
        picture[outline] = 15
        picture[stroke > 0] = 245
    person = replace(drawn_person, film=DrawnFilm(written))
    chunks = list(person.engine(other_words).render(person.request(frames=range(10)), 0))
    for chunk in chunks:
        for index, (crop, affine) in enumerate(zip(chunk.crops, chunk.affines, strict=True)):
            left, top = int(affine[0, 2]), int(affine[1, 2])
            part = (slice(top, top + len(crop)), slice(left, left + len(crop)))
            shown = crop.astype(int)[: written[0].shape[0] - top, : written[0].shape[1] - left]
            inside = stroke[part] > 0
            assert np.abs(shown[inside] - 245).mean() < 4
            beside = ~(cv2.dilate(stroke, np.ones((9, 9), np.uint8)) > 0)[part]
            beside[: y - 20 - top] = False
            assert (shown[beside].min(axis=-1) > 200).mean() < 0.001, index
