"""The timeline's tools: what dragging does without a modifier key."""

from typing import Literal

Tool = Literal["select", "ripple", "roll", "slip", "razor"]
TOOLS: tuple[Tool, ...] = ("select", "ripple", "roll", "slip", "razor")
