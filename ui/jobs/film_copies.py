"""A copy of a film that lies beside it and takes its place in the project: longer, or at a constant rate."""

from pathlib import Path

from core.project import content_edits
from core.project.ids import MediaId
from ui.jobs.media_reading import Probed
from ui.state.document import Document


def free_name(plain: Path) -> Path:
    """`plain`, or with a number where something has that name."""
    target, number = plain, 2
    while target.exists():
        target = plain.with_name(f"{plain.stem} {number}{plain.suffix}")
        number += 1
    return target


def use_copy(document: Document, label: str, film: MediaId, copy: Path, probed: Probed) -> bool:
    """Adds `copy` to the project and gives it the place of `film` everywhere; whether both were done."""
    new = MediaId(f"m{document.project.next_number}")
    added = document.apply(
        label, content_edits.add_media, "video", str(copy), copy.name, probed.facts,
        size=probed.size, quick_hash=probed.quick_hash,
    )  # fmt: skip
    return bool(added and document.apply(label, content_edits.exchange_film, film, new))
