"""The report of a batch: a row per film and language, as a page to look at and as a table to reckon with."""

import base64
import csv
import html
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2

from core.base.errors import AppError
from core.base.timing import format_time
from core.base.whole_file import written_whole
from core.batch.jobs import BatchJob
from core.batch.state import Entry
from core.media.probe import scan
from core.media.thumbnails import thumbnails

_THUMB_HEIGHT = 108
_MOST_STRETCHES = 6  # of doubtful frames that the page names
_COLUMNS = (
    "job", "film", "language", "state", "sync_before", "sync_after", "offset_ms", "weak_stretches", "doubtful_frames",
    "coverage", "frames", "seconds", "output", "error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One job of the report; None and "" where nothing is known. Of the doubtful frames the first and the last of each stretch."""

    job: BatchJob
    state: str
    error: str
    seconds: float
    before: float | None = None
    after: float | None = None
    offset_ms: float | None = None
    weak: tuple[tuple[float, float, float], ...] = ()
    doubtful: tuple[tuple[int, int], ...] = ()
    coverage: float | None = None
    frames: int = 0
    notes: tuple[str, ...] = ()


def rows_of(jobs: Sequence[BatchJob], entries: dict[str, Entry]) -> list[Row]:
    """What is known of each job, from the batch's state and the reports beside the films."""
    return [_row(job, entries[job.name]) for job in jobs]


def _row(job: BatchJob, entry: Entry) -> Row:
    bare = Row(job, entry.state, entry.error, entry.seconds)
    if entry.state != "done":
        return bare
    try:
        facts = json.loads(job.report.read_text("utf-8"))
        segments = facts.get("segments", [])
        first = segments[0] if segments else {}
        return Row(
            job,
            entry.state,
            entry.error,
            entry.seconds,
            before=_score(first, "score_source_with_dub"),
            after=_score(first, "score_result"),
            offset_ms=(first.get("score_result") or {}).get("offset_ms"),
            weak=tuple((w["start"], w["end"], w["mean"]) for w in facts.get("weak", [])),
            doubtful=tuple(
                (int(first), int(last)) for s in segments for first, last in s.get("doubtful", [])
            ),
            coverage=first.get("coverage"),
            frames=sum(s["frames"] for s in segments) or facts.get("output", {}).get("frames", 0),
            notes=(*(n for s in segments for n in s.get("notes", [])), *facts.get("notes", [])),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return bare  # the film is there and counts; its report was moved or changed by hand


def _score(segment: dict, name: str) -> float | None:
    return (segment.get(name) or {}).get("mean_p_sync")


def write_report(path: Path, rows: Sequence[Row], deliveries: Iterable[tuple[Path, str]] = ()) -> Path:
    """Writes the page to `path` and the table beside it, each whole or not at all; returns the table's path.

    Raises:
        MediaError: they cannot be written.
    """
    table = path.with_suffix(".csv")
    for place, text in ((path, _page(rows, list(deliveries))), (table, _csv(rows))):
        with written_whole(place, "The report") as part:
            part.write_text(text, "utf-8")
    return table


def _csv(rows: Sequence[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow(
            (
                row.job.name, row.job.film, row.job.language, row.state, row.before, row.after, row.offset_ms,
                " ".join(f"{format_time(_exact(a))}-{format_time(_exact(b))}" for a, b, _ in row.weak), _count(row.doubtful),
                row.coverage, row.frames, row.seconds, row.job.work.output, row.error,
            )
        )  # fmt: skip
    return out.getvalue()


def _exact(seconds: float) -> Fraction:
    return Fraction(seconds).limit_denominator(1000)


_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #2e8b57; --fair: #b8860b; --bad: #c0392b; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1400px; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem } .sum { opacity: .75; margin: 0 0 1.5rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .5rem .75rem;
border-bottom: 1px solid var(--line) } th { font-weight: 600; opacity: .75; white-space: nowrap } td.n, th.n { text-align: right;
font-variant-numeric: tabular-nums; white-space: nowrap } img { display: block; border-radius: 4px; max-width: 200px }
.good { color: var(--good) } .fair { color: var(--fair) } .bad { color: var(--bad) } small { opacity: .75 }
.notes { min-width: 15rem; max-width: 28rem } .wide { overflow-x: auto }
"""


def _page(rows: Sequence[Row], deliveries: Sequence[tuple[Path, str]]) -> str:
    done, failed = (sum(row.state == state for row in rows) for state in ("done", "failed"))
    left = len(rows) - done - failed
    summary = f"{done} of {len(rows)} finished" + (f", {failed} failed" if failed else "")
    summary += f", {left} not begun" if left else ""
    body = "\n".join(_table_row(row) for row in rows)
    more = "".join(
        f"<li>{html.escape(path.name)}{f' <span class=bad>{html.escape(error)}</span>' if error else ''}</li>"
        for path, error in deliveries
    )
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dubbed films</title><style>{_STYLE}</style>
<h1>Dubbed films</h1><p class="sum">{summary}</p>
<div class="wide"><table><thead><tr><th></th><th>Film</th><th>Language</th><th class="n">Sync before</th><th class="n">after</th>
<th>Weak stretches</th><th class="n">Doubtful frames</th><th class="n">Coverage</th><th class="n">Frames</th>
<th class="n">Seconds</th><th>Notes</th></tr></thead><tbody>
{body}
</tbody></table></div>
{f"<h2>Films with several sound tracks</h2><ul>{more}</ul>" if more else ""}
</html>
"""


def _table_row(row: Row) -> str:
    output = row.job.work.output
    name = f"<strong>{html.escape(output.name)}</strong><br><small>{html.escape(row.job.film.name)}</small>"
    if row.state == "done":
        files = ((output, "film"), (row.job.report, "report"))
        links = (f'<a href="{html.escape(path.as_uri())}">{what}</a>' for path, what in files)
        name += f"<br><small>{' · '.join(links)}</small>"
    weak = "<br>".join(
        f"{format_time(_exact(a))} – {format_time(_exact(b))} ({p:.2f})" for a, b, p in row.weak
    )
    says = [f"<span class=bad>{html.escape(row.error)}</span>"] if row.error else []
    says += [html.escape(note) for note in row.notes]
    if row.state == "waiting":
        says.append("not begun")
    return (
        f"<tr><td>{_thumbnail(row)}</td><td>{name}</td><td>{html.escape(row.job.language)}</td>"
        f'<td class="n">{_number(row.before)}</td><td class="n">{_number(row.after)}</td><td>{weak}</td>'
        f'<td class="n">{_count(row.doubtful) or ""}<br><small>{_frames(row.doubtful)}</small></td>'
        f'<td class="n">{"" if row.coverage is None else f"{100 * row.coverage:.0f} %"}</td>'
        f'<td class="n">{row.frames or ""}</td><td class="n">{f"{row.seconds:.0f}" if row.seconds else ""}</td>'
        f'<td class="notes"><small>{"<br>".join(says)}</small></td></tr>'
    )


def _count(stretches: Sequence[tuple[int, int]]) -> int:
    return sum(last - first + 1 for first, last in stretches)


def _frames(stretches: Sequence[tuple[int, int]]) -> str:
    said = [f"{first}" if first == last else f"{first}–{last}" for first, last in stretches[:_MOST_STRETCHES]]
    return ", ".join(said) + (" …" if len(stretches) > _MOST_STRETCHES else "")


def _number(score: float | None) -> str:
    if score is None:
        return ""
    shade = "good" if score >= 0.65 else "fair" if score >= 0.35 else "bad"
    return f'<span class="{shade}">{score:.2f}</span>'


def _thumbnail(row: Row) -> str:
    """The middle of the finished film, inside the page so that it can be sent as one file."""
    if row.state != "done":
        return ""
    try:
        info, index = scan(row.job.work.output, need_video=True)
        if index is None:
            return ""
        _, picture = next(
            thumbnails(
                row.job.work.output,
                [len(index) // 2],
                _THUMB_HEIGHT,
                tolerance=Fraction(2),
                info=info,
                index=index,
            )
        )
    except (AppError, OSError, StopIteration):
        return ""
    good, data = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 80]
    )
    return (
        f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode()}">'
        if good
        else ""
    )
