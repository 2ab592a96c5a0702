import json
from fractions import Fraction as F

import openpyxl
import pytest

from core.base.timing import FrameRate, TimeRange
from core.script.reading import read_script
from core.script.script import ScriptError, ScriptLine
from core.script.tables import read_table, table_script
from core.script.writing import lines_csv, lines_dapt, lines_html, lines_srt

RATE = FrameRate(F(25))


def read(tmp_path, name, text, **options):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_script(path, RATE, **options)


def span(a, b):
    return TimeRange(F(a), F(b))


def test_srt_with_names_before_colons(tmp_path):
    text = "1\n00:00:01,000 --> 00:00:02,500\nANNA: <i>Hello</i>\nthere.\n\n2\n00:00:03,000 --> 00:00:04,000\nAt 10:30 we go.\n"
    found = read(tmp_path, "a.srt", text)
    assert found.lines == (
        ScriptLine("ANNA", "Hello there.", span(1, "5/2")),
        ScriptLine("", "At 10:30 we go.", span(3, 4)),
    )


def test_vtt_with_voice_tags(tmp_path):
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ben>Good morning</v>\n\n00:03.000 --> 00:04.000\nNobody says who.\n"
    found = read(tmp_path, "a.vtt", text)
    assert [(line.character, line.text) for line in found.lines] == [
        ("Ben", "Good morning"), ("", "Nobody says who."),
    ]  # fmt: skip
    assert found.characters == ("Ben",)


TABLE = "Role;TC in;TC out;Dialogue;Notes\nAnna;00:00:01:00;00:00:02:10;Hallo;whispered\nBen;3;4.5;Guten Tag;\n"


def test_csv_by_its_headings_and_by_hand(tmp_path):
    found = read(tmp_path, "a.csv", TABLE)
    assert found.lines[0] == ScriptLine("Anna", "Hallo", span(1, "12/5"), "whispered")
    assert found.lines[1].range == span(3, "9/2")
    other = read(tmp_path, "b.csv", TABLE, columns={"text": 4, "character": 3})
    assert other.lines == (ScriptLine("Hallo", "whispered"),)
    with pytest.raises(ScriptError, match="Row 2: “Hallo” is no time"):
        read(tmp_path, "c.csv", TABLE, columns={"text": 4, "start": 3})
    with pytest.raises(ScriptError, match=r"Row 2: .* has frame 70"):
        read(tmp_path, "d.csv", TABLE.replace("02:10", "02:70"))


EVENTS = {
    "language": "de",
    "cast": [{"id": "c-1", "name": "ANNA", "gender": "f"}, {"id": "c-2", "name": "BEN", "gender": "m"}],
    "tracks": [
        {
            "dialogueEvents": [
                {"id": 1, "characterId": "c-1", "timing": {"startTime": "00:00:01:12", "endTime": "00:00:02:00"},
                 "content": [{"text": "Good"}, {"text": "morning."}], "onScreen": True, "note": None},
                {"id": 2, "characterId": "c-2", "timing": {"startTime": "00:00:03:00", "endTime": "00:00:04:00"},
                 "content": [{"text": "You are late."}], "onScreen": False, "note": "laughs"},
            ]
        }
    ],
}  # fmt: skip


@pytest.mark.parametrize("ending", ["json", "ttal"])
def test_json_is_a_table_whose_ids_are_names(tmp_path, ending):
    path = tmp_path / f"script.{ending}"
    path.write_text(json.dumps(EVENTS), encoding="utf-8")
    first, second = read_script(path, FrameRate(F(25))).lines
    assert (first.character, first.text, first.on_screen) == ("ANNA", "Good morning.", True)
    assert first.range == TimeRange(F(1) + F(12, 25), F(2))
    assert (second.character, second.note, second.on_screen) == ("BEN", "laughs", False)


def test_json_times_in_milliseconds_and_columns_by_hand(tmp_path):
    path = tmp_path / "script.json"
    path.write_text(json.dumps([{"who": "Eve", "beginMs": 1500, "endMs": 2250, "say": "Hi"}] * 2), encoding="utf-8")
    table = read_table(path)
    assert table.headings == ("who", "beginMs", "endMs", "say")
    assert table.guess() == {"start": 1, "end": 2}
    script = table_script(table, {**table.guess(), "character": 0, "text": 3}, FrameRate(F(25)))
    assert script.lines[0] == ScriptLine("Eve", "Hi", TimeRange(F(3, 2), F(9, 4)))


@pytest.mark.parametrize("text", ["{}", "[1, 2]", '{"a": "b"}', "[" * 100 + "]" * 100, "nothing", '[{"text": NaN}]'])
def test_json_without_lines_is_refused_in_words(tmp_path, text):
    path = tmp_path / "script.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScriptError) as error:
        read_script(path, FrameRate(F(25)))
    assert "script.json" in error.value.message


