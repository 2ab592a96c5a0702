import numpy as np
import pytest

from core.research.corpus.head_renderer import Camera, HeadRenderer
from core.research.corpus.heads import Head, HeadSheet, Moment
from core.research.corpus.identities import draw_identity, draw_scene
from core.research.corpus.visemes import PARAMETERS

SIZE = 96


@pytest.fixture(scope="module")
def renderer(offscreen_opengl):
    made = HeadRenderer(SIZE, SIZE, samples=0)
    yield made
    made.close()


def visemes(opening: float) -> np.ndarray:
    return np.array([{"opening": opening, "jaw": opening}.get(name, 0.0) for name in PARAMETERS])


def test_projection_agrees_with_the_matrix():
    camera = Camera(200, 100, 50.0, (90.0, 40.0))
    points = np.random.default_rng(0).normal(0, 1, (20, 3))
    clip = np.c_[points, np.ones(20)] @ camera.matrix().T
    ndc = clip[:, :3] / clip[:, 3:]
    pixels = np.stack([(ndc[:, 0] + 1) / 2 * 200 - 0.5, (1 - ndc[:, 1]) / 2 * 100 - 0.5], axis=1)
    assert np.allclose(pixels, camera.project(points)[:, :2])


def test_the_mouth_moves_where_the_landmarks_say_and_drawing_is_repeatable(renderer):
    head = Head(HeadSheet(), renderer, levels=1, strands=0.02)
    scene = draw_scene(5)
    camera = Camera(SIZE, SIZE, 30.0, (SIZE / 2, 0.4 * SIZE))
    backdrop = np.full((SIZE, SIZE, 3), 0.1, np.float32)

    def draw(opening: float):
        return head.draw(visemes(opening), Moment(), camera, scene.lighting, backdrop)

    shut, wide, again = draw(0.0), draw(1.0), draw(0.0)
    assert np.array_equal(shut.rgb, again.rgb)
    change = np.abs(wide.rgb - shut.rgb).sum(axis=2)
    mouth = wide.landmarks[[13, 14], :2].mean(axis=0).round().astype(int)
    near = change[mouth[1] - 6 : mouth[1] + 7, mouth[0] - 6 : mouth[0] + 7]
    eyes = change[: int(wide.landmarks[168, 1]), :]
    assert near.mean() > 10 * eyes.mean()
    assert wide.landmarks[14, 1] - wide.landmarks[13, 1] > 4
    corner = shut.rgb[-1, 0]
    assert np.isfinite(shut.rgb).all()
    assert not np.allclose(shut.rgb[int(shut.landmarks[1, 1]), int(shut.landmarks[1, 0])], corner)


def test_every_feature_of_the_sheet_can_be_drawn(renderer):
    seeds = [s for s in range(1, 60) if draw_identity(s).beard > 0 and draw_identity(s).glasses][:1]
    head = Head(draw_identity(seeds[0]), renderer, levels=1, strands=0.02)
    scene = draw_scene(seeds[0])
    picture = head.draw(
        visemes(0.4), Moment(yaw=60), scene.camera(SIZE), scene.lighting, scene.backdrop(SIZE)
    )
    assert np.isfinite(picture.rgb).all()
    assert picture.rgb.std() > 0.005


def test_scenes_stay_inside_the_asked_yaw():
    yaws = [draw_scene(seed, max_yaw=45).yaw for seed in range(1, 200)]
    assert max(np.abs(yaws)) <= 45
    assert np.std(yaws) > 10
