"""Written films: the source's times, samples, tags and marks; sound in step; nothing left behind after a failure."""

import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from core.base.errors import MediaError, SettingsError
from core.media.audio import ANALYSIS_RATE, AudioReader, read_analysis
from core.media.hardware import working_hardware_encoder
from core.media.info import MediaInfo
from core.media.pixel_layout import pixel_layout
from core.media.planes import rect_rgb, replace_rect
from core.media.presets import PRESETS, output_pixel_format
from core.media.probe import probe, scan
from core.media.reader import VideoReader
from core.media.writer import MediaWriter
from tests.clips import CLIPS, ClipStore, click_times, heard_clicks, make_clip, number_in, sound_samples
from tests.sample_array import SampleArray

QUICK = {
    "h264": {"preset": "ultrafast", "crf": "12"},
    "hevc": {"preset": "ultrafast", "x265-params": "log-level=none"},
}
SUFFIX = {"h264": ".mp4", "hevc": ".mp4", "prores": ".mov", "prores4444": ".mov", "dnxhr": ".mov", "ffv1": ".mkv"}


def _copy(
    source: Path, target: Path, preset: str, *, sound: Path | None = None, **settings: object
) -> MediaInfo:
    """Passes a film through reader and writer; returns what was written."""
    audio = AudioReader(sound) if sound is not None else None
    with (
        VideoReader(source) as reader,
        MediaWriter(
            target, like=reader.info, preset=preset, audio=audio, options=QUICK.get(preset), **settings
        ) as writer,
    ):
        for decoded in reader.frames():
            writer.write(decoded)
        assert writer.frames_written == 0 or writer.frames_written == reader.frame_count
    if audio is not None:
        audio.close()
    return probe(target)


def _source(clips: ClipStore, name: str, preset: str) -> Path:
    """The clip, or one like it that is large enough for DNxHR."""
    if preset != "dnxhr":
        return clips(name)
    clip = CLIPS[name]
    path = clips.folder / f"large-{name}{clip.suffix}"
    large = (256, 144) if clip.size[0] > clip.size[1] else (144, 256)
    return path if path.exists() else make_clip(path, replace(clip, size=large))


def _samples(path: Path) -> list[list[np.ndarray]]:
    with VideoReader(path) as reader:
        found = []
        for decoded in reader.frames():
            layout = pixel_layout(decoded.frame.format.name)
            found.append([layout.view(decoded.frame, n).copy() for n in range(len(layout.components))])
        return found


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", ["cfr2997", "vfr", "late_picture", "transport_stream"])
def test_times_and_pictures_come_through(clips: ClipStore, tmp_path: Path, preset: str, name: str) -> None:
    target = tmp_path / f"out{SUFFIX[preset]}"
    source = _source(clips, name, preset)
    _copy(source, target, preset)
    _, before = scan(source)
    _, after = scan(target)
    assert before is not None
    assert after is not None
    exact = SUFFIX[preset] != ".mkv"  # Matroska counts whole milliseconds
    tolerance = Fraction(0) if exact else Fraction(1, 1000)
    assert len(after) == len(before)
    assert all(abs(after.time(n) - before.time(n)) <= tolerance for n in range(len(before)))
    if name == "late_picture":
        assert abs(after.start - before.start) <= max(tolerance, Fraction(1, 48000))
    with VideoReader(target) as reader:
        assert [number_in(reader.rgb(n)) for n in range(0, len(after), 7)] == list(range(0, len(after), 7))