def test_xlsx(tmp_path):
    book = openpyxl.Workbook()
    for row in (("Character", "Start", "End", "Text", "On screen"), ("Anna", "00:00:01.5", "00:00:02", "Ja", "off")):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    assert read_script(tmp_path / "a.xlsx", RATE).lines == (
        ScriptLine("Anna", "Ja", span("3/2", 2), on_screen=False),
    )
    (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
    with pytest.raises(ScriptError, match="is no Excel workbook"):
        read_script(tmp_path / "bad.xlsx", RATE)


DAPT = """<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
 xmlns:daptm="http://www.w3.org/ns/ttml/profile/dapt#metadata" xml:lang="de" daptm:langSrc="en">
 <head><metadata><ttm:agent type="character" xml:id="c1"><ttm:name type="alias">ANNA</ttm:name></ttm:agent></metadata></head>
 <body begin="1s"><div begin="10s" end="13s" ttm:agent="c1" daptm:onScreen="OFF">
   <p xml:lang="en"><span>We get rich.</span></p><p><span>Wir werden<br/>reich.</span></p></div>
 <div begin="50f" dur="1s"><p>Ohne Namen</p></div></body></tt>"""


def test_dapt_takes_the_dub_and_keeps_the_original_as_a_note(tmp_path):
    first, second = read(tmp_path, "a.dapt", DAPT).lines
    assert first == ScriptLine("ANNA", "Wir werden reich.", span(11, 14), "We get rich.", False)
    assert second.range == span(3, 4)


DETX = """<?xml version="1.0" encoding="UTF-8"?><detx><header><videofile timestamp="01:00:00:00">f.mov</videofile></header>
<roles><role id="a" name="Anna"/></roles><body><line role="a" track="0" voiceoff="true">
<lipsync timecode="01:00:08:19" type="in_open"/><text>Bleiben Sie </text>
<lipsync timecode="01:00:09:14" type="mpb"/><text>bitte!</text><lipsync timecode="01:00:09:21" type="out_close"/>
</line></body></detx>"""


def test_detx_with_lip_marks_from_the_films_own_timecode(tmp_path):
    (line,) = read(tmp_path, "a.detx", DETX).lines
    assert (line.character, line.text, line.on_screen) == ("Anna", "Bleiben Sie bitte!", False)
    assert line.range == span("219/25", "246/25")
    assert [(mark.kind, mark.time) for mark in line.marks][1] == ("mpb", F(239, 25))


SESSION = (
    "SESSION NAME:\tEpisode 1\nSAMPLE RATE:\t48000.000000\nTIMECODE FORMAT:\t25 Frame\n\n"
    "T R A C K  L I S T I N G\nTRACK NAME:\tANNA\nCOMMENTS:\t\n"
    "CHANNEL \tEVENT   \tCLIP NAME   \tSTART TIME    \tEND TIME      \tDURATION      \tSTATE\n"
    "1       \t1       \tHallo zusammen\t  01:00:01:00\t  01:00:02:12\t  00:00:01:12\tUnmuted\n"
    "2       \t1       \tHallo zusammen\t  01:00:01:00\t  01:00:02:12\t  00:00:01:12\tUnmuted\n"
)


def test_pro_tools_session_text_counts_from_its_hour(tmp_path):
    (line,) = read(tmp_path, "a.txt", SESSION, length=F(60)).lines
    assert line == ScriptLine("ANNA", "Hallo zusammen", span(1, "62/25"))
    (kept,) = read(tmp_path, "b.txt", SESSION, origin=F(3600)).lines
    assert kept.range == line.range


def test_plain_text_has_no_times_and_says_so(tmp_path):
    found = read(tmp_path, "a.txt", "ANNA: Wer da?\n\nNiemand.\n")
    assert found.lines == (ScriptLine("ANNA", "Wer da?"), ScriptLine("", "Niemand."))
    assert "no times" in found.notes[0]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.srt", b""), ("a.xml", b"<tt"), ("a.xml", b"<other/>"), ("a.csv", b"only\n"), ("a.txt", b"  \n"),
        ("a.xml", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><tt>&a;</tt>'), ("a.doc", b"x"),
    ],
)  # fmt: skip
def test_what_is_no_script_is_refused_in_words(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ScriptError):
        read_script(tmp_path / name, RATE)


LINES = (
    ScriptLine("Anna", "Hallo & ich", span(1, "12/5"), "leise", True),
    ScriptLine("", "ohne Namen", span(3, 4)),
    ScriptLine("Ben", "ohne Zeit"),
)


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("a.csv", lines_csv(LINES, RATE, [{"score": "0.90"}]), 3),
        ("a.srt", lines_srt(LINES), 2),
        ("a.dapt", lines_dapt(LINES, "de"), 2),
    ],
)
def test_what_is_written_is_read_again(tmp_path, name, text, kept):
    found = read(tmp_path, name, text).lines
    assert [(each.character, each.text, each.range) for each in found] == [
        (each.character, each.text, each.range) for each in LINES[:kept]
    ]


def test_the_printed_page_holds_every_line_and_no_markup_of_it():
    marked = (ScriptLine("Anna", "Hallo <du> & ich"), *LINES[1:])
    page = lines_html(marked, RATE, "Film <1>", ["#", "In", "Out", "Who", "Text", "Note", "Fit"], ["0.90"])
    assert "Hallo &lt;du&gt; &amp; ich" in page
    assert page.count("<tr>") == 4
    assert "Film &lt;1&gt;" in page


