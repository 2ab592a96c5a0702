#!/usr/bin/env python3
"""Builds what is handed out: plug-ins for editing programs, a Debian package, an AppImage.

    python3 installer/build.py plugins     zip files of the plug-ins into dist/
    python3 installer/build.py deb         dist/unisync-studio_VERSION_ARCH.deb
    python3 installer/build.py appimage    dist/UniSync_Studio-VERSION-ARCH.AppImage, with --runtime FILE

A package holds the program, its libraries as the locks name them, and the face models; it is built of what is committed.
"""

import argparse
import shutil
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLUGINS = ROOT / "installer" / "plugins"
ADDON = "unisync_lips"


def main(arguments: list[str]) -> int:
    """Dispatches one verb; returns its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("plugins",))
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="where the result goes")
    args = parser.parse_args(arguments)
    args.dist.mkdir(parents=True, exist_ok=True)
    for name in ("blender", "resolve"):
        print(zip_plugin(name, args.dist))
    return 0


def plugin_folder(name: str, target: Path) -> Path:
    """A plug-in whole, as its program takes it, in a folder below `target`."""
    source = PLUGINS / "blender" / ADDON if name == "blender" else PLUGINS / name
    folder = target / source.name
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    # Resolve lists every script of its folder: what is none lies below.
    inner = folder / "unisync" if name == "resolve" else folder
    inner.mkdir(exist_ok=True)
    for file in (PLUGINS / "patch_run.py", ROOT / "LICENSE"):
        shutil.copy2(file, inner)
    return folder


def zip_plugin(name: str, dist: Path) -> Path:
    """The plug-in as one file to install from."""
    work = dist / f".{name}"
    shutil.rmtree(work, ignore_errors=True)
    try:
        folder = plugin_folder(name, work)
        path = dist / f"unisync-{name}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(work))
        return path
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
