import math

import cv2
import numpy as np
import pytest

from core.media.reader import VideoReader
from core.research.benchmark import natural_quality
from core.research.benchmark.natural_quality import naturalness
from tests.talking import SAMPLES


@pytest.fixture(scope="module")
def picture():
    with VideoReader(SAMPLES / "sample.mp4") as reader:
        return reader.rgb(0)[:480, 200:680].copy()


def test_noise_and_blur_are_less_natural(picture):
    noise = np.random.default_rng(0).normal(0, 25, picture.shape)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    assert naturalness(picture) < naturalness(noisy)
    assert naturalness(picture) < naturalness(cv2.GaussianBlur(picture, (0, 0), 6))


def test_nothing_is_said_of_small_pictures_and_without_the_package(picture, monkeypatch):
    assert math.isnan(naturalness(picture[:150]))
    monkeypatch.setattr(natural_quality, "find_spec", lambda name: None)
    natural_quality._pristine.cache_clear()
    assert math.isnan(naturalness(picture))
    natural_quality._pristine.cache_clear()
