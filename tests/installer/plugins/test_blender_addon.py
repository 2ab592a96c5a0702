"""The Blender add-on in a real Blender, where one is to be had as a Python module."""

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from app.main import main
from installer.build import zip_plugin
from tests.talking import cut_dub, cut_film

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def blender(tmp_path_factory):
    """A Python that has bpy, and what it needs around it."""
    python = os.environ.get("UNISYNC_BPY_PYTHON")
    if not python:
        pytest.skip(
            "UNISYNC_BPY_PYTHON names no Python that has Blender (bpy, from the package index, in an environment of its own)"
        )
    asked = "import importlib.util as u; print(u.find_spec('bpy').submodule_search_locations[0])"
    found = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True, timeout=300)
    place = found.stdout.strip()
    # Nothing of a Blender that somebody uses here is touched.
    own = {"BLENDER_USER_RESOURCES": str(tmp_path_factory.mktemp("blender"))}
    return python, {**os.environ, **own, "LD_LIBRARY_PATH": str(Path(place) / "lib")}, Path(place)


def test_blender_itself_calls_the_extension_valid(blender, tmp_path):
    python, environment, place = blender
    (tool,) = place.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py")
    archive = zip_plugin("blender", tmp_path)
    done = subprocess.run(
        [python, tool, "validate", archive], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_lips_of_a_strip_are_dubbed_and_lie_over_it(blender, tmp_path):
    python, environment, _ = blender
    film, dub = cut_film(tmp_path / "film.mkv", 30), cut_dub(tmp_path / "dub.flac", 1.2)
    program = tmp_path / "unisync"
    program.write_text(f'#!/bin/sh\ncd "{ROOT}" && exec "{sys.executable}" -m app.main "$@"\n')
    program.chmod(0o755)
    addon = zip_plugin("blender", tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    done = subprocess.run(
        [python, HERE / "in_blender.py", addon, program, film, dub, out],
        env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert (out / "told.json").exists(), done.stdout[-2000:] + done.stderr[-4000:]
    told = json.loads((out / "told.json").read_text())
    if told.get("no_sound"):
        pytest.skip("this Blender was built without sound strips; the extension was installed into it and switched on")
    assert told["poll"] is True
    assert told["done"] == ["FINISHED"]
    ((film_strip, patch),) = [told["strips"]]
    assert film_strip[1:5] == ["MOVIE", 2, 13, 37]
    assert patch == ["film.patch01.mov", "MOVIE", 3, 13, 37, "ALPHA_OVER"]
    assert "frame rate" in told["refused"]
    said = json.loads((tmp_path / "film.lips01" / "patch.json").read_text("utf-8"))
    assert told["markers"] == [[marker["note"], 11 + marker["frame"]] for marker in said["markers"]]

    dubbed = tmp_path / "dubbed.mkv"
    options = ["--audio-start", "0.08", "--range", "0.08-1.04", "--preset", "draft", "--export", "ffv1"]
    assert main(["dub", str(film), "--audio", str(dub), "-o", str(dubbed), *options]) == 0
    with av.open(str(dubbed)) as container:
        wanted = [frame.to_ndarray(format="rgb24").astype(float) for frame in container.decode(video=0)]
    with av.open(str(film)) as container:
        source = [frame.to_ndarray(format="rgb24").astype(float) for frame in container.decode(video=0)]
    for frame in (20, 30):
        got = cv2.cvtColor(cv2.imread(str(out / f"frame{frame}.png")), cv2.COLOR_BGR2RGB).astype(float)
        changed = np.abs(wanted[frame - 11] - source[frame - 11]) > 16
        assert changed.any()
        near = np.abs(got - wanted[frame - 11])[changed].mean()
        assert near < 0.2 * np.abs(source[frame - 11] - wanted[frame - 11])[changed].mean()
