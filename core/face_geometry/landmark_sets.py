"""Which of the 468 mesh points are what. Rings are in order; "right" is the person's own right, the picture's left."""

import numpy as np

LIPS_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
LIPS_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
# The same rings the other way round, above first: clockwise in the picture.
OUTER_LIP = (LIPS_OUTER[0], *LIPS_OUTER[:0:-1])
INNER_LIP = (LIPS_INNER[0], *LIPS_INNER[:0:-1])
FACE_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
RIGHT_EYEBROW = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
LEFT_EYEBROW = (300, 293, 334, 296, 336, 285, 295, 282, 283, 276)

MOUTH_CORNERS = (61, 291)  # as in the picture: left, right
OUTER_LIP_MIDDLES = (0, 17)  # upper, lower
EYE_OUTER_CORNERS = (33, 263)
INNER_LIP_MIDDLES = (13, 14)
INNER_LIP_COLUMNS = ((13, 14), (82, 87), (312, 317))  # upper and lower, in and beside the middle
CHIN_TIP = 152
NOSE_BASE = 2

# Below the face from ear to ear, the person's right to left.
JAW_LINE = (
    *(234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152),
    *(377, 400, 378, 379, 365, 397, 288, 361, 323, 454),
)
# The middle of the jaw line: the chin, about as wide as the mouth.
CHIN_LINE = (378, 400, 377, 152, 148, 176, 149)
# Skin around the lips, clockwise in the picture: the mesh's next loop outwards.
NEXT_TO_LIPS = (57, 186, 92, 165, 167, 164, 393, 391, 322, 410, 287, 273, 335, 406, 313, 18, 83, 182, 106, 43)

# Skin that follows the skull: eye corners, bridge, sides and wings of the nose. Never lips, jaw, brows or cheeks.
STABLE = (
    *(33, 133, 362, 263, 130, 359, 168, 6, 197, 195, 5, 4, 98, 327, 129, 358, 8),
    *(122, 351, 193, 417, 196, 419, 3, 248, 236, 456, 174, 399, 245, 465, 188, 412),
)

# Both rings, and the skin of the lips between them.
_BETWEEN_LIP_RINGS = (
    *(76, 62, 77, 96, 89, 90, 179, 180, 86, 85, 15, 16, 316, 315, 403, 404, 319, 320),
    *(325, 307, 306, 292, 408, 407, 272, 271, 304, 303, 302, 268, 12, 11, 38, 72, 41, 42),
    *(73, 74, 183, 184, 185, 191, 95, 146),
)
LIPS = np.array(sorted({*LIPS_OUTER, *LIPS_INNER, *_BETWEEN_LIP_RINGS}))
