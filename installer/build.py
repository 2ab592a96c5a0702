#!/usr/bin/env python3
"""Builds what is handed out: a Debian package, an AppImage, plug-ins for editing programs.

    python3 installer/build.py deb         unisync-studio_VERSION_ARCH.deb, for the Debian or Ubuntu it is built on
    python3 installer/build.py appimage    UniSync_Studio-VERSION-ARCH.AppImage; --runtime FILE is the runtime of the AppImage project
    python3 installer/build.py plugins     zip files of the plug-ins

Results go into dist/. A package holds the program as it is committed, its libraries as installer/lock.txt names them by their hashes, the
face models, and the licence of everything in it. torch is not in it: “unisync torch” brings it into the user's own folder.
"""

import argparse
import compileall
import importlib
import os
import platform
import py_compile
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
INSTALLER = ROOT / "installer"
PLUGINS, LINUX = INSTALLER / "plugins", INSTALLER / "linux"
ADDON = "unisync_lips"
HOME = Path("opt/unisync-studio")
NAME = f"python{sys.version_info.major}.{sys.version_info.minor}"
# Of Qt for Python only these are imported; what they load stays, all else goes.
COMMON = Path("/usr/share/common-licenses")  # Debian's
COMMON_TEXTS = {"LGPL-3.0": ("LGPL-3", "GPL-3"), "Apache": ("Apache-2.0",), "Apache-2.0": ("Apache-2.0",)}
QT_MODULES = (
    "QtCore",
    "QtGui",
    "QtWidgets",
    "QtNetwork",
    "QtSvg",
    "QtOpenGL",
    "QtOpenGLWidgets",
    "QtDBus",
    "QtTest",
)
QT_PLUGINS = (
    "egldeviceintegrations", "generic", "iconengines", "imageformats", "platforminputcontexts", "platforms", "platformthemes",
    "styles", "tls", "wayland-decoration-client", "wayland-graphics-integration-client", "wayland-shell-integration",
    "xcbglintegrations",
)  # fmt: skip
START = """#!{python}
import sys

if __name__ == "__main__":
    from app.main import main

    sys.exit(main())
"""
APP_RUN = f"""#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export PYTHONHOME="$here/usr" LD_LIBRARY_PATH="$here/usr/lib/bundled${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
exec "$here/usr/bin/{NAME}" -s "$here/usr/bin/unisync" "$@"
"""


