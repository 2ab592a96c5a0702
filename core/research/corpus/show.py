"""Contact sheets and a statistics page of a corpus, to be looked at."""

import html
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from core.research.corpus.clips import FPS, Clip
from core.research.corpus.phones import SILENCE
from core.research.corpus.scenes import Scene
from core.research.corpus.store import INDEX_NAME, StoredItem, read_index, read_scenes, read_shards

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
    yaws: list[np.ndarray] = []
    for clip, _ in read_shards(folder):
        yaws.append(clip.pose[:, 0])
        phones.update(phone.ipa for phone in clip.phones if phone.ipa != SILENCE)
        if len(rows.setdefault(clip.style, [])) < clips:
            rows[clip.style].append(contact_row(clip))
    for scene, _ in read_scenes(folder):
        phones.update(phone.ipa for phone in scene.phones if phone.ipa != SILENCE)
        rows.setdefault("scene", []).append(scene_row(scene))
    sheets = []
    for style, pictures in sorted(rows.items()):
        name = f"sheet_{style}.jpg"
        _write_picture(out / name, np.concatenate(pictures))
        sheets.append((style, name))
    _plot(out / "statistics.png", lines, phones, np.concatenate(yaws) if yaws else np.zeros(0))
    page = out / "index.html"
    beside = page.with_suffix(".part")
    beside.write_text(_page(lines, phones, sheets))
    os.replace(beside, page)
    return page


def contact_row(clip: Clip) -> np.ndarray:
    """(T, 8·T, 3) uint8: eight moments of a clip, from shut to widest open, then a lip-shape apart."""
    opening = clip.visemes[:, 1]
    if np.isnan(opening).any():  # real speech: told from the tracked lips
        opening = np.linalg.norm(clip.landmarks[:, 14] - clip.landmarks[:, 13], axis=1)
    order = np.argsort(opening, kind="stable")
    picked = order[np.linspace(0, len(order) - 1, _COLUMNS).round().astype(int)]
    tiles = [cv2.resize(clip.frames[i], (_TILE, _TILE), interpolation=cv2.INTER_AREA) for i in picked]
    return np.concatenate(tiles, axis=1)


def scene_row(scene: Scene) -> np.ndarray:
    """(T, 8·T, 3) uint8: moments of a scene, one after another; who is heard has a frame around the face."""
    picked = np.linspace(0, len(scene.frames) - 1, _COLUMNS // 2).round().astype(int)
    tiles = []
    for i in picked:
        picture = scene.frames[i].copy()
        person = int(scene.speaks[i])
        if person >= 0 and scene.shown[person, i]:
            points = scene.landmarks[person, i, :, :2]
            low, high = points.min(axis=0).astype(int) - 3, points.max(axis=0).astype(int) + 3
            cv2.rectangle(picture, tuple(map(int, low)), tuple(map(int, high)), (90, 230, 90), 1)
        tiles.append(cv2.resize(picture, (2 * _TILE, _TILE), interpolation=cv2.INTER_AREA))
    return np.concatenate(tiles, axis=1)


def _write_picture(path: Path, rgb: np.ndarray) -> None:
    data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
    beside = path.with_suffix(".part")
    beside.write_bytes(data.tobytes())
    os.replace(beside, path)


def _plot(path: Path, lines: Sequence[StoredItem], phones: Counter[str], yaws: np.ndarray) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 12), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(4, 2)
    minutes: Counter[str] = Counter()
    people: dict[str, set[str]] = {}
    for line in lines:
        minutes[line.style] += line.frames / FPS / 60
        people.setdefault(line.style, set()).add(line.item.person)
    styles = sorted(minutes)
    axes[0, 0].bar(styles, [minutes[style] for style in styles])
    axes[0, 0].set(title="minutes", ylabel="minutes")
    axes[0, 1].bar(styles, [len(people[style]) for style in styles])
    axes[0, 1].set(title="identities", ylabel="people")
    axes[1, 0].hist(yaws, bins=np.arange(-90, 91, 5))
    axes[1, 0].set(title="yaw", xlabel="degrees", ylabel="frames")
    eyes = [float(line.facts["eyes"]) for line in lines if "eyes" in line.facts]
    axes[1, 1].hist(eyes, bins=20)
    axes[1, 1].set(title="size of real faces", xlabel="pixels between the outer eye corners", ylabel="clips")
    for axis, key in ((axes[2, 0], "light"), (axes[2, 1], "language")):
        counts = Counter(str(line.facts.get(key, "?")) for line in lines)
        names = sorted(counts)
        axis.bar(names, [counts[name] for name in names])
        axis.set(title=key, ylabel="clips")
    common = phones.most_common(40)
    axes[3, 0].bar([name for name, _ in common], [count for _, count in common])
    axes[3, 0].set(title="commonest phones", ylabel="times said")
    offsets = [float(line.facts["offset_ms"]) for line in lines if "offset_ms" in line.facts]
    axes[3, 1].hist(offsets, bins=np.arange(-400, 401, 20))
    axes[3, 1].set(title="sound later than the lips, as shot", xlabel="ms", ylabel="real clips")
    for axis in axes.flat:
        axis.tick_params(axis="x", labelsize=7)
    beside = path.with_suffix(".part")
    figure.savefig(beside, format="png", dpi=80)
    os.replace(beside, path)


def _page(lines: Sequence[StoredItem], phones: Counter[str], sheets: Sequence[tuple[str, str]]) -> str:
    minutes = sum(line.frames for line in lines) / FPS / 60
    people = len({line.item.person for line in lines})
    licences = Counter(line.item.licence for line in lines)
    splits = Counter(line.split for line in lines)
    parts = [
        "<!doctype html><meta charset=utf-8><title>Corpus</title><h1>Corpus</h1>",
        f"<p>{len(lines)} clips, {people} people, {minutes:.1f} minutes, {len(phones)} different phones.</p>",
        f"<p>Licences: {html.escape(', '.join(f'{name} ({count})' for name, count in sorted(licences.items())))}.</p>",
        f"<p>Splits: {', '.join(f'{name} {count}' for name, count in sorted(splits.items()))}.</p>",
        "<img src=statistics.png>",
    ]
    parts += [f"<h2>{html.escape(style)}</h2><img src={html.escape(name)}>" for style, name in sheets]
    return "\n".join(parts)
