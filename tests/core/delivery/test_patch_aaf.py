"""A patch as AAF: what OpenTimelineIO's own reader and ours find in it again."""

import subprocess
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote

import aaf2
import opentimelineio as otio
import pytest

from core.base.timing import FrameRate, format_timecode, parse_timecode
from core.delivery.patch import Cut, PatchFacts, Stretch
from core.delivery.patch_aaf import write_aaf
from core.delivery.patch_timelines import write_timelines
from core.project.media_facts import probe_media
from core.timelines.reading import read_timeline

MARKERS = [(3, "Weak sync 0.31"), (25, "Look at these lips again")]


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", *map(str, arguments)], check=True, timeout=60)

at_one_rate = pytest.mark.parametrize("patch", [("25", "01:00:00:00")], indirect=True)


@pytest.fixture(params=[
    ("24000/1001", "10:00:00:00"), ("25", "01:00:00:00"), ("30000/1001", "00:59:59;20"), ("60000/1001", "00:00:00:00"),
])  # fmt: skip
def patch(request, tmp_path):
    """A cut film with a gap, frames 3 to 14 and 30 to 45 of it; the patch over the timeline's frames 22 to 31; in a folder with a blank."""
    rate, start = request.param
    folder = tmp_path / "the patch"
    folder.mkdir()
    picture = ["-f", "lavfi", "-i", f"testsrc=s=128x72:r={rate}"]
    film = tmp_path / "film.mov"
    ffmpeg(*picture, "-frames:v", 60, "-c:v", "libx264", "-pix_fmt", "yuv422p10le", "-timecode", start, film)
    ffmpeg(*picture, "-frames:v", 10, "-c:v", "prores_ks", "-pix_fmt", "yuva444p10le", folder / "film.patch01.mov")
    ffmpeg("-f", "lavfi", "-i", "sine=r=48000", "-t", float(36 / Fraction(rate)), folder / "film.dub.wav")
    count = FrameRate(Fraction(rate))
    timecode = format_timecode(parse_timecode(start, count) + 32, count, drop_frame=";" in start)
    facts = PatchFacts(
        str(film), 128, 72, rate, 36, start, ";" in start, "film.dub.wav", "prores4444",
        (Stretch("film.patch01.mov", 22, 10, timecode, (22, 31), (0, 0, 128, 72)),),
        (Cut(str(film), 0, 12, 3, 60, start, has_sound=False), Cut(str(film), 20, 16, 30, 60, start, has_sound=False)),
    )  # fmt: skip
    assert write_aaf(facts, folder, MARKERS, into=folder) == ("film.aaf",)
    return facts, folder


def laid(timeline, rate):
    """(track kind, frame of the timeline, frames, first frame of the file by its timecode, file) of each clip."""
    return [
        (
            track.kind, round(clip.range_in_parent().start_time.rescaled_to(rate).value),
            round(clip.trimmed_range().duration.rescaled_to(rate).value),
            round(clip.trimmed_range().start_time.rescaled_to(rate).value),
            Path(unquote(clip.media_reference.target_url)).name,
            round(clip.media_reference.available_range.start_time.rescaled_to(rate).value),
        )
        for track in timeline.tracks for clip in track.find_clips()
    ]  # fmt: skip


def test_it_says_the_same_as_the_other_timelines(patch):
    facts, folder = patch
    write_timelines(facts, folder, MARKERS, into=folder)
    rate = float(Fraction(facts.rate))
    ours = otio.adapters.read_from_file(str(folder / "film.aaf"), adapter_name="AAF")
    other = otio.adapters.read_from_file(str(folder / "film.otio"))
    assert laid(ours, rate) == laid(other, rate)
    assert len(laid(ours, rate)) == 4
    assert ours.global_start_time.rescaled_to(rate).almost_equal(other.global_start_time, 1e-6)


