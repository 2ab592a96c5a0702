"""``unisync patch`` as users run it, and laid over the film by another program."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote, urlparse
from xml.etree import ElementTree

import av
import numpy as np
import opentimelineio as otio
import pytest

from app.main import main
from core.base.timing import TimeRange
from core.engine.runner import Engine
from core.face_geometry.track import PersonId
from core.jobs.cancel import CancelToken
from core.jobs.events import JobId
from core.project import content_edits, edits
from core.project.export_plan import export_request
from core.project.file import save_project
from core.project.media_facts import probe_media
from core.project.model import Project
from core.project.segments import FaceIdentity, TakePiece
from tests.talking import cut_dub, cut_film

pytestmark = pytest.mark.slow

FRAMES = 30


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A film with timecode, its dub, and the dubbed film."""
    folder = tmp_path_factory.mktemp("patched")
    film, dub = cut_film(folder / "plain.mkv", FRAMES), cut_dub(folder / "dub.flac", 1.2)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", film, "-c", "copy", "-timecode", "01:00:00:00", folder / "film.mov"],
        check=True,
        timeout=300,
    )
    out = folder / "dubbed.mkv"
    assert (
        main(
            [
                "dub",
                str(folder / "film.mov"),
                "--audio",
                str(dub),
                "-o",
                str(out),
                "--preset",
                "draft",
                "--export",
                "ffv1",
            ]
        )
        == 0
    )
    return folder / "film.mov", dub, out


def frames(path, kind="rgb24"):
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format=kind) for frame in container.decode(video=0)]).astype(
            np.float32
        )


def far(a, b):
    """Largest, 99.99th percentile and mean difference in grey levels."""
    difference = np.abs(a - b)
    return difference.max(), np.percentile(difference, 99.99), difference.mean()


