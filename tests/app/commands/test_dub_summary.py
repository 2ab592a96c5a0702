"""What a dub tells the user at its end."""

import pytest

from app.commands.dub import summary
from core.delivery.report import CurveFacts, DubReport, SegmentReport


def _report(
    own: CurveFacts,
    doubtful: tuple[tuple[int, int], ...] = (),
    result: CurveFacts = CurveFacts(0.9, 1.0, judged_seconds=2.0),  # noqa: B008
    covered: tuple[tuple[int, int, float], ...] = (),
) -> DubReport:
    segment = SegmentReport(
        person="P1", chosen_by="the only one", range=(0.0, 2.0), frames=50, frames_without_face=0, frames_hidden=0, synthesised_frames=0,
        coverage=1.0, doubtful=doubtful, milder={}, mouths_from=(), take=1, takes=1, lips={}, mask={}, engine="own-mouth", engine_version="1", models={},
        score_source=own, score_source_with_dub=CurveFacts(0.2), score_result=result, seconds_per_output_second=1.0,
        covered=covered,
    )  # fmt: skip
    return DubReport({}, {}, {"path": "out.mp4", "frames": 50}, (segment,), (), 1.0, 1)


@pytest.mark.parametrize(
    ("offset", "confidence", "words"), [(-123.0, 0.8, "123 ms early"), (160.0, 0.9, "160 ms late")]
)
def test_a_film_that_is_off_by_itself_explains_its_own_low_score(offset, confidence, words):
    lines = summary(_report(CurveFacts(0.16, 0.0, offset, confidence, 2.0)))

    assert f"The sound is {words} in the film itself, which lowers its own score." in lines


def test_how_many_seconds_were_judged_is_said_and_too_few_are_no_score():
    own = CurveFacts(0.8, 1.0, 0.0, 0.9, 2.0)

    assert "result 0.90, judged over 2.0 s of speech" in summary(_report(own))[1]
    short = summary(_report(own, result=CurveFacts(judged_seconds=0.44)))[1]
    assert "result: too little to tell (0.4 s of speech)" in short
    assert "judged over" not in short


@pytest.mark.parametrize(("offset", "confidence"), [(20.0, 0.9), (-123.0, 0.3), (None, None)])
def test_nothing_is_said_of_a_film_in_sync_or_of_an_unsure_offset(offset, confidence):
    lines = summary(_report(CurveFacts(0.8, 1.0, offset, confidence, 2.0)))

    assert not [line for line in lines if "in the film itself" in line]


def test_doubtful_frames_are_named():
    lines = summary(_report(CurveFacts(0.8), ((12, 15), (30, 30))))

    assert "5 frames may not pass for real; look at 12–15, 30." in lines
    assert not [line for line in summary(_report(CurveFacts(0.8))) if "may not pass" in line]


def test_many_doubtful_places_are_counted():
    places = tuple((10 * n, 10 * n) for n in range(12))
    (line,) = [each for each in summary(_report(CurveFacts(0.8), places)) if "may not pass" in each]

    assert line.startswith("12 frames")
    assert line.endswith("70 and 4 more places.")


def test_where_a_cover_keeps_the_mouth_is_named_with_its_time():
    covered = ((10, 29, 0.4), (40, 40, 1.6))
    (line,) = [each for each in summary(_report(CurveFacts(0.8), covered=covered)) if "before" in each]
    assert line == (
        "In 21 frames something lies before the mouth, which stays there as it was filmed: "
        "00:00:00.400 (20 frames), 00:00:01.600 (1 frame). If nothing does, dub with --no-occlusion-guard."
    )
    assert not [line for line in summary(_report(CurveFacts(0.8))) if "before the mouth" in line]
