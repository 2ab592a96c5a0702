"""Damaged caches: finished lips, voices, analyses. What is damaged is made again, and never believed."""

import json
import os
import random
import shutil
from pathlib import Path

import numpy as np

from app.lab.fuzz_targets import media
from app.lab.fuzz_targets.door import ask
from core.lip_engine import LipChunk
from core.research.fuzzing.mutations import damaged
from core.research.fuzzing.runner import Fault
from core.takes.chunk_cache import ChunkCache
from core.takes.voices import mapped_voice

KEY = "ab" * 32


def a_chunk(first: int) -> LipChunk:
    """Three frames."""
    draw = np.random.default_rng(first)
    return LipChunk(
        first,
        draw.integers(0, 255, (3, 16, 16, 3)).astype(np.uint8),
        draw.normal(size=(3, 2, 3)).astype(np.float32),
        draw.normal(size=(3, 468, 2)).astype(np.float32),
        draw.random(3).astype(np.float32),
        draw.random(3) > 0.5,
    )


def seeds(folder: Path) -> tuple[Path, Path, str, bytes]:
    """A home with a voice and an analysis in its caches, and the film they are of."""
    made = media.seeds(folder)
    film = folder / "film.mkv"
    film.write_bytes(made[".mkv"])
    home = folder / "home"
    models = Path(os.environ["UNISYNC_HOME"]) / "models" if "UNISYNC_HOME" in os.environ else None
    from core.base.models import user_data_dir

    models = models or user_data_dir() / "models"
    if models.is_dir() and not (home / "models").exists():
        home.mkdir(exist_ok=True)
        (home / "models").symlink_to(models.absolute(), target_is_directory=True)
    os.environ["UNISYNC_HOME"] = str(home)
    voice = np.array(mapped_voice(film)).tobytes()
    table = folder / "table.json"
    if ask(folder / "none", ["analyse", str(film), "--json", str(table)]):
        raise RuntimeError("the film for the caches cannot be analysed")
    return film, home / "cache", _facts(table), voice


def case(folder: Path, draw: random.Random, made: tuple[Path, Path, str, bytes]) -> str:
    """One damaged file of one cache."""
    film, cache, table, voice = made
    home = folder / "home"
    which = draw.choice(("lips", "lips", "lips", "voices", "voices", "faces"))
    if which == "lips":
        return _lips(folder / "lips", draw)
    shutil.copytree(cache, home / "cache", symlinks=True)
    (home / "models").symlink_to((cache.parent / "models").resolve(), target_is_directory=True)
    os.environ["UNISYNC_HOME"] = str(home)
    harm(draw, [path for path in sorted((home / "cache" / which).rglob("*")) if path.is_file()])
    if which == "voices":
        if np.array(mapped_voice(film)).tobytes() != voice:
            raise Fault("believed", "a damaged voice was taken")
        return "voice made again"
    output = folder / "table.json"
    if ask(folder / "none", ["analyse", str(film), "--json", str(output)]):
        raise Fault("stuck", "a damaged analysis stops the command")
    if _facts(output) != table:
        raise Fault("believed", "a damaged analysis was taken")
    return "analysis made again"


def _facts(table: Path) -> str:
    """An analysis as the command tells it, without the place of its cache."""
    facts = json.loads(table.read_text("utf-8"))
    facts.pop("landmarks", None)
    return json.dumps(facts)


def _lips(root: Path, draw: random.Random) -> str:
    chunks = [a_chunk(first) for first in (0, 3, 6)]
    for chunk in chunks:
        ChunkCache(root).write(KEY, chunk)
    harm(draw, sorted(root.rglob("*.chunk")))
    cache = ChunkCache(root)
    cache.verify(KEY)
    cache.synthesised(KEY, range(9))
    cache.doubtful(KEY, range(9))
    cache.milder(KEY, range(9))
    gone = 0
    for chunk in chunks:
        for i in range(3):
            frame = cache.frame(KEY, chunk.first_frame + i)
            if frame is None:
                gone += 1
            elif not (frame.crop == chunk.crops[i]).all() or frame.weight != chunk.weights[i]:
                raise Fault("believed", f"frame {chunk.first_frame + i} is not what was stored")
    if cache.done_until(KEY, 0) == 9 and gone:
        raise Fault("believed", f"{gone} frames are gone and the stretch counts as done")
    for chunk in chunks:  # as a resumed dub does
        if cache.frame(KEY, chunk.first_frame) is None:
            cache.write(KEY, chunk)
    if ChunkCache(root).done_until(KEY, 0) != 9:
        raise Fault("stuck", "the stretch cannot be made again")
    return "lips made again" if gone else "lips whole"


def harm(draw: random.Random, paths: list[Path]) -> None:
    """Damages, empties, cuts, removes or fills with zeros some of the files."""
    for path in draw.sample(paths, min(len(paths), draw.choice((1, 1, 2)))):
        how = draw.random()
        if how < 0.1:
            path.unlink()
        elif how < 0.2:
            path.write_bytes(b"")
        elif how < 0.25:
            path.write_bytes(bytes(path.stat().st_size))
        else:
            path.write_bytes(damaged(path.read_bytes(), draw))
