"""The script for DaVinci Resolve against a stand-in that records the calls it gets. Resolve itself was not there."""

import importlib.util
import json
import sys

import pytest

from installer.build import plugin_folder

TOLD = {
    "version": 1, "mean_p_sync": 0.9,
    "stretches": [
        {"file": "film.patch01.mov", "first_frame": 90, "frames": 30},
        {"file": "film.patch02.mov", "first_frame": 130, "frames": 100},
        {"file": "film.patch03.mov", "first_frame": 400, "frames": 10},
    ],
    "markers": [{"frame": 140, "note": "Weak sync 0.31"}, {"frame": 405, "note": "not seen"}],
}  # fmt: skip


class Item:
    """A clip in the pool."""

    def __init__(self, path):
        self.path = path

    def GetClipProperty(self, name):
        assert name == "File Path"
        return self.path


class Clip:
    """On the timeline: frames 100 to 199 of the film from frame 86500 of the timeline on."""

    def __init__(self, item):
        self.item = item

    def GetMediaPoolItem(self):
        return self.item

    def GetLeftOffset(self):
        return 100

    def GetDuration(self):
        return 100

    def GetStart(self):
        return 86500


class Resolve:
    """As much of Resolve as the script calls; each object is the same one."""

    def __init__(self, film, selected, takes=True):
        self.calls, self.film, self.selected, self.takes = [], film, selected, takes

    def GetProjectManager(self):
        return self

    GetCurrentProject = GetCurrentTimeline = GetMediaPool = GetProjectManager

    def GetCurrentVideoItem(self):
        return Clip(Item(self.film)) if self.film else None

    def GetSelectedClips(self):
        return [Item(path) for path in self.selected]

    def GetSetting(self, name):
        assert name == "timelineFrameRate"
        return "25"

    def GetTrackCount(self, kind):
        assert kind == "video"
        return 2

    def GetStartFrame(self):
        return 86400

    def AddTrack(self, kind):
        self.calls.append(("AddTrack", kind))
        return True

    def ImportMedia(self, paths):
        return [path.rpartition("/")[2] for path in paths]

    def AppendToTimeline(self, infos):
        self.calls.append(("AppendToTimeline", infos))
        return infos if self.takes else None

    def AddMarker(self, *arguments):
        self.calls.append(("AddMarker", *arguments))
        return True


@pytest.fixture
def script(tmp_path, monkeypatch):
    folder = plugin_folder("resolve", tmp_path / "plugin")
    monkeypatch.setattr(sys, "path", [*sys.path])
    spec = importlib.util.spec_from_file_location("unisync_dub_lips", folder / "unisync_dub_lips.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("patch_run", None)


def program(tmp_path, told, code=0, words=""):
    """What stands in for unisync: tells of itself what it was given."""
    path = tmp_path / "unisync"
    path.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"open({str(tmp_path / 'given.json')!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
        'print(json.dumps({"event": "progress", "stage": "lips", "done": 1, "total": 2, "seconds_left": None}), file=sys.stderr)\n'
        f"print({words!r}, file=sys.stderr)\n"
        f"print({json.dumps(told)!r})\nsys.exit({code})\n"
    )
    path.chmod(0o755)
    return str(path)


def test_the_patch_lies_on_a_new_track_above_the_clip_as_far_as_it_is_seen(script, tmp_path):
    film, dub = str(tmp_path / "film.mov"), str(tmp_path / "dub.wav")
    resolve, said = Resolve(film, [film, dub]), []
    assert script.dub_lips(resolve, program(tmp_path, TOLD), said.append, pause=0.01) == 2
    given = json.loads((tmp_path / "given.json").read_text())
    assert given == [
        "patch", film, "--audio", dub, "-o", str(tmp_path / "film.lips01"), "--json", "--progress", "json",
        "--audio-start", "4.000000", "--range", "4.000000-8.000000",
    ]  # fmt: skip
    track, placed, marker = resolve.calls
    assert track == ("AddTrack", "video")
    assert placed[1] == [
        {"mediaPoolItem": "film.patch01.mov", "startFrame": 10, "endFrame": 29, "recordFrame": 86500, "trackIndex": 3, "mediaType": 1},
        {"mediaPoolItem": "film.patch02.mov", "startFrame": 0, "endFrame": 69, "recordFrame": 86530, "trackIndex": 3, "mediaType": 1},
    ]  # fmt: skip
    assert marker == ("AddMarker", 140, "Red", "UniSync", "Weak sync 0.31", 1)
    assert said


@pytest.mark.parametrize(
    ("film", "selected", "words"),
    [("", ["d.wav"], "under the playhead"), ("f.mov", [], "Select the sound"), ("f.mov", ["a.wav", "b.wav"], "Select the sound")],
)  # fmt: skip
def test_without_film_or_dub_one_sentence_says_what_to_do(script, tmp_path, film, selected, words):
    with pytest.raises(Exception, match=words):
        script.dub_lips(Resolve(film, selected), program(tmp_path, TOLD))
    assert not (tmp_path / "given.json").exists()


@pytest.mark.parametrize(
    ("told", "code", "words", "expected"),
    [
        (TOLD, 2, "unisync: The dub is empty.", "The dub is empty"),
        ({**TOLD, "version": 2}, 0, "", "version 2"),
    ],
)
def test_what_unisync_refuses_is_told_in_its_own_words(script, tmp_path, told, code, words, expected):
    resolve = Resolve("f.mov", ["d.wav"])
    with pytest.raises(Exception, match=expected):
        script.dub_lips(resolve, program(tmp_path, told, code, words), pause=0.01)
    assert resolve.calls == []


def test_a_program_that_is_not_there_and_clips_not_taken_are_named(script, tmp_path):
    with pytest.raises(Exception, match="cannot be started"):
        script.dub_lips(Resolve("f.mov", ["d.wav"]), str(tmp_path / "nowhere"))
    with pytest.raises(Exception, match="0 of 2 clips"):
        script.dub_lips(Resolve("f.mov", ["d.wav"], takes=False), program(tmp_path, TOLD), pause=0.01)
