"""The pictures a plan borrows: cut from the films when wanted, kept within a fixed number of bytes."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import partial

from core.base.stages import stage
from core.lip_engine import Footage
from core.motion.shape import ShapeModel
from core.own_mouth.borrowed_mouth import CUT_SPAN, BorrowedMouth, cut_mouth
from core.own_mouth.head import find_heads, lip_depth
from core.own_mouth.library import MouthLibrary
from core.own_mouth.motion_blur import velocities

BUDGET_BYTES = 256 * 2**20


class MouthCutter:
    """Least-recently-used store of borrowed mouths. Not thread-safe."""

    def __init__(
        self,
        footage: Sequence[Footage],
        library: MouthLibrary,
        model: ShapeModel,
        *,
        budget_bytes: int = BUDGET_BYTES,
    ) -> None:
        self._tracks = [(each.source, track) for each in footage for track in each.tracks]
        self._library = library
        self._model = model
        self._budget = budget_bytes
        self._shut_gap = library.shut_gap
        self._bytes = 0
        self._mouths: OrderedDict[int, BorrowedMouth] = OrderedDict()

    @property
    def capacity(self) -> int:
        """How many mouths are surely kept."""
        side = CUT_SPAN * float(self._library.scale.max()) if len(self._library) else 1.0
        return max(int(self._budget / (3 * (side + 1) ** 2)), 1)

    def fetch(self, rows: Iterable[int]) -> dict[int, BorrowedMouth]:
        """The mouths of library `rows`; what is missing is read from the films in rising order of frames."""
        library = self._library
        wanted = sorted(set(rows), key=lambda row: (int(library.track[row]), int(library.frame[row])))
        found = {}
        for row in wanted:
            mouth = self._mouths.get(row)
            if mouth is None:
                mouth = self._cut(row)
                self._mouths[row] = mouth
                self._bytes += mouth.picture.nbytes
            else:
                self._mouths.move_to_end(row)
            found[row] = mouth
        while self._bytes > self._budget and len(self._mouths) > 1:
            _, dropped = self._mouths.popitem(last=False)
            self._bytes -= dropped.picture.nbytes
        return found

    @stage("cutting mouths")
    def _cut(self, row: int) -> BorrowedMouth:
        library = self._library
        source, track = self._tracks[library.track[row]]
        at = int(library.row[row])
        head = find_heads(track.landmarks[at][None], self._model)
        landmarks = head.placed(0, track.landmarks[at])
        scale = float(library.scale[row])
        # Never more narrow than shut: the mesh may see a gap in lips that touch, but there is no less than none.
        unseen = max(float(library.gap[row]), self._shut_gap) - max(
            float(library.mesh_gap[row]), self._shut_gap
        )
        return cut_mouth(
            source,
            int(library.frame[row]),
            landmarks,
            scale,
            head.lip_plane(0, lip_depth(self._model)),
            unseen_gap=unseen * scale,
            shut_gap=self._shut_gap * scale,
            slit_below=self._library.slit_below,
            movement=velocities(track.landmarks, range(at, at + 1))[0]
            * library.open_share[library.track[row]],
            colours_tell=library.colours_tell,
            cover=partial(track.cover.mask, at) if track.cover is not None else None,
        )
