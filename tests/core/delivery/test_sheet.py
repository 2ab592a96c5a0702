import cv2
import numpy as np

from core.delivery.sheet import MouthPair, NamedCurve, write_sheet


def test_the_sheet_shows_before_and_after_and_breaks_the_curve_where_unknown(tmp_path):
    red, green = np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40, 3), np.uint8)
    red[..., 0], green[..., 1] = 255, 255
    pairs = [MouthPair(i / 5, red, green) for i in range(10)]
    p = np.linspace(0, 1, 50)
    p[10:20] = np.nan
    path = tmp_path / "sheet “a”.png"
    write_sheet(path, "demo.mp4", pairs, [NamedCurve("source", np.arange(50) / 25, p)])
    sheet = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB).astype(int)
    assert (abs(sheet - [255, 0, 0]).sum(-1) < 9).sum() > 10_000
    assert (abs(sheet - [0, 255, 0]).sum(-1) < 9).sum() > 10_000
    assert [f.name for f in tmp_path.iterdir()] == [path.name]


def test_a_doubted_mouth_is_named_in_its_own_colour(tmp_path):
    grey = np.full((40, 40, 3), 90, np.uint8)
    amber = []
    for is_doubted in (False, True):
        write_sheet(tmp_path / "s.png", "demo.mp4", [MouthPair(1.0, grey, grey, is_doubted)], [])
        sheet = cv2.cvtColor(cv2.imread(str(tmp_path / "s.png")), cv2.COLOR_BGR2RGB).astype(int)
        amber.append(int((abs(sheet - [0xE5, 0xC0, 0x7B]).sum(-1) < 30).sum()))
    assert amber[0] == 0
    assert amber[1] > 20


def test_a_films_name_may_be_in_any_script_and_hold_dollar_signs(tmp_path):
    for name in (
        "電影 配音.mp4  →  映画.mkv",
        "$1 \\frac film$ 한국어",
    ):  # warnings about letters are errors here
        write_sheet(tmp_path / "s.png", name, [], [])
        assert (cv2.imread(str(tmp_path / "s.png"))[:60] > 150).any()