@pytest.mark.parametrize("kind", ["prores4444", "ffv1", "png", "exr"])
def test_the_patch_over_the_film_is_the_dubbed_film(made, kind, tmp_path, capsys):
    film, dub, dubbed = made
    out = tmp_path / "patch"
    capsys.readouterr()
    arguments = [
        "patch",
        str(film),
        "--audio",
        str(dub),
        "-o",
        str(out),
        "--preset",
        "draft",
        "--format",
        kind,
        "--json",
    ]
    assert main(arguments) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == json.loads((out / "patch.json").read_text("utf-8"))
    assert said["version"] == 1
    (clip,) = said["stretches"]
    assert clip["timecode"] == "01:00:00:00"
    source, result = frames(film), frames(dubbed)
    if kind == "png":
        import cv2

        files = sorted((out / clip["file"]).iterdir())
        assert files[0].name.endswith("0090000.png")
        pictures = [
            cv2.cvtColor(cv2.imread(str(f), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA) for f in files
        ]
        patch = np.stack(pictures).astype(np.float32)
    elif kind == "exr":
        files = sorted((out / clip["file"]).iterdir())
        assert files[0].name.endswith("0090000.exr")
        patch = np.concatenate([frames(file, "gbrapf32le") for file in files]) * 255
        assert np.array_equal(np.rint(patch).astype(np.uint8) / np.float32(255) * 255, np.rint(patch))
    else:
        patch = frames(out / clip["file"], "rgba")
    stretch = slice(clip["first_frame"], clip["first_frame"] + clip["frames"])
    alpha = patch[..., 3:] / 255
    over = source.copy()
    over[stretch] = source[stretch] * (1 - alpha) + patch[..., :3] * alpha
    largest, nearly_all, mean = far(over, result)
    # The dub blends at the film's own chroma size, an editing program at full size: edges of colour differ a little.
    assert (largest, nearly_all, mean) < (24, 24, 24)
    assert nearly_all <= 8
    assert mean <= 0.15
    assert far(over, source)[2] > 0.15  # and the film alone is further away
    untouched = np.broadcast_to(alpha == 0, over[stretch].shape)
    assert np.array_equal(over[stretch][untouched], source[stretch][untouched])


def render(timeline, target):
    """What melt makes of a timeline, without a screen."""
    melt = shutil.which("melt")
    if melt is None:
        pytest.skip("melt is not installed (Debian: melt)")
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    consumer = [f"avformat:{target}", "vcodec=ffv1", "pix_fmt=yuv420p", "acodec=pcm_s16le", "real_time=-1"]
    for _ in range(6):  # on a busy machine about one melt in twelve never ends, or ends well and has written nothing
        target.unlink(missing_ok=True)
        try:
            subprocess.run(
                [melt, timeline, "-silent", "-consumer", *consumer],
                check=True, capture_output=True, stdin=subprocess.DEVNULL, env=environment, timeout=60,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            continue
        if target.exists() and target.stat().st_size > 10_000:
            return frames(target)
    pytest.fail(f"melt was asked six times and did not make a film of {timeline.name}")


def check_same(got, wanted, source):
    """Every frame in its place, and the new mouths as the dubbed film has them."""
    assert got.shape == wanted.shape
    largest, nearly_all, _ = far(got, wanted)
    assert largest < 32
    assert nearly_all <= 12
    changed = np.abs(wanted - source) > 16  # melt's own rounding of all colours must not count
    assert changed.any()
    assert np.abs(got - wanted)[changed].mean() < 0.1 * np.abs(source - wanted)[changed].mean()
    for number in range(len(got)):  # an earlier or later frame's mouth is further away
        area = changed[number].any(axis=(1, 2))
        others = [n for n in (number - 1, number + 1) if 0 <= n < len(got) and area.any()]
        here = np.abs(got[number] - wanted[number])[area].mean() if area.any() else 0
        assert all(here < np.abs(got[number] - wanted[n])[area].mean() for n in others)


def as_mlt(path, like, target):
    """An OTIO or Final Cut file as OpenTimelineIO reads it, for melt: each clip by file, place and own first frame."""
    read = otio.adapters.read_from_file(str(path))
    timeline = read if isinstance(read, otio.schema.Timeline) else read[0]
    root = ElementTree.fromstring(like.read_text("utf-8"))
    names = []
    for number, track in enumerate(timeline.video_tracks()):
        playlist = ElementTree.SubElement(root, "playlist", {"id": f"own{number}"})
        for item in track:
            length = round(item.trimmed_range().duration.value)
            if isinstance(item, otio.schema.Gap):
                ElementTree.SubElement(playlist, "blank", {"length": str(length)})
                continue
            media = item.media_reference
            first = round((item.trimmed_range().start_time - media.available_range.start_time).value)
            place = unquote(urlparse(media.target_url).path)
            names.append(Path(place).name)
            producer = ElementTree.Element("producer", {"id": f"clip{number}.{len(names)}"})
            ElementTree.SubElement(producer, "property", {"name": "resource"}).text = place
            root.insert(1, producer)
            entry = {"producer": producer.get("id"), "in": str(first), "out": str(first + length - 1)}
            ElementTree.SubElement(playlist, "entry", entry)
    tractor = root.find("tractor")
    for number, track in enumerate(tractor.findall("track")[1:3]):
        track.set("producer", f"own{number}")
    root.remove(tractor)
    root.append(tractor)
    target.write_bytes(ElementTree.tostring(root))
    return target


@pytest.mark.parametrize(
    "options",
    [
        ["--format", "ffv1"],
        ["--format", "prores4444", "--crop", "--handles", "2"],
        ["--format", "png", "--crop"],
        ["--format", "exr"],
    ],
)
def test_melt_lays_it_over_the_film(made, options, tmp_path):
    film, dub, dubbed = made
    out = tmp_path / "patch"
    assert main(["patch", str(film), "--audio", str(dub), "-o", str(out), "--preset", "draft", *options]) == 0
    wanted, source = frames(dubbed), frames(film)
    for name in ("film.mlt", "film.kdenlive"):
        check_same(render(out / name, tmp_path / f"{name}.mkv"), wanted, source)
    (clip,) = json.loads((out / "patch.json").read_text("utf-8"))["stretches"]
    place = out / clip["file"]
    with av.open(str(min(place.iterdir()) if place.is_dir() else place)) as container:
        size = (container.streams.video[0].width, container.streams.video[0].height)
    assert size == tuple(clip["box"][2:])
    assert (size == (640, 360)) == ("--crop" not in options)
    assert (out / "film.xml").exists() == ("--crop" not in options and "exr" not in options)


@pytest.mark.parametrize(
    ("rate", "timecode"),
    [("24000/1001", "10:00:00:00"), ("30000/1001", "00:59:59;20"), ("60000/1001", "00:00:00:00")],
)
def test_at_every_rate_each_frame_lies_on_its_own(made, rate, timecode, tmp_path):
    plain, dub, _ = made
    film = tmp_path / "other.mov"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-r", rate, "-i", plain, "-an", "-c:v", "libx264", "-crf", "8", "-preset",
         "veryfast", "-frames:v", "16", "-timecode", timecode, film],
        check=True, timeout=300,
    )  # fmt: skip
    voice, out, dubbed = (
        ["--audio", str(dub), "--preset", "draft", "--longer", "cut"],
        tmp_path / "p",
        tmp_path / "d.mkv",
    )
    assert main(["dub", str(film), *voice, "-o", str(dubbed), "--export", "ffv1"]) == 0
    assert main(["patch", str(film), *voice, "-o", str(out), "--format", "ffv1", "--handles", "3"]) == 0
    said = json.loads((out / "patch.json").read_text("utf-8"))
    assert (said["rate"], said["start_timecode"]) == (rate, timecode)
    wanted, source = frames(dubbed), frames(film)
    for name in ("other.mlt", "other.kdenlive"):
        check_same(render(out / name, tmp_path / f"{name}.mkv"), wanted, source)
    for name in ("other.otio", "other.xml"):
        carried = as_mlt(out / name, out / "other.mlt", tmp_path / f"{name}.mlt")
        check_same(render(carried, tmp_path / f"{name}.mkv"), wanted, source)


