"""Where the lips lie in a picture that an engine has painted: looked for with the face mesh."""

from functools import cached_property

import numpy as np

from core.faces.mesh import PRESENCE_THRESHOLD, FaceMesh, roi_from_landmarks


class NewLips:
    """Finds a painted face's landmarks. Not thread-safe; the mesh is loaded when the first is looked for."""

    @cached_property
    def _mesh(self) -> FaceMesh:
        return FaceMesh()

    def __call__(self, picture: np.ndarray, landmarks: np.ndarray) -> np.ndarray | None:
        """(468, 2) float32 in the picture (H, W, 3) uint8, near `landmarks` (468, 3) of the film's frame; None when unsure."""
        found = self._mesh(picture, roi_from_landmarks(landmarks))
        return found.landmarks[:, :2] if found.presence >= PRESENCE_THRESHOLD else None
