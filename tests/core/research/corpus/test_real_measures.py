import json

import numpy as np
import pytest

from core.base.errors import MediaError, ModelError, SettingsError
from core.base.models import model_files
from core.research.corpus import real
from core.research.corpus.real_clips import Measures, Rules, import_footage, judge, sharpness_of
from core.research.corpus.splits import checked_for_training
from core.research.corpus.store import read_shards
from tests.core.faces.drawn_face import talking, write_film

GOOD = Measures(
    frames=100, eyes=80, yaw=5, quality=0.9, sharpness=0.1, speech=0.8, offset_ms=12, confidence=0.9
)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"frames": 10}, "too short"),
        ({"eyes": 20}, "face too small"),
        ({"yaw": 70}, "turned too far"),
        ({"quality": 0.2}, "not surely a face"),
        ({"sharpness": 0.001}, "blurred"),
        ({"speech": 0.05}, "hardly any speech"),
        ({"offset_ms": -440}, "sound too far from the lips"),
        ({"confidence": 0.2}, "voice does not fit the lips"),
        ({"offset_ms": float("nan"), "confidence": float("nan")}, "voice does not fit the lips"),
    ],
)
def test_every_rule_refuses_with_its_reason(change, reason):
    fields = {name: getattr(GOOD, name) for name in Measures.__dataclass_fields__}
    assert judge(Measures(**{**fields, **change}), Rules()).refused == reason


@pytest.mark.parametrize(("offset", "shift"), [(12.0, 0.0), (220.0, 220.0), (-80.0, -80.0)])
def test_sound_is_shifted_only_where_it_is_clearly_off(offset, shift):
    fields = {name: getattr(GOOD, name) for name in Measures.__dataclass_fields__}
    verdict = judge(Measures(**{**fields, "offset_ms": offset}), Rules())
    assert verdict.refused == ""
    assert verdict.shift_ms == shift


def test_sharpness_falls_with_blur():
    import cv2

    crops = np.random.default_rng(0).integers(0, 255, (3, 64, 64, 3), np.uint8)
    blurred = np.stack([cv2.GaussianBlur(crop, (0, 0), 2.0) for crop in crops])
    assert sharpness_of(blurred) < 0.3 * sharpness_of(crops)


def test_films_that_may_not_be_trained_on_never_enter_a_training_split(tmp_path):
    media = tmp_path / "media"
    for part in ("train", "test"):
        (media / part).mkdir(parents=True)
    with pytest.raises(MediaError, match=r"MEDIA\.md is missing"):
        real.build(media, tmp_path / "nothing", ("train",))
    (media / "MEDIA.md").write_text(
        "| set | file | licence |\n|---|---|---|\n| train | a.mp4 | MIT |\n| test | b.mp4 | MIT |\n", "utf-8"
    )
    pictures = [picture for picture, _ in talking(30)]
    write_film(media / "train" / "a.mp4", pictures)
    write_film(media / "test" / "b.mp4", pictures)
    try:
        model_files("face-mesh")
        model_files("sync-scorer-a")
    except (ModelError, KeyError) as error:
        pytest.skip(str(error))
    tracked, out = tmp_path / "tracked", tmp_path / "out"
    real.build(media, tracked, ("train", "test"))
    anything = Rules(eyes=1, sharpness=0, speech=0, sync=0)
    lines, refused = import_footage(tracked, out, size=64, rules=anything)
    assert not refused
    held = [line for line in lines if not line.item.training_allowed]
    assert len(lines) == 2
    assert [line.split for line in held] == ["test"]
    with pytest.raises(SettingsError, match="may not be used for training"):
        checked_for_training(line.item for line in lines)
    assert all(item.training_allowed for _, item in read_shards(out, "train"))
    (clip, _) = next(iter(read_shards(out)))
    assert clip.frames.shape == (30, 64, 64, 3)
    assert np.isnan(clip.visemes).all()
    assert clip.facts["original_last"] == 29
    assert len(clip.voice) == 30 * 640
    # The standing rules refuse a film without speech, and say so.
    lines, refused = import_footage(tracked, tmp_path / "strict", size=64)
    assert not lines
    assert {one.reason for one in refused} <= {"face too small", "hardly any speech", "blurred"}
    assert len(json.loads((tmp_path / "strict" / "refused.json").read_text())) == 2
