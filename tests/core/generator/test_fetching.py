"""Pixels fetched and mixed, references chosen and laid, edits done at the film's own size."""

import cv2
import numpy as np
import torch

from core.face_geometry.canonical_face import canonical_face
from core.generator.crop_region import CropRegion
from core.generator.fetching import Edit, Fetching, blended, fetch
from core.generator.paste_back import Layer, edited
from core.generator.references import light_of, lit, pick_references, prior_motion


def test_pixels_are_fetched_from_where_the_motion_points():
    picture = torch.rand(2, 3, 16, 16)
    assert torch.allclose(fetch(picture, torch.zeros(2, 2, 4, 4)), picture, atol=1e-5)
    motion = torch.zeros(2, 2, 4, 4)
    motion[0, 0] = 0.5  # two pixels to the right
    motion[1, 1] = -0.25  # one pixel up
    fetched = fetch(picture, motion)
    assert torch.allclose(fetched[0, :, :, :13], picture[0, :, :, 2:15], atol=1e-5)
    assert torch.allclose(fetched[1, :, 2:], picture[1, :, 1:-1], atol=1e-5)


def test_light_is_painted_freely_and_colour_only_a_little():
    heads = Fetching(4, 2, 2)
    features, prior = torch.zeros(1, 4, 4, 4), torch.zeros(1, 1, 2, 4, 4)
    painted = torch.full((1, 12, 4, 4), 2.0)
    assert torch.allclose(heads(features, painted, prior).painted, torch.tensor(2.0))
    painted[:, :4] = 8.0  # red, pixel by pixel: light 4, colour 4 more
    made = heads(features, painted, prior).painted
    assert torch.allclose(made.mean(1), torch.tensor(4.0), atol=0.1)
    assert 0.1 < float(made[:, 0].mean() - 4) < 0.2


def test_mixing_layers_is_undecided():
    assert an_edit(1.0, 0.0).indecision().max() == 0
    assert an_edit(0.5, 0.5).indecision().mean() == 0.5


def grain(seed, size, fineness):
    """(size, size, 3) uint8 noise whose grains are `fineness` pixels wide."""
    noise = np.random.default_rng(seed).normal(size=(size, size, 3))
    noise = cv2.GaussianBlur(noise, (0, 0), fineness)
    return np.clip(128 + 30 * noise / noise.std(), 0, 255).astype(np.uint8)


def test_mixing_restores_the_detail_it_takes():
    pictures = torch.from_numpy(np.stack([grain(seed, 33, 0.8) for seed in (0, 1)])).permute(0, 3, 1, 2)
    pictures = pictures[None].float() / 63.75 - 2  # (1, 2, 3, 33, 33)
    even = torch.full((1, 2, 33, 33), 0.5)
    plain, mixed = pictures.mean(1), blended(pictures, even, octaves=2)
    assert plain.std() < 0.8 * pictures.std()
    assert mixed.std() > 0.9 * pictures.std()
    assert torch.allclose(blended(pictures, even, octaves=0), plain, atol=1e-6)
    alone = torch.stack([torch.ones(1, 33, 33), torch.zeros(1, 33, 33)], dim=1)
    assert torch.allclose(blended(pictures, alone), pictures[:, 0], atol=1e-4)  # nothing is mixed
    same = pictures[:, :1].expand(-1, 2, -1, -1, -1)
    assert torch.allclose(blended(same, even, octaves=3), pictures[:, 0], atol=1e-4)  # nothing is lost


def mouths():
    """Landmarks of a shut, a spread, a wide open and a rounded mouth."""
    points = np.repeat(canonical_face().points[None, :, :2] * 20 + 50, 4, 0)
    points[:, 13, 1] = points[:, 14, 1]
    points[1, 14, 1] += 3
    points[1, 61, 0] -= 5
    points[2, 14, 1] += 8
    points[3, 14, 1] += 3
    points[3, 61, 0] += 5
    return points


def test_references_are_the_open_the_spread_the_shut_and_the_rounded_mouth():
    points = mouths()
    assert pick_references(points, np.ones(4, bool)) == (2, 1, 0, 3)
    assert pick_references(points, np.array([True, True, False, False])) == (1, 1, 0, 0)
    assert pick_references(points, np.zeros(4, bool), count=2) == (2, 1)
    turned = points @ np.array([[0.0, 1], [-1, 0]]) * 3  # neither place nor size nor roll matters
    assert pick_references(turned, np.ones(4, bool)) == (2, 1, 0, 3)