@pytest.mark.parametrize(
    "name",
    [
        "cfr25",
        "ten_bit_422",
        "ten_bit_420",
        "full_chroma",
        "full_range",
        "rgb",
        "odd_size",
        "bt2020",
        "lossless",
    ],
)
def test_ffv1_keeps_every_sample(clips: ClipStore, tmp_path: Path, name: str) -> None:
    target = tmp_path / "out.mkv"
    info = _copy(clips(name), target, "ffv1")
    source = probe(clips(name))
    assert info.video is not None
    assert source.video is not None
    assert info.video.colour == source.video.colour
    for old, new in zip(_samples(clips(name)), _samples(target), strict=True):
        for a, b in zip(old, new, strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_changed_mouth_leaves_the_rest_of_the_film_bit_identical(clips: ClipStore, tmp_path: Path) -> None:
    source = clips("cfr25")
    target = tmp_path / "out.mkv"
    box = (61, 51, 99, 90)
    mask = np.zeros((39, 38), np.float32)
    mask[6:-6, 6:-6] = 1
    with VideoReader(source) as reader, MediaWriter(target, like=reader.info, preset="ffv1") as writer:
        for decoded in reader.frames():
            if decoded.number in (10, 11):
                rgb = 255 - rect_rgb(decoded.frame, box)
                writer.write(replace_rect(decoded.frame, box, rgb, mask))
            else:
                writer.write(decoded)
    outside = np.ones((120, 160), bool)
    outside[51 + 6 : 90 - 6, 61 + 6 : 99 - 6] = False
    for number, (old, new) in enumerate(zip(_samples(source), _samples(target), strict=True)):
        for component, (a, b) in enumerate(zip(old, new, strict=True)):
            if number in (10, 11):
                same = outside if component == 0 else outside.reshape(60, 2, 80, 2).any(axis=(1, 3))
                np.testing.assert_array_equal(a[same], b[same])
                assert (a != b).any()
            else:
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("preset", PRESETS)
def test_pixel_format_is_what_players_take_or_the_sources_own(preset: str) -> None:
    encoder = PRESETS[preset].encoder
    expected = {
        "h264": dict.fromkeys(("yuv420p", "yuvj420p", "yuv422p10le", "nv12", "rgb24", "uyvy422", "bgra"), "yuv420p"),
        "hevc": {"yuv420p": "yuv420p", "yuv422p12le": "yuv420p10le", "p010le": "yuv420p10le", "yuva444p10le": "yuv420p10le"},
        "prores": {"yuv420p": "yuv422p10le"},
        "prores4444": {"yuv420p": "yuv444p10le", "yuva444p12le": "yuva444p10le", "rgba": "yuva444p10le"},
        "dnxhr": {"yuv444p": "yuv422p10le"},
        "ffv1": {"yuv420p": "yuv420p", "nv12": "yuv420p", "p010le": "yuv420p10le", "uyvy422": "yuv422p", "yuvj422p": "yuv422p", "rgb24": "bgr0", "gbrp": "bgr0"},
    }[preset]  # fmt: skip
    assert {source: output_pixel_format(PRESETS[preset], encoder, source) for source in expected} == expected


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(
    "name", ["rotated", "rotated270", "wide_pixels", "bt601", "hdr_pq", "full_range", "timecode", "chapters"]
)
def test_tags_and_marks_are_carried_over(clips: ClipStore, tmp_path: Path, preset: str, name: str) -> None:
    source, target = _source(clips, name, preset), tmp_path / f"out{SUFFIX[preset]}"
    before = probe(source)
    after = _copy(source, target, preset)
    assert before.video is not None
    assert after.video is not None
    assert after.video.rotation == before.video.rotation
    assert after.video.pixel_aspect == before.video.pixel_aspect
    assert after.video.timecode == before.video.timecode
    assert [(c.title, c.start, c.end) for c in after.chapters] == [
        (c.title, c.start, c.end) for c in before.chapters
    ]
    colour = before.video.colour
    if preset == "dnxhr" and name in ("bt601", "hdr_pq"):
        colour = replace(colour, matrix=1)  # its stream knows no other; the samples are converted
    if preset in ("dnxhr", "prores", "prores4444") and name == "full_range":
        colour = replace(colour, range=1)
    assert after.video.colour == colour
    if name != "hdr_pq":  # drawn in SDR, its colours are beyond any codec's care when read as PQ
        with VideoReader(source) as old, VideoReader(target) as new:
            assert np.abs(old.rgb(20).astype(int) - new.rgb(20)).mean() < 4


@pytest.mark.parametrize("preset", ["h264", "hevc"])
def test_odd_sizes_are_made_even_where_the_codec_must(
    clips: ClipStore, tmp_path: Path, preset: str, caplog: pytest.LogCaptureFixture
) -> None:
    video = _copy(clips("odd_size"), tmp_path / "out.mp4", preset).video
    assert video is not None
    assert (video.width, video.height) == (162, 122)
    assert "repeated" in caplog.text
    with VideoReader(clips("odd_size")) as old, VideoReader(tmp_path / "out.mp4") as new:
        assert np.abs(old.rgb(20).astype(int) - new.rgb(20)[:121, :161]).mean() < 4
        assert np.abs(new.rgb(20)[:, 161].astype(int) - new.rgb(20)[:, 160]).mean() < 6


@pytest.mark.parametrize("count", [1, 2])
def test_a_film_shorter_than_the_encoders_reordering_has_sound_times(
    clips: ClipStore, tmp_path: Path, count: int
) -> None:
    for number in range(12):  # what x265 leaves unset is garbage in some runs only
        target = tmp_path / f"{number}.mp4"
        with VideoReader(clips("cfr25")) as reader, MediaWriter(target, like=reader.info, preset="hevc") as writer:
            for frame in range(count):
                writer.write(reader.frame(frame))
        with av.open(str(target)) as container:
            packets = [each for each in container.demux(video=0) if each.size]
        assert [each.dts for each in packets] == [each.pts for each in packets]
        assert len(packets) == count


def test_pictures_too_small_for_the_codec_are_refused(clips: ClipStore, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="at least 256x120"):
        MediaWriter(tmp_path / "out.mov", like=probe(clips("cfr25")), preset="dnxhr")


@pytest.mark.parametrize(
    ("preset", "suffix", "codec"),
    [
        ("h264", ".mp4", "aac"), ("h264", ".mkv", "aac"), ("h264", ".mov", "pcm"), ("h264", ".mp4", "flac"),
        ("ffv1", ".mkv", "flac"), ("ffv1", ".mkv", "pcm"), ("prores", ".mov", "pcm"), ("prores", ".mov", "aac"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["cfr25", "late_picture"])
def test_sound_is_in_step_and_whole(
    clips: ClipStore, tmp_path: Path, preset: str, suffix: str, codec: str, name: str
) -> None:
    target = tmp_path / f"out{suffix}"
    _copy(clips(name), target, preset, sound=clips("sound_wav"), audio_codec=codec)
    assert heard_clicks(read_analysis(target), ANALYSIS_RATE) == pytest.approx(click_times(2), abs=0.001)
    with AudioReader(target) as reader:
        assert (reader.rate, reader.layout) == (48000, "stereo")
        samples = np.concatenate(list(reader.blocks()))
    written = sound_samples(CLIPS["sound_wav"])
    if codec == "aac":
        assert len(written) <= len(samples) < len(written) + 2048
    elif suffix != ".mkv" or name == "cfr25":
        np.testing.assert_array_equal(samples, written)
    else:  # Matroska's clock may place lossless sound half a millisecond off, never drop any
        assert abs(len(samples) - len(written)) <= 48


@pytest.mark.parametrize(("name", "bits"), [("sound_wav", 16), ("sound_wav24", 24)])
@pytest.mark.parametrize("codec", ["pcm", "flac"])
def test_lossless_sound_keeps_rate_and_bits(
    clips: ClipStore, tmp_path: Path, name: str, bits: int, codec: str
) -> None:
    target = tmp_path / "out.mkv"
    info = _copy(clips("cfr25"), target, "ffv1", sound=clips(name), audio_codec=codec)
    assert info.audio[0].bits == bits
    with AudioReader(target) as new, AudioReader(clips(name)) as old:
        np.testing.assert_array_equal(np.concatenate(list(new.blocks())), np.concatenate(list(old.blocks())))


def test_longer_sound_than_picture_is_not_cut(clips: ClipStore, tmp_path: Path) -> None:
    chance = np.random.default_rng(0).uniform(-0.5, 0.5, (5 * 44100, 1)).astype(np.float32)
    with (
        VideoReader(clips("cfr25")) as reader,
        MediaWriter(tmp_path / "out.mp4", like=reader.info, audio=SampleArray(chance, 44100)) as writer,
    ):
        for decoded in reader.frames():
            writer.write(decoded)
    audio = probe(tmp_path / "out.mp4").audio[0]
    assert (audio.rate, audio.channels) == (44100, 1)
    assert abs(audio.duration - 5) < Fraction(1, 20)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_variable_rate_film_with_longer_sound_keeps_every_frame(
    clips: ClipStore, tmp_path: Path, suffix: str
) -> None:
    sound = SampleArray(np.zeros((8 * 48000, 1), np.int16), 48000)
    with (
        VideoReader(clips("vfr")) as reader,
        MediaWriter(tmp_path / f"out{suffix}", like=reader.info, audio=sound) as writer,
    ):
        for decoded in reader.frames():
            writer.write(decoded)
    video = probe(tmp_path / f"out{suffix}").video
    assert video is not None
    assert video.frame_count == 50


def test_rate_that_aac_lacks_is_resampled(
    clips: ClipStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sound = SampleArray(np.zeros((2 * 192000, 2), np.float32), 192000)
    with (
        VideoReader(clips("cfr25")) as reader,
        MediaWriter(tmp_path / "out.mp4", like=reader.info, audio=sound) as writer,
    ):
        for decoded in reader.frames():
            writer.write(decoded)
    audio = probe(tmp_path / "out.mp4").audio[0]
    assert audio.rate == 48000
    assert abs(audio.duration - 2) < Fraction(1, 20)
    assert "resampled" in caplog.text


def test_reader_frames_are_not_changed_by_writing(clips: ClipStore, tmp_path: Path) -> None:
    with VideoReader(clips("late_picture")) as reader:
        frames = [reader.frame(n) for n in range(5)]
        kept = [(d.frame.pts, d.frame.time_base, d.frame.pict_type) for d in frames]
        with MediaWriter(tmp_path / "out.mkv", like=reader.info, preset="ffv1") as writer:
            for decoded in frames:
                writer.write(decoded)
        assert [(d.frame.pts, d.frame.time_base, d.frame.pict_type) for d in frames] == kept


@pytest.mark.parametrize(
    ("name", "preset", "codec", "sentence"),
    [
        ("out.mp4", "ffv1", None, r"does not go into .mp4.*\.mkv"),
        ("out.mp4", "prores", None, r"does not go into .mp4.*\.mov"),
        ("out.mp4", "dnxhr", None, r"does not go into .mp4.*\.mov"),
        ("out.mp4", "h264", "pcm", r"PCM sound does not go into .mp4"),
        ("out.mov", "h264", "flac", r"FLAC sound does not go into .mov"),
        ("out.gif", "h264", None, r"does not end in a film format"),
        ("out.mp4", "mpeg1", None, r"no export preset"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_way_out(
    clips: ClipStore, tmp_path: Path, name: str, preset: str, codec: str | None, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        MediaWriter(tmp_path / name, like=probe(clips("cfr25")), preset=preset, audio_codec=codec)
    assert list(tmp_path.iterdir()) == []


def test_output_over_its_source_is_refused(clips: ClipStore, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(clips("cfr25").read_bytes())
    (tmp_path / "link.mp4").symlink_to(path)
    for target in (path, tmp_path / "link.mp4", tmp_path / "." / "film.mp4"):
        with pytest.raises(SettingsError, match="its own source"):
            MediaWriter(target, like=probe(path))


def test_missing_folder_and_folder_as_target(clips: ClipStore, tmp_path: Path) -> None:
    info = probe(clips("cfr25"))
    with pytest.raises(MediaError, match="does not exist"):
        MediaWriter(tmp_path / "none" / "out.mp4", like=info)
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(MediaError, match="is a folder"):
        MediaWriter(tmp_path / "folder.mp4", like=info)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not stop this user")
def test_unwritable_folder(clips: ClipStore, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(MediaError, match="may not be written"):
            MediaWriter(tmp_path / "out.mp4", like=probe(clips("cfr25")))
    finally:
        tmp_path.chmod(0o700)


def test_failure_leaves_the_old_file_and_nothing_else(clips: ClipStore, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"the old one")

    def write_half() -> None:
        with VideoReader(clips("cfr25")) as reader, MediaWriter(target, like=reader.info) as writer:
            for decoded in reader.frames(0, 20):
                writer.write(decoded)
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_half()
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]
    assert target.read_bytes() == b"the old one"


_FULL_DISK = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (30000, 30000))
from core.base.errors import MediaError
from core.media.reader import VideoReader
from core.media.writer import MediaWriter
try:
    with VideoReader(sys.argv[1]) as reader, MediaWriter(sys.argv[2], like=reader.info, preset="ffv1") as writer:
        for decoded in reader.frames():
            writer.write(decoded)
except MediaError as error:
    print(error)
    sys.exit(2)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on file sizes")
def test_a_disk_that_takes_no_more_is_an_error_that_leaves_nothing(clips: ClipStore, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(clips("cfr25")), str(tmp_path / "out.mkv")],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3], timeout=300,
    )
    assert done.returncode == 2, done.stderr
    assert "out.mkv" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a b 'c' \"d\" 🎬.mp4", "n" * 251 + ".mp4"])
@pytest.mark.skipif(os.name == "nt", reason="Windows forbids some of these names")
def test_odd_names_are_written(clips: ClipStore, tmp_path: Path, name: str) -> None:
    info = _copy(clips("one_frame"), tmp_path / name, "h264")
    assert info.video is not None
    assert info.video.frame_count == 1


def test_hardware_is_used_only_when_it_works(clips: ClipStore, tmp_path: Path) -> None:
    info = probe(clips("cfr25"))
    assert info.video is not None
    works = working_hardware_encoder(PRESETS["h264"], info.video)
    with (
        VideoReader(clips("cfr25")) as reader,
        MediaWriter(tmp_path / "out.mp4", like=info, hardware=True) as writer,
    ):
        assert writer.encoder == (works or "libx264")
        for decoded in reader.frames():
            writer.write(decoded)
    written = probe(tmp_path / "out.mp4").video
    assert written is not None
    assert written.frame_count == 50


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_closed_readers_and_writers_leave_no_thread(clips: ClipStore, tmp_path: Path) -> None:
    def threads() -> int:
        return len(os.listdir("/proc/self/task"))

    before = threads()
    with VideoReader(clips("cfr25")) as reader, MediaWriter(tmp_path / "out.mp4", like=reader.info) as writer:
        for decoded in reader.frames():
            writer.write(decoded)
        del decoded
        assert (
            threads() > before or len(os.sched_getaffinity(0)) == 1
        )  # codecs work in threads where they can
    assert writer.frames_written == reader.frame_count
    assert threads() <= before


def test_film_of_bad_frames_keeps_count_and_times(clips: ClipStore, tmp_path: Path) -> None:
    info = _copy(clips("damaged"), tmp_path / "out.mkv", "ffv1")
    assert info.video is not None
    assert info.video.frame_count == 50
    with VideoReader(tmp_path / "out.mkv") as reader:
        assert [number_in(reader.rgb(n)) for n in (16, 17, 18, 19)] == [16, 16, 16, 19]
