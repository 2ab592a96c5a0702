"""The lips' benchmark with every kind of row, on a real head and a generator of toy size."""

import math
from dataclasses import replace

import pytest
import torch

from core.base.errors import SettingsError
from core.generator.export import export_generator
from core.research.benchmark.lip_engines import OWN, RECIPE, chosen_engines
from core.research.benchmark.lips import AGAIN, OWN_SOUND, UNCHANGED, run_lips, table
from core.speech.whisper import whisper_ear
from core.takes import lips as engine_lips
from tests.core.generator.test_generator_engine import RECIPE as TOY
from tests.talking import cut_dub, cut_film

pytestmark = pytest.mark.slow

FRAMES = 16


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    torch.manual_seed(0)
    codec = TOY.make_codec()
    network = TOY.make_transformer(codec, whisper_ear().width)
    return export_generator(TOY, codec, network, tmp_path_factory.mktemp("generator"))[0]


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return cut_film(tmp_path_factory.mktemp("film") / "film.mkv", FRAMES)


def test_engines_silence_and_own_words_again_are_rows_of_one_table(film, exported, tmp_path):
    rows = run_lips(
        [film],
        [cut_dub(tmp_path / "dub.flac", 1.5, start=2.0)],  # it speaks, where the film has not begun to
        tmp_path,
        engines=[OWN, "diffusion", "hybrid"],
        weights=[exported],
        reconstruct=True,
        cache=tmp_path / "cache",
    )
    found = {row.engine: row.figures for row in rows}
    made = [OWN, "diffusion", "hybrid"]
    assert list(found) == [OWN_SOUND, UNCHANGED, *made, *(AGAIN + name for name in (UNCHANGED, *made))]
    for name in made:
        assert 0 <= found[name].silence_open <= 1
        assert found[name].silence_closed >= 0
        assert found[name].jitter > 0
        assert found[name].ring_colour >= 0
        assert found[name].success in (0, 1)
    assert math.isnan(found[AGAIN + OWN].silence_open)
    # An untrained generator of the “edit” kind adds nothing to where it begins; 64 pixels lose some detail.
    assert found["hybrid"].error == pytest.approx(found[OWN].error, abs=0.3)
    assert found["diffusion"].error < 4
    # Out of the mouth that was altered, own-mouth comes back nearer to what was filmed.
    assert found[AGAIN + OWN].error < found[AGAIN + UNCHANGED].error
    text = table(rows)
    assert "| silence_open |" in text
    assert "nan" not in text


def test_generators_are_offered_where_weights_are(exported, tmp_path, monkeypatch, no_shipped_generator):
    monkeypatch.setattr(engine_lips, "user_data_dir", lambda: tmp_path)
    assert "hybrid" not in chosen_engines(None)
    with pytest.raises(SettingsError, match="no engine “hybrid”") as refused:
        chosen_engines(["hybrid"])
    assert "--weights" in refused.value.hint
    rival = export_generator(replace(TOY, name="rival-toy"), *_networks(), tmp_path)[0]
    both = chosen_engines(None, weights=[exported, exported.with_name("other.json"), rival], parts=False)
    assert list(both) == [
        RECIPE,
        OWN,
        "diffusion",
        "hybrid",
        "other, diffusion",
        "other, hybrid",
        "rival-toy",
    ]
    assert list(chosen_engines(["hybrid"], weights=[exported])) == ["hybrid"]


def _networks():
    codec = TOY.make_codec()
    return codec, TOY.make_transformer(codec, whisper_ear().width)
