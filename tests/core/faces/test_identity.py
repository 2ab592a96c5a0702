import numpy as np

from core.faces.identity import Describer, aligned_face, group_people
from tests.core.faces.drawn_face import background, draw_face, face_points


def unit(*values):
    return np.array([values], dtype=np.float32) / np.linalg.norm(values)


def test_alike_tracks_are_one_person_and_the_longest_seen_comes_first():
    tracks = [(0, 10, unit(1, 0)), (10, 100, unit(0, 1)), (100, 120, unit(1, 0.05))]
    assert group_people(tracks, 0.3) == ["P2", "P1", "P2"]


def test_two_faces_in_one_picture_are_never_one_person():
    tracks = [(0, 50, unit(1, 0)), (20, 80, unit(1, 0))]
    assert len(set(group_people(tracks, 0.3))) == 2


def test_joining_through_a_third_track_never_puts_two_faces_of_one_picture_together():
    tracks = [(0, 50, unit(1, 0)), (20, 80, unit(1, 0.1)), (100, 130, unit(1, 0.05))]
    people = group_people(tracks, 0.3)
    assert people[0] != people[1]


def test_a_track_nobody_could_describe_is_a_person_of_its_own():
    assert group_people([(0, 9, unit(1, 0)), (9, 20, np.zeros((0, 0), np.float32))], 0.3) == ["P2", "P1"]


def test_no_tracks_no_people():
    assert group_people([], 0.3) == []


def test_the_describer_tells_two_drawn_people_apart_and_knows_one_again(backend):
    describer = Describer(backend)

    def describe(skin, lip, seed, x, *, length=1.0, beard=False):
        picture = background(400, 300, seed)
        points = face_points((x, 130), 70, length=length)
        draw_face(picture, points, skin=np.array(skin), lip=np.array(lip), beard=beard)
        return describer(picture, points.astype(np.float32))

    pale, pale_again = (
        describe((225, 185, 165), (190, 90, 95), 0, 180),
        describe((225, 185, 165), (190, 90, 95), 5, 220),
    )
    dark = describe((110, 75, 60), (95, 50, 55), 0, 180, length=1.15, beard=True)
    limit = describer.same_person_distance
    assert 1 - pale @ pale_again < limit
    assert 1 - pale @ dark > limit


def test_a_turned_away_face_is_not_described(backend):
    picture = background(400, 300)
    points = face_points((200, 130), 70, yaw=60).astype(np.float32)
    assert Describer(backend)(picture, points) is None


def test_the_aligned_face_does_not_depend_on_size_and_lean():
    crops = []
    for unit_pixels, roll in ((60, 0), (180, 20)):
        picture = np.full((700, 700, 3), 128, np.uint8)
        points = face_points((350, 300), unit_pixels, roll=roll)
        draw_face(picture, points)
        crops.append(aligned_face(picture, points.astype(np.float32)).astype(float))
    inner = (slice(8, 40), slice(8, 40))
    assert np.abs(crops[0][inner] - crops[1][inner]).mean() < 14


def test_the_shots_of_a_whole_film_are_grouped():
    """A film of an hour has hundreds of tracks: comparing all groups anew after each joining would take days."""
    random = np.random.default_rng(1)
    tracks, who = [], []
    for number in range(500):
        who.append(number % 5)
        described = np.eye(5)[who[-1]] + 0.1 * random.normal(size=(3, 5))
        tracks.append((40 * (number // 2), 40 * (number // 2) + 30 - who[-1], described.astype(np.float32)))
    people = group_people(tracks, 0.35)
    assert people == [people[person] for person in who]
    assert sorted(set(people)) == ["P1", "P2", "P3", "P4", "P5"]