def cut_project(film, dub, path):
    """The film's frames 0 to 9 and 18 to 29 on a timeline that begins at 02:00:00:00, with a gap between; one take made for all."""
    project = Project(name="Cut")
    for file in (film, dub):
        found = probe_media(file)
        project = content_edits.add_media(
            project,
            found.kind,
            str(file),
            file.name,
            found.facts,
            size=found.size,
            quick_hash=found.quick_hash,
        ).project
    first, voice = (medium.id for medium in project.media)
    person = FaceIdentity(first, PersonId("P1"))
    project = content_edits.add_person(project, "Anna", (person,)).project
    project = edits.add_clip(project, first, Fraction(0)).project
    sequence = replace(project.sequence, start_frame=7200 * 25)
    whole = TimeRange(Fraction(0), Fraction(6, 5))
    anna = project.people[0].id
    project = edits.add_segments(
        replace(project, sequence=sequence), [edits.SegmentDraft(whole, voice, Fraction(0), anna)]
    ).project
    piece = TakePiece(first, whole, Fraction(0), 0, FRAMES, 0)
    segment = project.segments[0]
    project = content_edits.add_take(
        project, segment.id, "auto", replace(segment.lips, preset="draft"), (piece,)
    ).project
    for frame in (10, 18):
        clips = [clip.id for clip in project.video_clips]
        project = edits.split_items(project, clips, Fraction(frame, 25)).project
    middle = project.video_clips[1].id
    project = edits.delete_items(project, [middle]).project
    # Nearly all of a good dub counts as weak.
    project = replace(project, settings=replace(project.settings, sync_threshold=0.999))
    save_project(project, path)
    return project


