"""A film brought to the length of its dub before it is dubbed."""

from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

from core.delivery.other_length import write_with_length
from core.jobs.cancel import CancelToken
from core.jobs.events import Event, JobId
from core.jobs.results import FilmWritten, ended_with
from core.media.probe import scan
from core.planning.requests import LengthRequest, LengthRule

_MEANT = Fraction(1, 50)  # seconds: nobody means a smaller difference

_WORDS: dict[LengthRule, str] = {
    "hold": "its last picture is held",
    "loop": "it is shown again from its beginning",
    "pingpong": "it is shown backwards and forwards again",
    "cut": "the film was cut there",
}


def film_as_long(
    video: Path, voice_end: Fraction, longer: str, shorter: str, folder: Path, token: CancelToken
) -> Generator[Event, None, tuple[Path, str]]:
    """A lossless copy in `folder` of a film as long as its dub, with a sentence about it; the film itself where nothing is to do.

    Args:
        video: the film.
        voice_end: film time at which the dub ends.
        longer: see `core.planning.sound_plan`; only those rules that change the picture do anything.
        shorter: the same.
        folder: where the copy goes.
        token: cancels.

    Raises:
        AppError: see `write_with_length`.
    """
    _, index = scan(video, need_video=True)
    assert index is not None, "a picture was asked for"
    over = voice_end - index.duration
    rule: LengthRule
    if longer in ("hold", "loop", "pingpong") and over > _MEANT:
        rule = longer  # type: ignore[assignment]  # narrowed by the line above
        words = f"The dub is {float(over):.2f} s longer than the film; {_WORDS[rule]}."
    elif shorter == "cut" and -over > _MEANT:
        rule, words = "cut", f"The dub is {float(-over):.2f} s shorter than the film; {_WORDS['cut']}."
    else:
        return video, ""
    copy = folder / f"{video.stem}.mkv"
    yield from ended_with(
        write_with_length(LengthRequest(video, copy, voice_end, rule, "ffv1"), JobId("dub"), token), FilmWritten
    )
    return copy, words
