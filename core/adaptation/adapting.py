"""Fitting the installed generator to a person, as a job of the engine: footage → LoRA → blob."""

from collections.abc import Iterator, Sequence

from core.base.blobs import BlobStore
from core.base.device import resolve_device
from core.base.errors import AppError, MediaError, SettingsError
from core.base.models import file_sha256
from core.base.torch_library import require_torch
from core.jobs.cancel import CancelToken
from core.jobs.events import Event, JobId, Progress
from core.jobs.results import PersonLearnt
from core.planning.requests import AdaptRequest
from core.takes.film import Film
from core.takes.lips import installed_generator

_TICKS = 1000  # of the progress while learning


def adapt_person(
    request: AdaptRequest, films: Sequence[Film], job: JobId, token: CancelToken
) -> Iterator[Event]:
    """Learns a person; `films` are those of the request, opened. Ends with `PersonLearnt`.

    Raises:
        SettingsError: no generator is installed, or there is too little footage of the person.
        ModelError: torch is not installed, or the generator is damaged.
        MediaError: no film has sound.
        Cancelled: `token` said so.
    """
    description = installed_generator()
    if description is None:
        raise SettingsError(
            "No generator is installed that could be adapted.",
            hint="Train one and install it with “unisync models install --generator”.",
        )
    require_torch("Learning a person's mouth")
    from core.adaptation.clips import GeneratorClip
    from core.adaptation.learning import AdaptSettings, adapting
    from core.adaptation.person_clips import MOST_STRETCHES, clips_of_person
    from core.base.precision import place_on
    from core.generator.adaptation import save_adaptation
    from core.generator.export import load_generator

    recipe, pipeline = load_generator(description)
    clips: list[GeneratorClip] = []
    refusals: list[AppError] = []
    total = MOST_STRETCHES * len(films)
    for film, (_, person) in zip(films, request.footage, strict=True):
        yield Progress(job, "footage", len(clips), total)
        try:
            for clip in clips_of_person(film.info.path, film.analysis, person, recipe.size):
                token.check()
                clips.append(clip)
                yield Progress(job, "footage", len(clips), total)
        except (SettingsError, MediaError) as error:
            refusals.append(error)  # another film may show enough, and have sound
    if not clips:
        raise refusals[0]
    place = place_on(resolve_device(request.device))
    settings = AdaptSettings(request.minutes, request.most_steps, place=place)
    steps = adapting(recipe, pipeline, clips, settings, person=request.name, base=file_sha256(description))
    seconds, done = max(60 * request.minutes, 1e-6), 0
    while True:
        token.check()
        try:
            trained = next(steps)
        except StopIteration as end:
            facts, weights = end.value
            break
        done += 1
        share = min(max(trained / seconds, done / request.most_steps if request.most_steps else 0.0), 1.0)
        yield Progress(job, "learning", int(_TICKS * share), _TICKS, max(seconds - trained, 0.0))
    blob = BlobStore().put(lambda path: save_adaptation(path, facts, weights)) if facts.helps else ""
    yield PersonLearnt(job, blob, facts.before, facts.after)
