"""The jobs of a batch: what each makes, under which name, and what is wrong with it before anything begins."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.base.content_hash import quick_hash
from core.base.errors import AppError
from core.base.outputs import check_outputs
from core.batch.listing import sentence
from core.engine.dub import DubJob, check_inputs
from core.media.info import PicturePreset


@dataclass(frozen=True, slots=True)
class ProjectJob:
    """A saved project to be exported as its timeline stands."""

    project: Path
    output: Path
    picture: PicturePreset = "h264"
    device: str = "auto"
    credentials: bool = True


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One finished film of a batch.

    Attributes:
        name: unlike every other's; the output's name without its ending.
        place: where it was asked for, for messages.
        language: of the dub, "" where it was not said.
        work: how it is made.
    """

    name: str
    place: str
    language: str
    work: DubJob | ProjectJob

    @property
    def film(self) -> Path:
        """What the job begins with: the film, or the project."""
        return self.work.video if isinstance(self.work, DubJob) else self.work.project

    def inputs(self) -> tuple[Path, ...]:
        """Every file that was named: by the job, and by its project.

        Raises:
            AppError: the project cannot be read.
        """
        if isinstance(self.work, ProjectJob):
            return project_files(self.work.project)
        heard = (self.work.bed.background,) if self.work.bed.background is not None else ()
        return (self.work.video, self.work.dub, *self.work.footage, *heard)

    @property
    def report(self) -> Path:
        """Where its report goes, beside the film."""
        return self.work.output.with_name(f"{self.work.output.name}.json")

    def key(self) -> str:
        """Changes whenever the finished film could.

        Raises:
            AppError: the project cannot be read.
            OSError: an input cannot be read.
        """
        facts = [repr(self.work), self.language, *(quick_hash(path) if path.is_file() else "" for path in self.inputs())]
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def problems_of(jobs: Sequence[BatchJob]) -> Iterator[str]:
    """Everything that would stop a job, found without making anything; one sentence each, with its place."""
    outputs = Counter(job.work.output for job in jobs)
    inputs = {path for job in jobs for path in _named_by(job)}
    for job in jobs:
        if outputs[job.work.output] > 1:
            yield f"{job.place}: another line makes {job.work.output.name}, too; give one a language or an output."
            continue
        try:
            check_outputs([("The film", job.work.output), ("The report", job.report)], inputs)
            _check_inside(job)
        except AppError as error:
            yield f"{job.place}: {sentence(error)}"
        except OSError as error:
            yield f"{job.place}: {error.filename} cannot be read: {error.strerror or error}."


def _named_by(job: BatchJob) -> tuple[Path, ...]:
    """Its inputs; of a project that cannot be read, which is told in its turn, the project itself."""
    try:
        return job.inputs()
    except AppError:
        return (job.film,)


def _check_inside(job: BatchJob) -> None:
    if isinstance(job.work, DubJob):
        check_inputs(job.work)
    else:
        project_request(job.work)


def project_files(path: Path) -> tuple[Path, ...]:
    """The project and every film and sound in it, on its timeline or not: none of them may be written over.

    Raises:
        AppError: the project cannot be read.
    """
    from core.project.file import load_project
    from core.project.relink import with_found_media

    project = with_found_media(load_project(path), path.parent)
    return (path, *(Path(medium.path) for medium in project.media))


def project_request(work: ProjectJob) -> object:
    """The export of a project, checked.

    Raises:
        AppError: the project or a film of it cannot be read, or nothing is on its timeline.
    """
    from core.delivery.export import check_export
    from core.delivery.timeline import check_timeline
    from core.planning.requests import ExportRequest
    from core.project.export_plan import export_request
    from core.project.file import load_project
    from core.project.relink import with_found_media

    project = with_found_media(load_project(work.project), work.project.parent)
    request = export_request(
        project, work.output, work.picture, device=work.device, credentials=work.credentials
    )
    if isinstance(request, ExportRequest):
        check_export(request)
    else:
        check_timeline(request)
    return request
