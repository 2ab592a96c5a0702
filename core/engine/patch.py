"""The new mouths apart, of one film and one dub: what ``unisync patch FILM`` does, as a stream of events."""

from collections.abc import Generator

from core.base.errors import SettingsError
from core.base.outputs import check_new_folder
from core.delivery.loudness import level
from core.delivery.patch import Stretch, check_patchable, timecode_of
from core.delivery.patch_folder import (
    PatchContents,
    PatchWords,
    PlacedMouths,
    write_patch,
)
from core.delivery.patch_timelines import Marker
from core.delivery.report import CurveFacts
from core.delivery.soundtrack import Soundtrack
from core.engine.dub import DubJob, make_takes, plan_dub
from core.engine.runner import Engine
from core.engine.take import ScoredTake
from core.jobs.cancel import CancelToken
from core.jobs.events import Event, JobId
from core.jobs.results import PatchWritten
from core.planning.requests import PatchSettings
from core.planning.sound_plan import PICTURE_RULES
from core.scorer.weak import weak_stretches
from core.takes.compositor import Compositor
from core.takes.lost import again_when_lost


def patch(
    job: DubJob, settings: PatchSettings, engine: Engine, token: CancelToken
) -> Generator[Event, None, PatchWritten]:
    """Makes a dub's lips and writes them, the dub and timelines into the folder of `job.output`, whose name is not used.

    That folder is new or empty before, and complete or as it was after.

    Raises:
        SettingsError: the film's rate varies, the folder is not empty, or nothing changes.
        AppError: see `core.engine.dub.dub`.
    """
    check_new_folder(job.output.parent, (job.video,))
    result = yield from again_when_lost(lambda: _patch(job, settings, engine, token))
    engine.tidy()
    return result


def _patch(
    job: DubJob, settings: PatchSettings, engine: Engine, token: CancelToken
) -> Generator[Event, None, PatchWritten]:
    if job.longer in PICTURE_RULES or job.shorter == "cut":
        raise SettingsError(
            "A patch lies over the film as it is and cannot change its length.",
            hint="Use --longer keep, cut or mix, and --shorter silence or original.",
        )
    planned = yield from plan_dub(job, engine, token)
    film = planned.film
    check_patchable(film.video, film.info.path.name)
    takes = yield from make_takes(planned, job, engine, token)
    best = max(takes, key=lambda take: take.mean)
    layers = tuple(piece.layer(job.mask) for piece in best.pieces)
    compositor = Compositor(film.video, layers, engine.cache, is_finished=True)
    sound, levelled = level(Soundtrack(planned.sound.parts, job.sound_like), job.loudness, token.check)

    def words(clips: tuple[Stretch, ...]) -> PatchWords:
        mean = CurveFacts.of(best.curves).mean_p_sync
        notes = (*planned.sound.notes, *best.notes)
        return PatchWords(_markers(best, clips), planned.choice.person, mean, notes)

    contents = PatchContents(
        film.info.path.stem,
        (PlacedMouths(film, compositor, range(len(film.index)), 0),),
        timecode_of(film.video, 0),
        sound,
        levelled,
        words,
    )
    return (yield from write_patch(contents, job.output.parent, settings, JobId("dub"), token))


def _markers(take: ScoredTake, clips: tuple[Stretch, ...]) -> tuple[Marker, ...]:
    """What an editor should look at: where the lips fit badly, and where the engine doubts its own picture."""
    found = [(each.start, "Look at these lips again") for each in take.doubtful]
    piece_frames = [piece.piece.frames for piece in take.pieces]
    for curve, frames in zip(take.curves, piece_frames, strict=False):
        weak = weak_stretches(curve.times, curve.p)
        found += [(frames.start + w.start, f"Weak sync {curve.p[w.start : w.stop].mean():.2f}") for w in weak]
    inside = [range(each.first_frame, each.first_frame + each.frames) for each in clips]
    return tuple(sorted(marker for marker in found if any(marker[0] in frames for frames in inside)))
