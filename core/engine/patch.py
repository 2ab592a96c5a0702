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
from core.delivery.patch_markers import Findings, Fit, marked, within
from core.delivery.report import CurveFacts
from core.delivery.soundtrack import Soundtrack
from core.engine.dub import DubJob, make_takes, plan_dub
from core.engine.runner import Engine
from core.jobs.cancel import CancelToken
from core.jobs.events import Event, JobId
from core.jobs.results import PatchWritten
from core.planning.requests import PatchSettings
from core.planning.sound_plan import PICTURE_RULES
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
        fits = tuple(Fit(curve.first_frame, curve.times, curve.p) for curve in best.curves)
        markers = within(marked(Findings(fits, best.doubtful)), clips)
        return PatchWords(markers, planned.choice.person, mean, notes)

    contents = PatchContents(
        film.info.path.stem,
        (PlacedMouths(film, compositor, range(len(film.index)), 0),),
        timecode_of(film.video, 0),
        sound,
        levelled,
        words,
    )
    return (yield from write_patch(contents, job.output.parent, settings, JobId("dub"), token))
