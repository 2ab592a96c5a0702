import cv2
import numpy as np
import pytest

from core.base.errors import SettingsError
from core.engine.dub import DubJob, dub
from core.engine.runner import Engine
from core.jobs.cancel import CancelToken
from core.media.reader import VideoReader
from core.takes.chunk_cache import ChunkCache
from core.takes.film import open_film
from core.takes.mouth_points import PERSON, MouthPoints, follow_mouth, with_mouth
from tests.talking import cut_dub

FRAMES = 40


class Creature:
    """A speckled disc with a mouth but no eyes, swaying and opening its mouth."""

    frame_count = FRAMES

    def __init__(self) -> None:
        rng = np.random.default_rng(3)
        self._fur = cv2.GaussianBlur(rng.uniform(60, 220, (240, 320, 3)).astype(np.float32), (0, 0), 2.0)

    def marks(self, frame: int) -> np.ndarray:
        x, y = self._shift(frame)
        open_by = 14 + 9 * np.sin(frame / 4)
        return np.add([[130, 130], [190, 130], [160, 122], [160, 130 + open_by]], (x, y))

    def _shift(self, frame: int) -> tuple[float, float]:
        return 18 * np.sin(frame / 9), 8 * np.sin(frame / 6)

    def rgb(self, frame: int) -> np.ndarray:
        x, y = self._shift(frame)
        picture = cv2.warpAffine(
            self._fur, np.float32([[1, 0, x], [0, 1, y]]), (320, 240), borderMode=cv2.BORDER_REFLECT
        )
        left, right, top, bottom = self.marks(frame)
        centre = (left + right) / 2
        for grow, colour in ((1.0, (190, 70, 70)), (0.7, (40, 10, 10))):
            for edge, (first, last) in ((top, (180, 360)), (bottom, (0, 180))):
                axes = (30 * grow, max(abs(edge[1] - centre[1]) * grow, 1))
                box = (int(centre[0] * 16), int(centre[1] * 16)), (int(axes[0] * 16), int(axes[1] * 16))
                cv2.ellipse(picture, *box, 0, first, last, colour, -1, cv2.LINE_AA, 4)
        return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def creature():
    return Creature()


def placed(creature, frame=15):
    return MouthPoints(frame, tuple(map(tuple, creature.marks(frame))))


def test_a_placed_mouth_is_followed_forwards_and_backwards(creature):
    track = follow_mouth(creature, range(FRAMES), placed(creature))
    truth = np.stack([creature.marks(frame) for frame in range(FRAMES)])
    assert track.quality.min() > 0.9
    corners = track.landmarks[:, [61, 291], :2]
    assert np.linalg.norm(corners.mean(axis=1) - truth[:, :2].mean(axis=1), axis=1).max() < 4
    seen = track.landmarks[:, 17, 1] - track.landmarks[:, 0, 1]
    assert np.corrcoef(seen, truth[:, 3, 1] - truth[:, 2, 1])[0, 1] > 0.8


class Portrait:
    """A face of a few lines, the mouth one of them: a smile that dips between its corners."""

    frame_count = 4
    marks = np.float32([[120, 120], [200, 120], [160, 128], [160, 142]])

    def __init__(self, lips: int = 200) -> None:
        across = np.arange(120, 201)
        dip = 120 + 14 * np.sin(np.pi * (across - 120) / 80)
        self._picture = np.full((240, 320, 3), 200, np.uint8)
        noise = np.random.default_rng(5).integers(-20, 20, (240, 320, 1))
        self._picture = (self._picture + noise).astype(np.uint8)
        line = np.round(np.stack([across, dip], axis=1) * 16).astype(np.int32)
        cv2.polylines(self._picture, [line], False, (lips, lips, lips), 2, cv2.LINE_AA, 4)

    def rgb(self, frame: int) -> np.ndarray:
        return self._picture


def lips_of(portrait):
    points = MouthPoints(0, tuple(map(tuple, portrait.marks)))
    return follow_mouth(portrait, range(4), points).landmarks[0, :, :2]


def test_the_four_points_lie_where_they_were_placed():
    np.testing.assert_allclose(lips_of(Portrait())[[61, 291, 0, 17]], Portrait.marks, atol=0.01)


def test_lips_meet_on_the_drawn_line():
    drawn, undrawn = lips_of(Portrait(20)), lips_of(Portrait(200))
    for above, below, x in ((80, 88, 136), (13, 14, 160), (310, 318, 184)):
        line = 120 + 14 * np.sin(np.pi * (x - 120) / 80)
        assert (drawn[above, 1] + drawn[below, 1]) / 2 == pytest.approx(line, abs=1.5)
    assert abs(undrawn[13, 1] + undrawn[14, 1] - 2 * 134) > 1.5  # no line tells


def test_lips_thinner_than_peoples_are_shut_and_not_one_through_the_other():
    lips = lips_of(Portrait())
    assert 0 <= lips[14, 1] - lips[13, 1] < 1.5


def test_a_lost_mouth_is_not_believed(creature):
    class Gone(Creature):
        def rgb(self, frame):
            return creature.rgb(frame) if frame < 25 else np.full((240, 320, 3), 90, np.uint8)

    quality = follow_mouth(Gone(), range(FRAMES), placed(creature)).quality
    assert quality[:25].min() > 0.9
    assert quality[26:].max() == 0


def test_a_film_without_a_face_is_dubbed_from_placed_points(creature, tmp_path):
    import av

    path = tmp_path / "creature.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "10", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for frame in range(FRAMES):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(creature.rgb(frame), "rgb24")))
        out.mux(stream.encode(None))
    voice = cut_dub(tmp_path / "dub.flac", FRAMES / 25)
    job = DubJob(path, voice, tmp_path / "out.mkv", picture="ffv1", mouth=placed(creature))
    events = dub(job, Engine(ChunkCache(tmp_path / "chunks")), CancelToken())
    while True:
        try:
            next(events)
        except StopIteration as end:
            report = end.value.report
            break
    assert report.segments[0].person == PERSON
    with VideoReader(path) as before, VideoReader(job.output) as after:
        change = [np.abs(before.rgb(n).astype(int) - after.rgb(n)).max() for n in range(FRAMES)]
    assert np.median(change) > 40
    film = open_film(path, CancelToken())
    with pytest.raises(SettingsError, match="make no mouth"):
        with_mouth(film, MouthPoints(0, ((50, 50), (40, 50), (45, 45), (45, 55))))
    with pytest.raises(SettingsError, match="not in the film"):
        with_mouth(film, MouthPoints(400, placed(creature).points))
