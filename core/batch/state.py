"""What a batch has done so far, on disk, so that the same command goes on after any end."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.base.errors import ProjectError, SettingsError
from core.base.whole_file import written_whole
from core.batch.jobs import BatchJob

FILE = "batch.json"
_VERSION = 1
JobState = Literal["waiting", "done", "failed"]
_STATES = ("waiting", "done", "failed")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one job.

    Attributes:
        key: `BatchJob.key` when it was last looked at; another key means that it must be made anew.
        output: the name of the file it makes, in the batch's folder.
        state: a job that was running when the program died is found as waiting.
        error: one sentence, for a failed job.
        seconds: how long it took, from the first task to the last.
    """

    key: str
    output: str
    state: JobState = "waiting"
    error: str = ""
    seconds: float = 0.0


class BatchState:
    """``batch.json`` in the folder of the results; written whole after each change."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.entries: dict[str, Entry] = {}

    @classmethod
    def read(cls, folder: Path) -> "BatchState":
        """The state in `folder`, empty when there is none.

        Raises:
            ProjectError: there is a file, but it is not one of this program's.
        """
        state = cls(folder)
        try:
            content = json.loads(state._path.read_text("utf-8"))
            if content["version"] != _VERSION:
                raise ValueError("version")
            for name, fields in content["jobs"].items():
                entry = Entry(**fields)
                if entry.state not in _STATES or Path(entry.output).name != entry.output:
                    raise ValueError(name)
                state.entries[name] = entry
        except FileNotFoundError:
            return state
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ProjectError(
                f"{state._path} is not the state of a batch, or it is damaged.",
                hint="Choose another folder with -o, or delete that file to begin anew.",
            ) from error
        return state

    def begin(self, jobs: Sequence[BatchJob], *, resume: bool) -> set[str]:
        """Takes `jobs` as what the folder is for; returns the names of those that are finished already.

        Args:
            jobs: all jobs of the command.
            resume: the list may have changed since; without it a folder of other jobs is refused.

        Raises:
            SettingsError: the folder holds another batch, or a file would be written over that no batch made.
            OSError: an input cannot be read.
            MediaError: the state cannot be written.
        """
        names = {job.name for job in jobs}
        strangers = sorted(self.entries.keys() - names)
        if strangers and not resume:
            raise SettingsError(
                f"{self._path} belongs to another list of jobs ({strangers[0]} is not in this one).",
                hint="Choose another folder with -o, or add --resume to go on with the changed list.",
            )
        foreign = [
            job.work.output for job in jobs if job.name not in self.entries and job.work.output.exists()
        ]
        if foreign:
            raise SettingsError(
                f"{foreign[0]} is there already and was not made by this batch.",
                hint="Move it away or choose another folder with -o; nothing is written over.",
            )
        finished = set()
        for job in jobs:
            key, known = job.key(), self.entries.get(job.name)
            if known is not None and known.state == "done" and known.key == key and job.work.output.is_file():
                finished.add(job.name)
            else:
                self.entries[job.name] = Entry(key, job.work.output.name)
        self.write()
        return finished

    def note(self, name: str, state: JobState, *, error: str = "", seconds: float = 0.0) -> None:
        """Remembers how a job ended.

        Raises:
            MediaError: it cannot be written.
        """
        known = self.entries[name]
        self.entries[name] = Entry(known.key, known.output, state, error, round(seconds, 2))
        self.write()

    def write(self) -> None:
        """Puts the state on the disk, whole or not at all.

        Raises:
            MediaError: it cannot be written.
        """
        jobs = {
            name: {
                "key": each.key,
                "output": each.output,
                "state": each.state,
                "error": each.error,
                "seconds": each.seconds,
            }
            for name, each in self.entries.items()
        }
        with written_whole(self._path, "The state of the batch") as part:
            part.write_text(
                json.dumps({"version": _VERSION, "jobs": jobs}, indent=1, ensure_ascii=False), "utf-8"
            )
