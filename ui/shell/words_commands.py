"""What can be done with the words of a dub: lines where there is no script, a script's lines found, weak words named."""

from collections import Counter
from fractions import Fraction

from PySide6.QtCore import QLocale, QObject

from core.base.timing import TimeRange
from core.project import line_edits
from core.project.ids import VIDEO_LANE
from core.project.line_edits import LineDraft
from core.project.model import Clip
from core.script.heard import find_lines, lines_heard, words_within
from core.speech.words import Word
from ui.shell.window_parts import WindowParts

_WEAK_S = 1.0  # of what is said from a weak stretch's start on


class WordsCommands(QObject):
    """The handlers of one window."""

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._parts, self._document, self._words = parts, parts.document, parts.workshop.words
        parts.actions.connect({"file.write_lines": self.write_lines, "file.find_lines": self.find_lines})
        for name in ("segment.next_weak", "segment.previous_weak"):
            parts.actions[name].triggered.connect(self._name_weak_words)  # after the playhead went there

    def write_lines(self) -> None:
        """Lines out of what the dub says, where the project has none."""
        if self._document.project.lines:
            self._parts.messages.info(
                self.tr("The project has lines already."),
                self.tr("Find them in the dub instead, or delete them first."),
            )
            return
        self._with_words(self._write)

    def find_lines(self) -> None:
        """Times for the lines that have none, where the dub says them."""
        if all(line.range is not None for line in self._document.project.lines):
            self._parts.messages.info(self.tr("There is no line without times."))
            return
        self._with_words(self._find)

    def _with_words(self, then: object) -> None:
        dubs = self._words.dubs
        if not dubs:
            self._parts.messages.info(
                self.tr("There is no dub whose words could be read."),
                self.tr("Drop a sound file on the timeline first."),
            )
            return
        self._words.read(dubs, then)  # type: ignore[arg-type]

    def _write(self) -> None:
        heard = [line for clip in self._dub_clips() for line in lines_heard(self._inside(clip))]
        drafts = [
            LineDraft(self._speaker(line.range), line.text, line.range)
            for line in heard
            if line.range is not None
        ]
        if not drafts:
            self._parts.messages.info(self.tr("Nobody speaks in the dub."))
            return
        if self._document.apply(self.tr("Write down the dub"), line_edits.set_script, drafts):
            self._parts.messages.done(
                self.tr("{count} lines written down; the dub speaks {language}.").format(
                    count=len(drafts), language=self._language()
                ),
                self.tr("A machine heard them: read them through."),
            )

    def _find(self) -> None:
        lines = self._document.project.lines
        words = sorted(
            (word for clip in self._dub_clips() for word in self._inside(clip)), key=lambda word: word.start
        )
        found = find_lines([line.text for line in lines], words)
        times = {
            line.id: said.range
            for line, said in zip(lines, found, strict=True)
            if line.range is None and said is not None
        }
        missing = sum(line.range is None for line in lines) - len(times)
        if times and not self._document.apply(self.tr("Find the lines"), line_edits.time_lines, times):
            return
        self._parts.messages.done(
            self.tr("{count} lines found in the dub, {missing} not.").format(
                count=len(times), missing=missing
            )
        )

    def _name_weak_words(self) -> None:
        start = float(self._document.session.playhead)
        said = [words_within(self._inside(clip), start, start + _WEAK_S) for clip in self._dub_clips()]
        text = " ".join(filter(None, said))
        if text:
            self._parts.messages.info(self.tr("Here the dub says “{text}”.").format(text=text))

    def _dub_clips(self) -> list[Clip]:
        clips = [clip for clip in self._document.project.clips if clip.lane != VIDEO_LANE]
        return sorted(clips, key=lambda clip: clip.range.start)

    def _inside(self, clip: Clip) -> list[Word]:
        """The words that are heard in the clip, on the timeline's clock; none where they were not read."""
        medium = self._document.project.medium(clip.media)
        spoken = self._words.known(medium) if medium is not None else None
        later = float(clip.range.start - clip.offset)
        words = (
            [Word(word.text, word.start + later, word.end + later) for word in spoken.words] if spoken else []
        )
        start, end = float(clip.range.start), float(clip.range.end)
        return [word for word in words if start <= (word.start + word.end) / 2 < end]

    def _speaker(self, span: TimeRange) -> str:
        """The name of the one person whose segments lie there; nobody where there are several."""
        project = self._document.project
        people: dict[str, Fraction] = {}
        for segment in project.segments:
            shared = segment.range.intersection(span)
            person = project.person(segment.person) if segment.person is not None else None
            if shared is not None and person is not None:
                people[person.name] = people.get(person.name, Fraction(0)) + shared.duration
        return next(iter(people)) if len(people) == 1 else ""

    def _language(self) -> str:
        heard = Counter(
            spoken.language for each in self._words.dubs if (spoken := self._words.known(each)) is not None
        )
        code = heard.most_common(1)[0][0] if heard else ""
        name = QLocale(code).nativeLanguageName()
        return name if QLocale(code).language() != QLocale.Language.C and name else code
