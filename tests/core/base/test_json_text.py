"""JSON of strangers."""

import json

import pytest

from core.base import json_text
from core.base.errors import ProjectError
from core.base.json_text import UnusableJson


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[" * 100_000, "nested more than"),
        ("[" * 65 + "]" * 65, "nested more than"),
        ('{"a":' * 65 + "1" + "}" * 65, "nested more than"),
        ("NaN", "no number in JSON"),
        ('{"a": -Infinity}', "no number in JSON"),
        ("1e5000", "does not fit"),
        ("-1e5000", "does not fit"),
        ("1" + "0" * 400, "does not fit"),
        ("9" * 100_000, "does not fit"),
        (str(2**63), "does not fit"),
        (r'"\ud800"', "surrogate"),
        (r'{"\udfff": 1}', "surrogate"),
    ],
    ids=lambda text: str(text)[:20],
)
def test_what_cannot_be_used_is_refused(text, why):
    with pytest.raises(UnusableJson, match=why):
        json_text.parse(text)


@pytest.mark.parametrize(
    "text", ["[" * 64 + "]" * 64, str(2**63 - 1), "1e-5000", r'"\ud83d\ude00"', r'"film\udcff.mp4"', "null"]
)
def test_everything_else_is_what_json_says_and_can_be_written_again(text):
    value = json_text.parse(text)
    assert value == json.loads(text)
    written = json_text.dump(value)
    assert json_text.parse(written.encode("utf-8").decode("utf-8")) == value


def test_files_are_refused_in_one_sentence(tmp_path):
    path = tmp_path / "a.json"
    for content, why in ((b"\xff", "not text in UTF-8"), (b"{", "not valid JSON"), (None, "cannot be read")):
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ProjectError, match=f"The list .*{why}"):
            json_text.read(path, error=ProjectError, what="list")
    with pytest.raises(ProjectError, match="cannot be read"):
        json_text.read(tmp_path, error=ProjectError)


def test_a_file_larger_than_any_of_ours_is_not_read(tmp_path):
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(json_text.LARGEST + 1)
    with pytest.raises(ProjectError, match="larger than 64 MB"):
        json_text.read(path, error=ProjectError)