def main(arguments: list[str]) -> int:
    """Dispatches one verb; returns its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("deb", "appimage", "plugins"))
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="where the result goes")
    parser.add_argument("--runtime", type=Path, help="the AppImage runtime of this kind of computer")
    args = parser.parse_args(arguments)
    if args.what == "appimage" and (args.runtime is None or not args.runtime.is_file()):
        return fail(
            "An AppImage begins with a small program of the AppImage project, its runtime. Get runtime-x86_64 (or that of this kind "
            "of computer) from github.com/AppImage/type2-runtime, and name it after --runtime."
        )
    args.dist.mkdir(parents=True, exist_ok=True)
    if args.what == "plugins":
        made = [zip_plugin(name, args.dist) for name in ("blender", "resolve")]
    else:
        with tempfile.TemporaryDirectory(dir=args.dist, prefix=".build-") as work:
            made = [
                build_deb(Path(work), args.dist)
                if args.what == "deb"
                else build_appimage(Path(work), args.dist, args.runtime)
            ]
    for path in made:
        print(f"{path} ({path.stat().st_size / 1e6:.0f} MB)")
    return 0


def build_deb(work: Path, dist: Path) -> Path:
    """The Debian package."""
    root = work / "root"
    home = root / HOME
    packages = install_program(home, work)
    # The environment's Python is the system's, whichever one the package is built with.
    for link in (home / "bin").glob("python*"):
        link.unlink()
    for name in ("python3", NAME):
        (home / "bin" / name).symlink_to(f"/usr/bin/{NAME}")
    (home / "bin" / "unisync").write_text(START.format(python=f"/{HOME}/bin/python3"))
    (home / "bin" / "unisync").chmod(0o755)
    (home / "pyvenv.cfg").write_text(
        f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {platform.python_version()}\n"
    )
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/unisync").symlink_to(f"/{HOME}/bin/unisync")
    desktop_files(root / "usr")
    about = root / "usr/share/doc/unisync-studio"
    checked_notices(packages, about)
    finish(packages)
    arch = output("dpkg", "--print-architecture")
    control = root / "DEBIAN"
    control.mkdir()
    size = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file()) // 1024
    control.joinpath("control").write_text(control_text(version(), arch, size))
    made = dist / f"unisync-studio_{version()}_{arch}.deb"
    run("dpkg-deb", "--build", "--root-owner-group", "-Zzstd", "-z6", str(root), str(made))
    return made


def control_text(number: str, arch: str, kib: int) -> str:
    """What dpkg is told of the package."""
    libraries = sorted(set(system_libraries().values()))
    return (
        f"Package: unisync-studio\nVersion: {number}\nArchitecture: {arch}\nMaintainer: The UniSync Studio authors <unisync@localhost>\n"
        f"Installed-Size: {kib}\nDepends: {NAME}, {', '.join(libraries)}\nSection: video\nPriority: optional\n"
        "Description: fit the lips of people in a film to a dubbed voice\n"
        " A desktop editor and a command line that make mouth movements for a dub out of\n"
        " the person's own footage, and show how well lips and voice fit.\n"
    )


def build_appimage(work: Path, dist: Path, runtime: Path) -> Path:
    """The AppImage: the runtime with a compressed file system of the program behind it."""
    folder = app_dir(work)
    arch = platform.machine()
    made = dist / f"UniSync_Studio-{version()}-{arch}.AppImage"
    squashed = work / "files.squashfs"
    options = ("-root-owned", "-noappend", "-quiet", "-comp", "zstd", "-Xcompression-level", "6")  # 15 takes minutes
    run("mksquashfs", str(folder), str(squashed), *options)
    with made.open("wb") as out:
        for part in (runtime, squashed):
            with part.open("rb") as source:
                shutil.copyfileobj(source, out)
    made.chmod(0o755)
    return made


def app_dir(work: Path) -> Path:
    """The folder an AppImage holds: the program with a Python of its own, which is this system's."""
    folder = work / "UniSync.AppDir"
    usr = folder / "usr"
    packages = install_program(usr, work)
    library = Path(output(sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"))
    for link in (usr / "bin").glob("python*"):
        link.unlink()
    shutil.rmtree(usr / "lib64", ignore_errors=True) if not (usr / "lib64").is_symlink() else (
        usr / "lib64"
    ).unlink()
    (usr / "pyvenv.cfg").unlink()
    shutil.copy2(Path(sys.executable).resolve(), usr / "bin" / NAME)
    unused = shutil.ignore_patterns(
        "test",
        "__pycache__",
        "dist-packages",
        "site-packages",
        "idlelib",
        "tkinter",
        "turtledemo",
        "config-*",
    )
    shutil.copytree(library, usr / "lib" / NAME, dirs_exist_ok=True, ignore=unused, symlinks=False)
    bundled = usr / "lib" / "bundled"
    bundled.mkdir()
    for file in [usr / "bin" / NAME, *(usr / "lib" / NAME / "lib-dynload").glob("*.so")]:
        for path in loaded_by(file):
            if not path.name.startswith(
                ("libc.", "libm.", "libpthread.", "libdl.", "librt.", "libutil.", "ld-linux", "linux-vdso")
            ):
                shutil.copy2(path, bundled / path.name)
    # Qt's way to the screen needs small libraries that not every desktop has; what they stand on (X, drivers, fonts) is the desktop's own.
    for path in loaded_by(packages / "PySide6" / "Qt" / "plugins" / "platforms" / "libqxcb.so"):
        if path.name.startswith(("libxcb-", "libxkbcommon")):
            shutil.copy2(path, bundled / path.name)
    (usr / "bin" / "unisync").write_text(START.format(python=f"/usr/bin/env {NAME}"))
    desktop_files(usr)
    checked_notices(packages, usr / "share/doc/unisync-studio")
    finish(packages)
    for name in ("unisync-studio.desktop", "unisync-studio.svg"):
        shutil.copy2(LINUX / name, folder / name)
    (folder / "AppRun").write_text(APP_RUN)
    (folder / "AppRun").chmod(0o755)
    return folder


def copy_data(source: Path, packages: Path) -> None:
    """What the program reads beside its code: resources, and the manual that F1 opens."""
    shutil.copytree(
        source / "resources",
        packages / "resources",
        ignore=shutil.ignore_patterns("benchmark", "*.ts", "update.py"),
    )
    shutil.copytree(source / "docs" / "manual", packages / "docs" / "manual", ignore=shutil.ignore_patterns("*.py", "__pycache__"))


def install_program(home: Path, work: Path) -> Path:
    """An environment at `home` with the program and what it needs; returns its packages' folder."""
    home.mkdir(parents=True)
    run(sys.executable, "-m", "venv", "--symlinks", str(home))
    for link in (home / "bin").iterdir():  # scripts that begin with where the package was built
        if not link.name.startswith("python"):
            link.unlink()
    pip = (str(home / "bin" / "python3"), "-m", "pip", "--disable-pip-version-check", "--quiet")
    packages = home / "lib" / NAME / "site-packages"
    # Versions and hashes are the lock's. setuptools is in it to build the program's own wheel, pip to install torch later; pip itself
    # comes first, which cannot well be replaced while it works.
    locked = work / "pip.txt"
    locked.write_text("".join(f"{line}\n" for line in lock_lines() if line.startswith("pip==")))
    for lock in (locked, INSTALLER / "lock.txt"):
        run(*pip, "install", "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(lock))
    source = committed(work / "source")
    run(*pip, "install", "--no-deps", "--no-build-isolation", str(source))
    copy_data(source, packages)
    for name in ("lock-torch.txt", "lock-cuda.txt"):
        shutil.copy2(INSTALLER / name, packages / "resources" / name)
    environment = {**os.environ, "UNISYNC_HOME": str(work / "home")}
    run(
        str(home / "bin" / "python3"),
        "-c",
        START.partition("\n")[2],
        "models",
        "install",
        environment=environment,
    )
    shutil.copytree(work / "home" / "models", packages / "resources" / "face-models")
    for script in (home / "bin").iterdir():
        if not script.name.startswith("python"):
            script.unlink()
    trim_qt(packages / "PySide6")
    for name in ("share", "include"):
        shutil.rmtree(home / name, ignore_errors=True)
    return packages


def committed(folder: Path) -> Path:
    """The source tree as it is committed."""
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    run("git", "-C", str(ROOT), "archive", "--output", str(archive), "HEAD")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder


def trim_qt(folder: Path) -> None:
    """Takes out of Qt for Python what the program's modules do not load."""
    libraries = folder / "Qt" / "lib"
    for path in folder.iterdir():
        is_module = (
            path.name.startswith("Qt") and path.suffix == ".so" and path.name.split(".")[0] not in QT_MODULES
        )
        is_module = is_module or path.name.startswith("libpyside6qml")
        is_tool = path.is_file() and (
            path.suffix in (".pyi", ".json")
            or (not path.suffix and path.name[0].islower() and path.name != "py.typed")
        )
        if is_module or is_tool:
            path.unlink()
        elif path.is_dir() and path.name in (
            "include",
            "typesystems",
            "glue",
            "doc",
            "scripts",
            "examples",
            "QtAsyncio",
        ):
            shutil.rmtree(path)
    for path in (folder / "Qt").iterdir():
        if path.is_dir() and path.name not in ("lib", "plugins", "translations", "resources"):
            shutil.rmtree(path)
    for path in (folder / "Qt" / "plugins").iterdir():
        if path.name not in QT_PLUGINS:
            shutil.rmtree(path)
    for path in (folder / "Qt" / "translations").iterdir():
        if path.is_dir() or not path.name.startswith(("qtbase_", "qt_")):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for keyboard in (folder / "Qt" / "plugins").glob("platforminputcontexts/*virtualkeyboard*"):
        keyboard.unlink()  # it alone of the plugins loads QtQuick
    kept = {
        path.resolve()
        for file in folder.rglob("*.so*")
        if libraries not in file.parents
        for path in loaded_by(file)
    }
    for path in libraries.iterdir():
        if path.resolve() not in kept and not path.is_symlink():
            path.unlink() if path.is_file() else shutil.rmtree(path)
    for path in libraries.iterdir():
        if path.is_symlink() and not path.exists():
            path.unlink()


def loaded_by(file: Path) -> Iterator[Path]:
    """The libraries that a program or library loads, through all that those load."""
    for line in subprocess.run(
        ["ldd", str(file)], capture_output=True, text=True, check=False
    ).stdout.splitlines():
        match = re.search(r"=> (/\S+)", line)
        if match is not None:
            yield Path(match[1])


def desktop_files(usr: Path) -> None:
    """Entry, icon and kind of file for desktops; each finds them by itself when it is installed."""
    for name, folder in (
        ("unisync-studio.desktop", "share/applications"),
        ("unisync-studio.svg", "share/icons/hicolor/scalable/apps"),
        ("unisync-studio.xml", "share/mime/packages"),
    ):
        (usr / folder).mkdir(parents=True)
        shutil.copy2(LINUX / name, usr / folder / name)


def notices(packages: Path, about: Path) -> None:
    """The program's licence, and that of each library in the package, in full."""
    about.mkdir(parents=True)
    for name in ("LICENSE", "NOTICE", "CHANGELOG.md"):
        shutil.copy2(ROOT / name, about / name)
    lines = [
        "What is in this package beside UniSync Studio itself. The texts lie in third-party/NAME, one folder a library.",
        "",
    ]
    for found in sorted(distributions(path=[str(packages)]), key=lambda each: each.name.lower()):
        lines.append(f"{found.name} {found.version}: {licence_of(found)}")
        for file in found.files or ():
            if re.match(r"(licen[cs]e|copying|notice|authors|third.?party)", file.name, re.IGNORECASE):
                source = Path(str(file.locate()))
                if source.is_file():
                    target = about / "third-party" / found.name / "_".join(file.parts[1:] or file.parts)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(source, target)
        add_common_texts(licence_of(found), about / "third-party" / found.name)
    (about / "THIRD-PARTY.txt").write_text("\n".join(lines) + "\n", "utf-8")
    (about / "copyright").write_text(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\n"
        "Copyright: the UniSync Studio authors, and those whom THIRD-PARTY.txt names\nLicense: Apache-2.0\n"
        " The full text lies beside this file (LICENSE); /usr/share/common-licenses/Apache-2.0 is the same.\n"
    )


def checked_notices(packages: Path, about: Path) -> None:
    """The same for a package, which is not built without one of them."""
    notices(packages, about)
    missing = without_text(about)
    if missing:
        sys.exit(fail(f"The licence of {', '.join(sorted(missing))} is not in the package."))


def add_common_texts(licence: str, folder: Path) -> None:
    """The licence's text from the system, for a library that brings none."""
    if folder.is_dir():
        return
    for word, names in COMMON_TEXTS.items():
        if word in licence and all((COMMON / name).is_file() for name in names):
            folder.mkdir(parents=True)
            for name in names:
                shutil.copyfile(COMMON / name, folder / name)
            return


def without_text(about: Path) -> set[str]:
    """The libraries of the lock that belong on this kind of computer and whose licence is not in `about`."""
    set_up_module = set_up()
    wanted = {
        canonical(line.split("==")[0]) for line in set_up_module.requirements(INSTALLER / "lock.txt") if "==" in line and is_for_here(line)
    }
    return wanted - {canonical(path.name) for path in (about / "third-party").iterdir() if any(path.iterdir())}


def canonical(name: str) -> str:
    """A library's name as every index spells it."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def is_for_here(line: str) -> bool:
    """Whether a line of a lock is for this system; its markers name systems alone."""
    marker = line.partition(";")[2].partition("--hash")[0]
    return "sys_platform" not in marker or f"sys_platform == '{sys.platform}'" in marker or (
        "!=" in marker and f"!= '{sys.platform}'" not in marker
    )


def licence_of(found: Distribution) -> str:
    """A library's licence in a few words, as it says itself."""
    facts = found.metadata
    said = facts.get("License-Expression") or next(
        (
            each.rpartition(" :: ")[2]
            for each in facts.get_all("Classifier") or ()
            if each.startswith("License ::")
        ),
        "",
    )
    return said or (facts.get("License") or "see its texts").splitlines()[0][:80]


def finish(packages: Path) -> None:
    """Nothing is left that would be written when the program first runs, or tell where it was built."""
    for path in list(packages.rglob("__pycache__")):
        shutil.rmtree(path)
    compileall.compile_dir(
        packages, quiet=2, workers=os.cpu_count() or 1, stripdir=str(packages.parents[2]),
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )  # fmt: skip


def version() -> str:
    """The program's, from where it stands."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def system_libraries() -> dict[str, str]:
    """Library → Debian package, as set-up knows them."""
    return dict(set_up().SYSTEM_LIBRARIES)


def lock_lines() -> list[str]:
    """What the program needs, each with its hashes."""
    return list(set_up().requirements(INSTALLER / "lock.txt"))


def set_up() -> ModuleType:
    """studio.py, wherever this is run from."""
    sys.path.insert(0, str(INSTALLER))
    try:
        return importlib.import_module("studio")
    finally:
        sys.path.remove(str(INSTALLER))


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
    with tempfile.TemporaryDirectory(dir=dist, prefix=".plugin-") as work:
        folder = plugin_folder(name, Path(work))
        path = dist / f"unisync-{name}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(work))
    return path


def output(*command: str) -> str:
    """What a command prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def run(*command: str, environment: dict[str, str] | None = None) -> None:
    """Runs a step; stops the build when it fails."""
    done = subprocess.run(command, check=False, env=environment)
    if done.returncode:
        sys.exit(fail(f"The build stopped at: {' '.join(command)}"))


def fail(message: str) -> int:
    """Says what is wrong; returns the exit code for it."""
    print(message, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
