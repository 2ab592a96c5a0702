import json

import pytest

from core.base.errors import SettingsError
from core.batch.listing import joined, read_listing


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_gives_a_line_a_row_with_paths_beside_it(tmp_path, mark):
    rows = [["Film", "Voice", "Language", "Preset"], ["a.mp4", "a.de.wav", "de", "draft"], ["", "", "", ""]]
    text = "\ufeff" + "\n".join(mark.join(row) for row in rows)

    listing = read_listing(write(tmp_path / "jobs.csv", text))

    assert not listing.problems
    (line,) = listing.lines
    assert line.place == "jobs.csv, line 2"
    assert line.options == {
        "video": str(tmp_path / "a.mp4"), "audio": str(tmp_path / "a.de.wav"), "language": "de", "preset": "draft"
    }  # fmt: skip


def test_a_row_with_more_values_than_columns_is_named(tmp_path):
    listing = read_listing(write(tmp_path / "jobs.csv", "film,voice\na.mp4,b.wav,c\nd.mp4,e.wav\n"))

    assert listing.problems == ("jobs.csv, line 2: there are more values than columns.",)
    assert len(listing.lines) == 1


def test_several_values_of_a_cell_are_divided_by_bars(tmp_path):
    (line,) = read_listing(
        write(tmp_path / "jobs.csv", "film,voice,footage\na.mp4,b.wav,c.mp4|d.mp4\n")
    ).lines

    assert line.options["footage"] == (str(tmp_path / "c.mp4"), str(tmp_path / "d.mp4"))


def test_music_and_effects_lie_beside_the_table_too(tmp_path):
    path = write(tmp_path / "jobs.csv", "film,voice,background,duck\na.mp4,b.wav,me.wav,12\n")
    (line,) = read_listing(path).lines
    assert line.options["background"] == str(tmp_path / "me.wav")
    assert line.options["duck"] == "12"


def test_a_json_list_has_defaults_that_each_job_may_overrule(tmp_path):
    content = {
        "defaults": {"preset": "draft", "credentials": False},
        "jobs": [{"film": "a.mp4", "voice": "b.wav"}, {"film": "a.mp4", "voice": "c.wav", "preset": "final"}, 7,
                 {"film": {"deep": 1}}],
    }  # fmt: skip

    listing = read_listing(write(tmp_path / "jobs.json", json.dumps(content)))

    assert [line.options["preset"] for line in listing.lines] == ["draft", "final"]
    assert listing.lines[0].options["credentials"] == "no"
    assert [problem.split(":")[0] for problem in listing.problems] == ["jobs.json, job 3", "jobs.json, job 4"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("jobs.json", "{", "not valid JSON"),
        ("jobs.json", "[" * 100_000, "not valid JSON"),
        ("jobs.json", "1" * 10_000, "not valid JSON|holds no list"),
        ("jobs.json", '"film"', "holds no list"),
        ("jobs.json", '{"job": []}', "“job” means nothing"),
        ("jobs.txt", "a b", "no list of jobs"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path, name, text, words):
    with pytest.raises(SettingsError, match=words):
        read_listing(write(tmp_path / name, text))


def test_a_table_in_another_encoding_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="not UTF-8"):
        read_listing(write(tmp_path / "jobs.csv", "film,voice\nKäse.mp4,b.wav\n", "latin-1"))


def test_a_folder_pairs_films_and_voices_by_name(tmp_path):
    for name in (
        "ep1.mp4",
        "ep1.de.wav",
        "ep1.pt-BR.flac",
        "ep2.mov",
        "ep3.fr.wav",
        "notes.wav",
        "cut.unisync",
        "a.txt",
    ):
        (tmp_path / name).touch()

    listing = joined([read_listing(tmp_path)])

    assert [(line.place, line.options.get("language")) for line in listing.lines] == [
        ("ep1.de.wav", "de"), ("ep1.pt-BR.flac", "pt-BR"), ("cut.unisync", None)
    ]  # fmt: skip
    assert listing.lines[1].options["video"] == str(tmp_path / "ep1.mp4")
    assert [problem.split(":")[0] for problem in listing.problems] == ["ep3.fr.wav", "notes.wav"]
    assert listing.notes == ("ep2.mov has no voice and is left out.",)


def test_an_empty_folder_and_a_missing_one_are_told(tmp_path):
    assert "neither a film" in read_listing(tmp_path).problems[0]
    with pytest.raises(SettingsError, match="no list of jobs at"):
        read_listing(tmp_path / "nowhere")