def test_a_cut_timeline_is_patched_where_each_piece_lies(made, tmp_path, capsys):
    film, dub, _ = made
    project = cut_project(film, dub, tmp_path / "cut.unisync")
    assert main(["patch", str(tmp_path / "cut.unisync"), "--audio", str(dub), "-o", str(tmp_path / "p")]) == 2
    assert "own dubs" in capsys.readouterr().err
    out, finished = tmp_path / "p", tmp_path / "finished.mkv"
    assert main(["patch", str(tmp_path / "cut.unisync"), "-o", str(out), "--format", "ffv1"]) == 0
    said = json.loads((out / "patch.json").read_text("utf-8"))
    assert [(cut["first_frame"], cut["frames"], cut["film_frame"]) for cut in said["cuts"]] == [
        (0, 10, 0),
        (18, 12, 18),
    ]
    assert [(clip["first_frame"], clip["timecode"]) for clip in said["stretches"]] == [
        (0, "01:00:00:00"), (18, "01:00:00:18"),
    ]  # fmt: skip
    assert said["start_timecode"] == "02:00:00:00"
    # Frames 18 to 29, as long as a weak stretch must be; what is known of the ten before the gap is shorter.
    ((at, note),) = [(m["frame"], m["note"]) for m in said["markers"] if m["note"].startswith("Weak")]
    assert (at, note[:10]) == (18, "Weak sync ")
    guides = json.loads(ElementTree.parse(out / "cut.kdenlive").find(".//property[@name='kdenlive:docproperties.guides']").text)
    assert {"comment": note, "pos": 18, "type": 6} in guides
    for name in ("cut.otio", "cut.xml"):
        read = otio.adapters.read_from_file(str(out / name))
        timeline = read if isinstance(read, otio.schema.Timeline) else read[0]
        assert (18, note) in [(round(m.marked_range.start_time.value), m.name or m.comment) for m in timeline.tracks.markers]
    list(Engine().run(export_request(project, finished, "ffv1"), JobId("x"), CancelToken()))
    bare = replace(project, segments=())
    list(Engine().run(export_request(bare, tmp_path / "bare.mkv", "ffv1"), JobId("x"), CancelToken()))
    wanted, source = frames(finished), frames(tmp_path / "bare.mkv")
    assert len(wanted) == FRAMES
    check_same(render(out / "cut.kdenlive", tmp_path / "k.mkv"), wanted, source)
    carried = as_mlt(out / "cut.xml", out / "cut.mlt", tmp_path / "x.mlt")
    check_same(render(carried, tmp_path / "x.mkv"), wanted, source)


def test_other_programs_are_told_how_far_it_is(made, tmp_path, capsys):
    film, dub, _ = made
    arguments = ["patch", str(film), "--audio", str(dub), "-o", str(tmp_path / "p"), "--preset", "draft"]
    assert main([*arguments, "--json", "--progress", "json"]) == 0
    said, told = capsys.readouterr()
    assert json.loads(said)["version"] == 1
    lines = [json.loads(line) for line in told.splitlines()]
    assert lines[-1] | {"seconds_left": 0} == {
        "event": "progress", "stage": "patch", "done": FRAMES, "total": FRAMES, "seconds_left": 0,
    }  # fmt: skip


def test_a_film_without_a_voice_is_refused(made, tmp_path, capsys):
    assert main(["patch", str(made[0]), "-o", str(tmp_path / "p")]) == 2
    assert "--audio" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"), [(["--handles", "-1"], "--handles -1"), (["--articulation", "9"], "articulation")]
)
def test_options_that_cannot_be_are_refused_and_leave_no_folder(made, tmp_path, capsys, options, words):
    film, dub, _ = made
    assert main(["patch", str(film), "--audio", str(dub), "-o", str(tmp_path / "p"), *options]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_a_folder_with_something_in_it_is_never_written_into(made, tmp_path, capsys):
    film, dub, _ = made
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["patch", str(film), "--audio", str(dub), "-o", str(tmp_path)]) == 2
    assert "not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_film_of_varying_rate_is_refused(made, clips, tmp_path, capsys):
    assert main(["patch", str(clips("vfr")), "--audio", str(made[1]), "-o", str(tmp_path / "p")]) == 2
    assert "varying times" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_a_stopped_patch_leaves_an_empty_place(made, tmp_path, monkeypatch):
    import core.delivery.patch_folder as story

    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(story, "write_sound", full)
    film, dub, _ = made
    with pytest.raises(OSError, match="No space"):
        main(["patch", str(film), "--audio", str(dub), "-o", str(tmp_path / "p"), "--preset", "draft"])
    assert list(tmp_path.iterdir()) == []