def test_it_is_read_by_the_import_frame_by_frame(patch):
    facts, folder = patch
    read = read_timeline(folder / "film.aaf", probe_media)
    rate, project = Fraction(facts.rate), read.project
    names = {medium.id: medium.name for medium in project.media}
    assert [
        (names[c.media], round(c.range.start * rate), round(c.range.duration * rate), round(c.offset * rate))
        for c in project.clips
        if names[c.media] != "film.dub.wav"
    ] == [("film.mov", 0, 12, 3), ("film.mov", 20, 2, 30), ("film.patch01.mov", 22, 10, 0), ("film.mov", 32, 4, 42)]
    assert "film.dub.wav" in names.values()
    sequence = project.sequence
    assert sequence.rate.value == rate
    assert format_timecode(sequence.start_frame, sequence.rate, drop_frame=sequence.drop_frame) == facts.start_timecode
    assert [(round(mark.time * rate), mark.note) for mark in project.markers] == MARKERS


@at_one_rate
def test_files_are_linked_and_the_patch_has_its_alpha(patch):
    _, folder = patch
    with aaf2.open(str(folder / "film.aaf")) as file:
        told = {mob.name: mob.descriptor for mob in file.content.sourcemobs() if list(mob.descriptor["Locator"].value)}
        assert len(list(file.content.essencedata)) == 0
        assert set(told) == {"film.mov", "film.patch01.mov", "film.dub.wav"}
        lips, film = told["film.patch01.mov"], told["film.mov"]
        assert lips["AlphaSamplingWidth"].value == 16
        assert film["AlphaSamplingWidth"].value is None
        assert (film["ComponentWidth"].value, film["HorizontalSubsampling"].value, film["VerticalSubsampling"].value) == (10, 2, 1)
        assert (film["StoredWidth"].value, film["StoredHeight"].value, film["Length"].value) == (128, 72, 60)
        place = next(iter(lips["Locator"].value))["URLString"].value
        assert place == (folder / "film.patch01.mov").as_uri()


@at_one_rate
def test_clips_that_it_could_not_say_get_none(patch, tmp_path):
    from dataclasses import replace

    facts, folder = patch
    for other in (replace(facts, cropped=True), replace(facts, format="png"), replace(facts, format="ffv1")):
        assert write_aaf(other, folder, [], into=tmp_path) == ()
    assert not (tmp_path / "film.aaf").exists()


@at_one_rate
def test_dissolves_of_an_edited_file_are_named(patch):
    """As an editor hands it back: a dissolve on V1."""
    _, folder = patch
    with aaf2.open(str(folder / "film.aaf"), "rw") as file:
        (composition,) = file.content.toplevel()
        film = next(slot for slot in composition.slots if slot.name == "Film")
        kind = file.create.OperationDef(aaf2.auid.AUID("0c3bea40-fc05-11d2-8a29-0050040ef7d2"), "VideoDissolve", "")
        kind.media_kind = "picture"
        kind["NumberInputs"].value = 2
        file.dictionary.register_def(kind)
        dissolve = file.create.Transition("picture", 4)
        dissolve["CutPoint"].value = 2
        dissolve["OperationGroup"].value = file.create.OperationGroup(kind, 4)
        parts = list(film.segment["Components"].value)
        film.segment["Components"].value = []
        gap = file.create.Filler("picture", 12)  # both sides give two frames to it
        for part in (parts[0], dissolve, gap, parts[2]):
            film.segment.components.append(part if part in (dissolve, gap) else copied(file, part))
    read = read_timeline(folder / "film.aaf", probe_media)
    assert any("Transitions are left out" in note for note in read.notes)
    assert [mark.note for mark in read.project.markers] == [note for _, note in MARKERS]


def copied(file, clip):
    again = file.create.SourceClip(media_kind="picture")
    again.mob, again.slot, again.start, again.length = clip.mob, clip.slot, clip.start, clip.length
    return again


@at_one_rate
def test_damaged_files_are_refused_in_a_sentence(patch, tmp_path, capsys):
    from app.main import main

    whole = (patch[1] / "film.aaf").read_bytes()
    for name, content in (("cut.aaf", whole[: len(whole) // 3]), ("empty.aaf", b""), ("text.aaf", b"<xml/>" * 200)):
        (tmp_path / name).write_bytes(content)
        assert main(["timeline", "import", str(tmp_path / name), "-o", str(tmp_path / "x.unisync")]) == 2
        said = capsys.readouterr().err
        assert name in said
        assert said.count("\n") == 1
    assert not (tmp_path / "x.unisync").exists()
