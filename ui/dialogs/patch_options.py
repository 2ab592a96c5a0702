"""What the export dialog asks when the new mouths alone are to be written, instead of the film."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from core.planning.requests import PatchFormat, PatchSettings

# (format, title, help): the same clips that `unisync patch --format` offers.
PATCH_FORMATS: tuple[tuple[PatchFormat, str, str], ...] = (
    ("prores4444", "Patch: ProRes 4444 (folder)", "The new mouths alone, with alpha, to be laid over the film in an editing program."),
    ("ffv1", "Patch: FFV1 (folder)", "The new mouths alone, with alpha, lossless; for Kdenlive, Shotcut and Blender."),
    ("png", "Patch: PNG pictures (folder)", "The new mouths alone, with alpha, a picture a frame."),
    ("exr", "Patch: OpenEXR pictures (folder)", "The new mouths alone, with alpha, a picture a frame in half floats, in the film's own curve."),
)  # fmt: skip
MOST_HANDLES = 1000


class PatchOptions(QWidget):
    """Crop and handles.

    Signals:
        changed: something was set.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.crop = QCheckBox(self.tr("No larger than the mouths"))
        self.crop.setToolTip(self.tr("Smaller clips. Kdenlive and MLT timelines place them; other programs are told where they lie."))
        self.crop.toggled.connect(self.changed)
        self.handles = QSpinBox()
        self.handles.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.handles.setRange(0, MOST_HANDLES)
        self.handles.setAccessibleName(self.tr("Handles"))
        self.handles.setToolTip(self.tr("Empty frames before and after each clip, for trimming."))
        self.handles.valueChanged.connect(self.changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.crop, 1)
        row.addWidget(QLabel(self.tr("Handles in frames")))
        row.addWidget(self.handles)

    def settings(self, kind: PatchFormat) -> PatchSettings:
        """What is set."""
        return PatchSettings(kind, self.handles.value(), self.crop.isChecked())

    def use(self, settings: PatchSettings) -> None:
        """Sets it."""
        self.handles.setValue(settings.handles)
        self.crop.setChecked(settings.crop)

    def timelines_text(self, settings: PatchSettings) -> str:
        """Which timelines come with it."""
        if settings.crop or settings.format in ("png", "exr"):
            return self.tr(
                "With it come the dub and timelines for Kdenlive, MLT, OpenTimelineIO, and an EDL of the film. "
                "Final Cut Pro 7 XML knows no cropped clips and no numbered pictures."
            )
        if settings.format == "prores4444":
            return self.tr(
                "With it come the dub and timelines for Kdenlive, MLT, OpenTimelineIO, Final Cut Pro 7 XML, AAF, and an EDL of the film."
            )
        return self.tr(
            "With it come the dub and timelines for Kdenlive, MLT, OpenTimelineIO, Final Cut Pro 7 XML, and an EDL of the film."
        )
