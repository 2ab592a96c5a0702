import errno
import json
import os
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from core.base.errors import ProjectError
from core.project import file
from core.project.migrations import FORMAT_VERSION
from core.project.model import Project
from core.project.segments import BlendSettings
from tests.core.project.conftest import base_project, projects

FIXTURES = Path(__file__).parent / "fixtures"


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(projects())
def test_loading_what_was_saved_gives_the_same_project(project):
    assert file.loads(file.dumps(project)) == project


def test_saving_writes_relative_media_paths_and_loads_back(tmp_path):
    project = base_project()
    project = replace(
        project,
        media=(replace(project.media[0], path=str(tmp_path / "media" / "film.mp4")), *project.media[1:]),
    )
    (tmp_path / "cut").mkdir()
    saved = file.save_project(project, tmp_path / "cut" / "a.unisync")
    assert saved.media[0].relative_path == "../media/film.mp4"
    assert file.load_project(tmp_path / "cut" / "a.unisync") == saved


def test_unknown_keys_survive_a_round_trip():
    envelope = json.loads(file.dumps(base_project()))
    project = envelope["project"]
    project["from_the_future"] = {"b": 1, "a": [1, 2]}
    project["media"][0]["rating"] = 5
    project["settings"]["lips"]["smile"] = 0.3
    project["settings"]["blend"]["sparkle"] = True
    again = json.loads(file.dumps(file.loads(json.dumps(envelope))))
    assert again == envelope


def test_version_1_fixture_still_opens():
    project = file.load_project(FIXTURES / "version_1.unisync")
    assert str(project.sequence.rate) == "29.97"
    keep, mute = project.segments
    assert (keep.keep_original, keep.muted) == (True, False)
    assert (mute.keep_original, mute.muted) == (False, True)
    assert keep.range.start == F(1001, 1000)
    assert keep.lips.silence == "original"
    assert keep.blend == BlendSettings(feather=0.2, strength=0.9)
    assert mute.blend == BlendSettings()
    assert file.loads(file.dumps(project)) == project


def test_the_donors_of_a_take_come_out_of_version_2():
    """Their word was another then; lost, they would look like a take whose films changed."""
    envelope = json.loads(file.dumps(file.load_project(FIXTURES / "version_1.unisync")))
    piece = {
        "film": "m1",
        "film_range": ["1", "2"],
        "dub_offset": "1",
        "first_frame": 30,
        "end_frame": 60,
        "track": 0,
        "key": "",
    }
    take = {"id": "t9", "number": 1, "engine": "own-mouth", "settings": {}, "pieces": [piece]}
    face = {"film": "m1", "analysis_person": "P1"}
    envelope["version"] = 2
    envelope["project"]["segments"][0]["takes"] = [{**take, "lenders": [face]}]
    project = file.loads(json.dumps(envelope))
    (donor,) = project.segments[0].takes[0].donors
    assert (donor.film, donor.analysis_person) == ("m1", "P1")


def test_newer_format_is_refused():
    envelope = json.loads(file.dumps(Project()))
    envelope["version"] = FORMAT_VERSION + 1
    with pytest.raises(ProjectError, match="newer version"):
        file.loads(json.dumps(envelope))


@pytest.mark.parametrize(
    ("path", "value", "names"),
    [
        (["clips", 0, "range"], ["1", "0"], "$.clips[0].range"),
        (["clips", 0, "offset"], 1.5, "$.clips[0].offset"),
        (["media", 1, "facts", "width"], "wide", "$.media[1].facts.width"),
        (["media", 0, "kind"], "hologram", "$.media[0].kind"),
        (["settings", "lips", "seed"], None, "$.settings.lips.seed"),
        (["sequence", "rate"], "0", "$.sequence.rate"),
        (["people"], {}, "$.people"),
    ],
)
def test_wrong_value_is_refused_with_its_json_path(path, value, names):
    envelope = json.loads(file.dumps(base_project()))
    place = envelope["project"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ProjectError) as caught:
        file.loads(json.dumps(envelope))
    assert names in caught.value.message


def test_missing_key_is_named():
    envelope = json.loads(file.dumps(base_project()))
    del envelope["project"]["clips"][1]["media"]
    with pytest.raises(ProjectError, match=r"\$\.clips\[1\]\.media"):
        file.loads(json.dumps(envelope))


def test_contradictions_are_refused():
    envelope = json.loads(file.dumps(base_project()))
    envelope["project"]["clips"][0]["media"] = "m77"
    with pytest.raises(ProjectError, match="contradicts itself"):
        file.loads(json.dumps(envelope))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "other"}', '{"format": "unisync-project"}'])
def test_something_else_is_refused(text):
    with pytest.raises(ProjectError):
        file.loads(text)


def test_failed_save_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "a.unisync"
    file.save_project(Project(name="old"), path)

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProjectError, match="No space left"):
        file.save_project(Project(name="new"), path)
    assert file.load_project(path).name == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.unisync"]


def test_what_cannot_be_read_says_why_in_the_systems_words(tmp_path):
    gone = tmp_path / "gone.unisync"
    with pytest.raises(ProjectError) as refused:
        file.load_project(gone)
    assert str(refused.value) == f"{gone} cannot be read: {os.strerror(errno.ENOENT)}."


def test_saving_into_a_missing_folder_is_an_error_for_the_user(tmp_path):
    with pytest.raises(ProjectError, match="cannot be written"):
        file.save_project(Project(), tmp_path / "gone" / "a.unisync")


@pytest.mark.skipif(os.name != "posix", reason="rights as POSIX has them")
def test_colleagues_may_read_a_new_project_and_rights_are_kept(tmp_path):
    path = tmp_path / "film.unisync"
    before = os.umask(0o022)
    try:
        file.save_project(Project(), path)
        assert path.stat().st_mode & 0o777 == 0o644
        path.chmod(0o660)
        file.save_project(Project(name="Again"), path)
        assert path.stat().st_mode & 0o777 == 0o660
    finally:
        os.umask(before)


def test_every_published_engine_can_be_kept_in_a_project():
    from typing import get_args

    from core.model_store.catalogue import ENGINES
    from core.project.segments import EngineChoice

    assert set(ENGINES) <= set(get_args(EngineChoice))
