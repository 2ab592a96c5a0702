"""Proxies: light copies of heavy films, made in the background for playing and for nothing else."""

from pathlib import Path

from PySide6.QtCore import QObject

from core.base.sealed import is_good
from core.engine.client import Priority
from core.jobs.events import TERMINAL, Done, Event, JobId
from core.media.info import is_heavy
from core.planning.requests import ProxyRequest
from core.project.changes import Changes
from core.project.ids import MediaId
from core.project.media_items import MediaItem
from ui.base.bridge import Bridge
from ui.base.options import Options
from ui.jobs.engine_jobs import EngineJobs
from ui.jobs.media_reading import file_key
from ui.state.document import Document


class ProxyWork(QObject):
    """Makes proxies of heavy films as the options say, and finds those made before. They are shared by all projects."""

    def __init__(
        self,
        document: Document,
        bridge: Bridge,
        jobs: EngineJobs,
        options: Options,
        cache: Path,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._bridge = bridge
        self._jobs = jobs
        self._options = options
        self._folder = cache / "proxies"
        self._making: dict[MediaId, JobId] = {}
        document.changed.connect(self._on_changed)
        document.library.missing_changed.connect(self._on_missing_changed)
        options.changed.connect(self._on_option)

    def make(self, media: MediaId) -> None:
        """Makes a film's proxy, unless it is there or under way."""
        medium = self._document.project.medium(media)
        if medium is None or medium.kind != "video" or media in self._making:
            return
        target = self._path(medium)
        if target.is_file():
            self._find(media, medium, target)
            return

        def listen(event: Event) -> None:
            if isinstance(event, TERMINAL):
                self._making.pop(media, None)
            if isinstance(event, Done) and self._document.project.medium(media) is not None:
                self._document.library.put_proxy(media, str(target))

        self._making[media] = self._jobs.submit(
            ProxyRequest(Path(medium.path), target),
            Priority.PROXY,
            "proxy",
            self.tr("Proxy of {name}").format(name=medium.name),
            listen,
            replaces=("proxy", target),
            retry=lambda: self.make(media),
        )

    def _find(self, media: MediaId, medium: MediaItem, target: Path) -> None:
        """Takes the proxy that is there, or makes another one if it is damaged."""

        def found(is_whole: bool) -> None:
            now = self._document.project.medium(media)
            if now is None or self._path(now) != target:
                return
            if is_whole:
                self._document.library.put_proxy(media, str(target))
            else:
                self.make(media)

        self._bridge.run(lambda _ticket: is_good(target, f"The proxy of {medium.name}"), found)

    def ask(self, media: MediaId, wanted: bool) -> None:
        """Makes a film's proxy or deletes it, as the user asks."""
        if wanted:
            self.make(media)
        else:
            self.remove(media)

    def remove(self, media: MediaId) -> None:
        """Deletes a film's proxy."""
        medium = self._document.project.medium(media)
        if medium is not None:
            self._document.library.put_proxy(media, None)
            self._path(medium).unlink(missing_ok=True)

    def _path(self, medium: MediaItem) -> Path:
        return self._folder / f"{file_key(medium)}.mp4"

    def _look(self) -> None:
        library = self._document.library
        makes = self._options.text("playback.proxies") == "heavy"
        for medium in self._document.project.media:
            if medium.kind != "video" or library.is_missing(medium.id):
                continue
            if self._path(medium).is_file() or (makes and _is_heavy(medium)):
                self.make(medium.id)

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything:
            self._making.clear()
        if changes.everything or changes.media:
            kept = {medium.id for medium in self._document.project.media}
            for media in [each for each in self._making if each not in kept]:
                self._jobs.cancel(self._making.pop(media))
            self._look()

    def _on_missing_changed(self, _media: MediaId) -> None:
        self._look()

    def _on_option(self, key: str) -> None:
        if key == "playback.proxies":
            self._look()


def _is_heavy(medium: MediaItem) -> bool:
    facts = medium.facts
    return facts.rate is not None and is_heavy(facts.width, facts.height, facts.rate)
