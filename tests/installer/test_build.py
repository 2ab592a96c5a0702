"""What packages are made of, as far as it shows without building one; `.ci/clean-root` installs a built one."""

import configparser
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from installer import build

ROOT = Path(__file__).resolve().parents[2]


def test_plugins_are_whole_and_need_nothing_of_the_program(tmp_path):
    assert build.main(["plugins", "--dist", str(tmp_path)]) == 0
    with zipfile.ZipFile(tmp_path / "unisync-blender.zip") as archive:
        names = set(archive.namelist())
        code = (
            archive.read("unisync_lips/patch_run.py").decode()
            + archive.read("unisync_lips/__init__.py").decode()
        )
    assert {
        f"unisync_lips/{name}" for name in ("__init__.py", "patch_run.py", "blender_manifest.toml", "LICENSE")
    } <= names
    assert not any(word in code for word in ("import core", "from core", "import app", "from app", "numpy"))
    with zipfile.ZipFile(tmp_path / "unisync-resolve.zip") as archive:
        assert {"resolve/unisync_dub_lips.py", "resolve/unisync/patch_run.py"} <= set(archive.namelist())
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_desktop_knows_the_program_and_its_files(tmp_path):
    build.desktop_files(tmp_path / "usr")
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str
    entry.read(tmp_path / "usr/share/applications/unisync-studio.desktop", encoding="utf-8")
    facts = entry["Desktop Entry"]
    assert facts["Exec"].startswith("unisync ")
    assert (tmp_path / "usr/share/icons/hicolor/scalable/apps" / f"{facts['Icon']}.svg").is_file()
    kinds = ElementTree.parse(tmp_path / "usr/share/mime/packages/unisync-studio.xml")
    (kind,) = kinds.getroot()
    assert kind.get("type") in facts["MimeType"]
    glob = next(each for each in kind if each.tag.endswith("glob"))
    assert glob.get("pattern") == "*.unisync"


def test_every_library_has_its_licence_beside_it(tmp_path):
    """The environment the tests run in stands for the package's."""
    packages = Path(str(distribution("numpy").locate_file("")))
    build.notices(packages, tmp_path / "doc")
    listed = (tmp_path / "doc" / "THIRD-PARTY.txt").read_text("utf-8")
    for name, licence in (("av", "BSD"), ("numpy", "BSD"), ("PySide6_Essentials", "LGPL"), ("scipy", "BSD")):
        line = next(line for line in listed.splitlines() if line.lower().startswith(f"{name.lower()} "))
        assert licence in line
    assert any((tmp_path / "doc" / "third-party" / "numpy").iterdir())
    assert build.without_text(tmp_path / "doc") == set()
    if build.COMMON.is_dir():  # Qt's wheels bring no text
        assert "LESSER" in (tmp_path / "doc" / "third-party" / "PySide6_Essentials" / "LGPL-3").read_text()
    shutil.rmtree(tmp_path / "doc" / "third-party" / "numpy")
    assert build.without_text(tmp_path / "doc") == {"numpy"}
    assert (tmp_path / "doc" / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_dpkg_is_told_what_the_program_needs_of_the_system():
    text = build.control_text("1.2.3", "amd64", 100)
    facts = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith(" "))
    assert facts["Version"] == "1.2.3"
    wanted = facts["Depends"].split(", ")
    assert wanted[0] == f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert "libegl1" in wanted
    assert text.endswith("\n")


def test_an_appimage_without_its_runtime_says_where_to_get_it(tmp_path, capsys):
    assert build.main(["appimage", "--dist", str(tmp_path / "dist")]) == 2
    assert "type2-runtime" in capsys.readouterr().err
    assert not (tmp_path / "dist").exists()


def test_qt_is_left_with_what_its_modules_load(tmp_path):
    """On a copy of links: a module that is used still loads, and one that is not is gone."""
    found = Path(str(distribution("PySide6_Essentials").locate_file("PySide6")))
    copy = tmp_path / "PySide6"
    for path in found.rglob("*"):
        target = copy / path.relative_to(found)
        if path.is_file() and "__pycache__" not in path.parts:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.hardlink_to(
                path.resolve()
            ) if path.stat().st_dev == tmp_path.stat().st_dev else target.symlink_to(path)
    before = sum(path.stat().st_size for path in copy.rglob("*") if path.is_file())
    build.trim_qt(copy)
    after = sum(path.stat().st_size for path in copy.rglob("*") if path.is_file())
    assert after < 0.75 * before
    assert not (copy / "QtQml.abi3.so").exists()
    assert not any("Quick" in path.name for path in (copy / "Qt" / "lib").iterdir())
    code = (
        "from PySide6 import QtCore, QtGui, QtWidgets, QtSvg, QtNetwork; app = QtWidgets.QApplication([]); "
        "w = QtWidgets.QLabel('x'); w.show(); print(QtCore.__file__)"
    )
    shiboken = Path(str(distribution("shiboken6").locate_file("shiboken6")))
    (tmp_path / "shiboken6").symlink_to(shiboken)
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env={"PYTHONPATH": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith(str(copy))


def test_packaged_face_models_are_found_without_a_network(tmp_path, monkeypatch):
    from core.base import models

    spec = models.MODELS["face-mesh"]
    packaged = tmp_path / "face-models"
    packaged.mkdir()
    monkeypatch.setattr(models, "PACKAGED_MODELS", packaged)
    assert models.model_folder(spec) == models.user_data_dir() / "models"
    for name, _ in spec.files:
        (packaged / name).touch()
    assert models.model_folder(spec) == packaged


@pytest.mark.parametrize("name", ["pyproject.toml", "build.yml"])
def test_recipes_that_were_never_run_say_so(name):
    assert "UNTESTED" in (ROOT / "installer/windows_macos" / name).read_text("utf-8")


def test_every_recipe_names_the_version_of_pyproject():
    number = build.version()
    recipe = tomllib.loads((ROOT / "installer/windows_macos/pyproject.toml").read_text("utf-8"))
    assert recipe["tool"]["briefcase"]["version"] == number
    addon = ROOT / "installer/plugins/blender/unisync_lips"
    assert tomllib.loads((addon / "blender_manifest.toml").read_text("utf-8"))["version"] == number
    assert f'"version": ({number.replace(".", ", ")})' in (addon / "__init__.py").read_text("utf-8")


def test_the_recipe_for_windows_and_macos_names_what_is_there():
    folder = ROOT / "installer/windows_macos"
    app = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["tool"]["briefcase"]["app"]["unisync"]
    places = [*app["sources"], app["requirement_installer_args"][-1]]
    assert [place for place in places if not (folder / place).exists()] == []
    assert "--require-hashes" in app["requirement_installer_args"]
    steps = yaml.safe_load((folder / "build.yml").read_text("utf-8"))
    assert set(steps) == {"windows", "macos"}
    assert all(step["steps"] and step["result"].startswith("installer/windows_macos/dist/") for step in steps.values())


def test_the_manual_goes_along_in_every_language(tmp_path):
    source, packages = tmp_path / "source", tmp_path / "packages"
    (source / "resources").mkdir(parents=True)
    (source / "docs").mkdir()
    (source / "docs" / "manual").symlink_to(ROOT / "docs" / "manual")
    build.copy_data(source, packages)
    for folder in (packages / "docs" / "manual", packages / "docs" / "manual" / "de"):
        assert (folder / "README.md").is_file()
        assert (folder / "images" / "welcome.png").is_file()
    assert not list((packages / "docs").rglob("*.py"))
