"""Composition root: the command line and the window's start."""
