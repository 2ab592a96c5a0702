"""The items of a tree widget, one after another."""

from collections.abc import Iterator

from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem


def top_items(tree: QTreeWidget) -> Iterator[QTreeWidgetItem]:
    """The items that lie in no other."""
    for row in range(tree.topLevelItemCount()):
        item = tree.topLevelItem(row)
        if item is not None:
            yield item


def children(item: QTreeWidgetItem) -> Iterator[QTreeWidgetItem]:
    """The items that lie in `item` itself."""
    for row in range(item.childCount()):
        child = item.child(row)
        if child is not None:
            yield child
