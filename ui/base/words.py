"""Texts that are written in one place and translated where they are shown."""

from PySide6 import QtCore


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """`text` as it is, marked for translation in `context`."""
    return str(QtCore.QT_TRANSLATE_NOOP(context, text))
