"""Runs ``unisync patch`` in the background for an editing program. Python's own library only; copied into each plug-in."""

import json
import queue
import subprocess
import threading
from pathlib import Path

STAGES = {
    "faces": "Finding faces",
    "lips": "Making lips",
    "score": "Scoring",
    "patch": "Writing the patch",
}
KNOWN_VERSION = 1


class PatchFailed(Exception):
    """Why there is no patch, in one sentence."""


class PatchRun:
    """One run; ask `poll` now and then.

    Args:
        program: path of ``unisync``.
        film: the film.
        voice: the dub.
        folder: a new folder for the patch.
        options: more options of ``unisync patch``.

    Raises:
        PatchFailed: the program cannot be started.
    """

    def __init__(
        self, program: str, film: str, voice: str, folder: str, options: tuple[str, ...] = ()
    ) -> None:
        command = [
            program,
            "patch",
            film,
            "--audio",
            voice,
            "-o",
            folder,
            "--json",
            "--progress",
            "json",
            *options,
        ]
        self._folder = Path(folder)
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                encoding="utf-8", errors="replace",
            )  # fmt: skip
        except OSError as error:
            raise PatchFailed(
                f"{program} cannot be started: {error.strerror}. Say in the preferences where unisync lies."
            ) from error
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._result = ""
        self._last_words = ""
        self.words, self.share = "Starting", 0.0
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._listen, self._collect)]
        for thread in self._threads:
            thread.start()

    def poll(self) -> bool:
        """Takes in what was told; whether the run has ended."""
        while not self._said.empty():
            self._take_in(self._said.get())
        if any(thread.is_alive() for thread in self._threads):
            return False
        while not self._said.empty():
            self._take_in(self._said.get())
        self._process.wait()
        return True

    def wait(self) -> None:
        """Waits for the end."""
        for thread in self._threads:
            thread.join()
        self.poll()

    def cancel(self) -> None:
        """Ends the run; what is finished of the lips stays in the program's cache."""
        self._process.terminate()
        self.wait()

    def result(self) -> dict:
        """What ``patch.json`` says; see docs/patch.md.

        Raises:
            PatchFailed: there is no patch, or it is of a newer kind than this plug-in knows.
        """
        if self._process.returncode:
            raise PatchFailed(self._last_words or f"unisync ended with code {self._process.returncode}.")
        told = json.loads(self._result)
        if told["version"] != KNOWN_VERSION:
            raise PatchFailed(
                f"This unisync writes patches of version {told['version']}: install its own plug-in."
            )
        return told

    @property
    def folder(self) -> Path:
        """Where the patch lies."""
        return self._folder

    def _listen(self) -> None:
        with self._process.stderr as said:
            for line in said:
                self._said.put(line)

    def _collect(self) -> None:
        with self._process.stdout as said:
            self._result = said.read()

    def _take_in(self, line: str) -> None:
        try:
            told = json.loads(line)
        except ValueError:
            self._last_words = line.strip() or self._last_words
            return
        if isinstance(told, dict) and told.get("event") == "progress" and told["total"]:
            self.share = told["done"] / told["total"]
            self.words = f"{STAGES.get(told['stage'], told['stage'])}: {told['done']} of {told['total']}"