def test_landmarks_say_where_a_reference_has_a_cell():
    wanted = torch.rand(1, 2, 30, 2) * 40 + 12
    reference = torch.stack([wanted[:, 0] + torch.tensor([4.0, -8.0]), wanted[:, 0]], dim=1)
    motion = prior_motion(wanted[:, :1], reference, 64, 16)
    assert motion.shape == (1, 2, 2, 1, 16, 16)
    inside = motion[0, :, :, 0, 4:12, 4:12]
    assert torch.allclose(inside[0, 0], torch.tensor(1.0), atol=0.02)  # four pixels are a cell
    assert torch.allclose(inside[0, 1], torch.tensor(-2.0), atol=0.02)
    assert inside[1].abs().max() < 1e-4


def smooth_picture(seed, size=120):
    noise = np.random.default_rng(seed).uniform(0, 255, (size, size, 3)).astype(np.float32)
    return np.clip(128 + 4 * (cv2.GaussianBlur(noise, (0, 0), 3) - 127), 0, 255).astype(np.uint8)


def an_edit(*shares, shift=0.0, light=0.0):
    """Of a region of 32 pixels in cells of 4: `shares` of each layer, all moved by `shift` pixels to the right."""
    count = len(shares)
    motion = torch.zeros(1, count, 2, 8, 8)
    motion[:, :, 0] = shift / 4
    each = torch.tensor(shares).view(1, count, 1, 1).expand(-1, -1, 32, 32)
    return Edit(motion, each, torch.full((1, 3, 32, 32), light / 127.5))


def test_an_edit_keeps_detail_finer_than_the_networks_pixels():
    film, other = smooth_picture(0), smooth_picture(1)
    film[::2] = np.clip(
        film[::2].astype(int) + 20, 0, 255
    )  # lines that the region, half as fine, could not hold
    to_film = np.array([[2.0, 0, 30], [0, 2, 30]])
    below, to_crop = film[10:110, 10:110], to_film - [[0, 0, 10], [0, 0, 10]]
    layers = [Layer(film, to_film), Layer(other, to_film + np.array([[0, 0, 5], [0, 0, 0]]))]
    middle = np.s_[40:60, 40:60]
    assert np.abs(edited(below, to_crop, an_edit(1.0, 0.0), layers).astype(int) - below).max() <= 1
    moved = edited(below, to_crop, an_edit(1.0, 0.0, shift=2), layers)
    assert np.abs(moved[middle].astype(int) - below[40:60, 44:64]).max() <= 1
    reference = edited(below, to_crop, an_edit(0.0, 1.0), layers)
    assert np.abs(reference[middle].astype(int) - other[50:70, 55:75]).max() <= 1
    for edge in (np.s_[:20], np.s_[84:], np.s_[:, :20], np.s_[:, 84:]):
        assert (reference[edge] == below[edge]).all()
    lit = edited(below, to_crop, an_edit(1.0, 0.0, light=10), layers)
    assert np.abs(np.clip(below[middle].astype(int) + 10, 0, 255) - lit[middle]).max() <= 1


def test_a_mixture_at_the_films_size_has_its_layers_detail_in_every_octave():
    to_film = np.array([[3.0, 0, 10], [0, 3, 10]])
    for fineness in (1.0, 2.0):
        films = [grain(seed, 116, fineness) for seed in (0, 1)]
        layers = [Layer(film, to_film) for film in films]
        mixed = edited(films[0], to_film, an_edit(0.5, 0.5), layers)[40:76, 40:76]
        plain = np.mean(films, axis=0)[40:76, 40:76]
        assert mixed.std() > 0.85 * films[0].std() > 1.1 * plain.std()


def test_an_edit_that_lies_outside_the_crop_changes_nothing():
    film = smooth_picture(0)
    far = np.array([[1.0, 0, 500], [0, 1, 500]])
    assert (edited(film, far, an_edit(1.0, light=50), [Layer(film, far)]) == film).all()


def test_references_take_on_the_light_of_what_they_are_laid_over():
    region = CropRegion(0.0, 0.25, 0.75)
    picture = np.full((2, 75, 75, 3), (120, 100, 80), np.uint8)
    picture[:, 40:] = 250  # the mouth does not count
    dim = (picture[:1] * np.array([0.5, 0.6, 0.7])).astype(np.uint8)
    light = light_of(dim, picture, region.skin(100))
    assert light.shape == (1, 2, 3)
    assert np.allclose(light[0, 0], [2, 1 / 0.6, 1 / 0.7], atol=0.05)
    seen = lit(dim[:, None], light)  # (K, T, V, V, 3)
    assert np.abs(seen[0, 1, 20, 40].astype(int) - (120, 100, 80)).max() <= 2
    film, to_film = np.full((60, 60, 3), 100, np.uint8), np.array([[1.0, 0, 10], [0, 1, 10]])
    layers = [Layer(film, to_film), Layer(film, to_film, light=np.float32([1.5, 1, 0.5]))]
    assert np.allclose(edited(film, to_film, an_edit(0.0, 1.0), layers)[26, 26], (150, 100, 50), atol=1)
