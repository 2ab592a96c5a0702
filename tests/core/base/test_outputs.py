"""An output that is an input, or another output, by whatever way it gets there."""

import os

import pytest

from core.base.errors import MediaError, SettingsError
from core.base.outputs import check_outputs


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"a film")
    return path


def by_itself(film, folder):
    return film


def by_a_roundabout_path(film, folder):
    (folder / "sub").mkdir()
    return folder / "sub" / ".." / film.name


def by_a_symbolic_link(film, folder):
    (folder / "link.mp4").symlink_to(film)
    return folder / "link.mp4"


def by_a_linked_folder(film, folder):
    (folder / "elsewhere").symlink_to(folder)
    return folder / "elsewhere" / film.name


def by_a_hard_link(film, folder):
    os.link(film, folder / "hard.mp4")
    return folder / "hard.mp4"


def by_another_case(film, folder):
    return folder / "FILM.MP4"


WAYS = [
    by_itself,
    by_a_roundabout_path,
    by_a_symbolic_link,
    by_a_linked_folder,
    by_a_hard_link,
    by_another_case,
]


@pytest.mark.parametrize("way", WAYS)
def test_an_output_is_never_an_input(film, tmp_path, way):
    with pytest.raises(SettingsError, match=r"--report .* is also an input"):
        check_outputs([("--output", tmp_path / "out.mp4"), ("--report", way(film, tmp_path))], [film])


@pytest.mark.parametrize("way", [by_itself, by_a_roundabout_path, by_a_linked_folder, by_another_case])
def test_two_outputs_are_never_one_file_even_before_it_is_there(tmp_path, way):
    first = tmp_path / "film.mp4"
    with pytest.raises(SettingsError, match=r"--sheet .* is also --output"):
        check_outputs([("--output", first), ("--sheet", way(first, tmp_path))], [])


def test_names_in_another_unicode_form_are_the_same(tmp_path):
    with pytest.raises(SettingsError, match="also"):
        check_outputs([("a", tmp_path / "e\u0301.mp4"), ("b", tmp_path / "\u00e9.mp4")], [])


def test_a_relative_path_is_the_file_it_leads_to(film, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="is also an input"):
        check_outputs([("--output", type(film)("film.mp4"))], [film])


def test_a_link_that_leads_nowhere_yet_is_where_it_leads(tmp_path):
    (tmp_path / "link.json").symlink_to(tmp_path / "out.mp4")
    with pytest.raises(SettingsError, match="is also --output"):
        check_outputs([("--output", tmp_path / "out.mp4"), ("--report", tmp_path / "link.json")], [])


def test_what_is_no_plain_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SettingsError, match="is not a file"):
        check_outputs([("--report", tmp_path / "pipe")], [])
    with pytest.raises(MediaError, match="is a folder"):
        check_outputs([("--report", tmp_path)], [])
    with pytest.raises(MediaError, match="does not exist"):
        check_outputs([("--report", tmp_path / "nowhere" / "r.json")], [])


def test_different_files_pass(film, tmp_path):
    check_outputs([("--output", tmp_path / "out.mp4"), ("--report", tmp_path / "out.json")], [film])
