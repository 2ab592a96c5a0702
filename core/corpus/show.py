"""Contact sheets and a statistics page of a corpus, to be looked at."""

import html
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from core.corpus.clips import FPS, Clip
from core.corpus.phones import SILENCE
from core.corpus.store import INDEX_NAME, StoredItem, read_index, read_shards

_COLUMNS, _TILE = 8, 144


def show_corpus(folder: Path, *, clips: int = 24) -> Path:
    """Writes ``show/index.html`` with contact sheets of the first `clips` clips of each style; returns its path.

    Raises:
        MediaError: the folder holds no corpus.
    """
    lines = read_index(folder / INDEX_NAME)
    out = folder / "show"
    out.mkdir(exist_ok=True)
    rows: dict[str, list[np.ndarray]] = {}
    phones: Counter[str] = Counter()
    for clip, _ in read_shards(folder):
        phones.update(phone.ipa for phone in clip.phones if phone.ipa != SILENCE)
        if len(rows.setdefault(clip.style, [])) < clips:
            rows[clip.style].append(contact_row(clip))
    sheets = []
    for style, pictures in sorted(rows.items()):
        name = f"sheet_{style}.jpg"
        _write_picture(out / name, np.concatenate(pictures))
        sheets.append((style, name))
    _plot(out / "statistics.png", lines, phones)
    page = out / "index.html"
    beside = page.with_suffix(".part")
    beside.write_text(_page(lines, phones, sheets))
    os.replace(beside, page)
    return page


def contact_row(clip: Clip) -> np.ndarray:
    """(T, 8·T, 3) uint8: eight moments of a clip, from shut to widest open, then a lip-shape apart."""
    opening = clip.visemes[:, 1]
    order = np.argsort(opening, kind="stable")
    picked = order[np.linspace(0, len(order) - 1, _COLUMNS).round().astype(int)]
    tiles = [cv2.resize(clip.frames[i], (_TILE, _TILE), interpolation=cv2.INTER_AREA) for i in picked]
    return np.concatenate(tiles, axis=1)


def _write_picture(path: Path, rgb: np.ndarray) -> None:
    data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
    beside = path.with_suffix(".part")
    beside.write_bytes(data.tobytes())
    os.replace(beside, path)


def _plot(path: Path, lines: Sequence[StoredItem], phones: Counter[str]) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2)
    axes[0, 0].hist([float(line.facts.get("yaw", 0.0)) for line in lines], bins=np.arange(-80, 81, 10))
    axes[0, 0].set(title="mean yaw of clips", xlabel="degrees", ylabel="clips")
    for axis, key in ((axes[0, 1], "light"), (axes[1, 0], "language")):
        counts = Counter(str(line.facts.get(key, "?")) for line in lines)
        names = sorted(counts)
        axis.bar(names, [counts[name] for name in names])
        axis.set(title=key, ylabel="clips")
    common = phones.most_common(40)
    axes[1, 1].bar([name for name, _ in common], [count for _, count in common])
    axes[1, 1].set(title="commonest phones", ylabel="times said")
    axes[1, 1].tick_params(axis="x", labelsize=7)
    beside = path.with_suffix(".part")
    figure.savefig(beside, format="png", dpi=80)
    os.replace(beside, path)


def _page(lines: Sequence[StoredItem], phones: Counter[str], sheets: Sequence[tuple[str, str]]) -> str:
    minutes = sum(line.frames for line in lines) / FPS / 60
    people = len({line.item.person for line in lines})
    splits = Counter(line.split for line in lines)
    parts = [
        "<!doctype html><meta charset=utf-8><title>Corpus</title><h1>Corpus</h1>",
        f"<p>{len(lines)} clips, {people} people, {minutes:.1f} minutes, {len(phones)} different phones.</p>",
        f"<p>Splits: {', '.join(f'{name} {count}' for name, count in sorted(splits.items()))}.</p>",
        "<img src=statistics.png>",
    ]
    parts += [f"<h2>{html.escape(style)}</h2><img src={html.escape(name)}>" for style, name in sheets]
    return "\n".join(parts)
