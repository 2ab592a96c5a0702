"""Sound on the picture's clock: clicks are heard exactly where they were put."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from core.base.errors import MediaError
from core.media.audio import ANALYSIS_RATE, AudioReader, analysis_blocks, read_analysis
from tests.clips import CLIPS, ClipStore, click_times, damage_frames, heard_clicks, sound_samples
from tests.sample_array import SampleArray

MILLISECOND = 0.001


@pytest.mark.parametrize(
    ("name", "shift"),
    [
        ("cfr25", 0.0), ("mono44", 0.0), ("matroska", 0.0), ("transport_stream", 0.0), ("surround", 0.0), ("avi", 0.0),
        ("sound_only", 0.0), ("sound_wav", 0.0), ("late_sound", 0.4), ("late_picture", -0.4),
    ],
)  # fmt: skip
def test_clicks_are_heard_in_time_with_the_first_frame(clips: ClipStore, name: str, shift: float) -> None:
    clip = CLIPS[name]
    sound = read_analysis(clips(name))
    assert sound.dtype == np.float32
    expected = [t + shift for t in click_times(float(clip.frames / clip.rate)) if t + shift >= 0]
    assert heard_clicks(sound, ANALYSIS_RATE) == pytest.approx(expected, abs=MILLISECOND)


@pytest.mark.parametrize("name", ["sound_wav", "surround", "lossless"])
def test_lossless_sound_is_read_sample_by_sample(clips: ClipStore, name: str) -> None:
    with AudioReader(clips(name)) as reader:
        samples = np.concatenate(list(reader.blocks()))
    np.testing.assert_array_equal(samples, sound_samples(CLIPS[name]))


def test_twenty_four_bits_stay(clips: ClipStore) -> None:
    with AudioReader(clips("sound_wav24")) as reader:
        assert reader.bits == 24
        samples = np.concatenate(list(reader.blocks()))
    assert samples.dtype == np.int32
    np.testing.assert_array_equal(samples >> 16, sound_samples(CLIPS["sound_wav24"]))


@pytest.mark.parametrize("name", ["cfr25", "sound_wav", "late_sound", "matroska"])
@pytest.mark.parametrize(
    ("start", "end"), [(Fraction(0), Fraction(1)), (Fraction(7, 10), None), (Fraction(1, 3), Fraction(3, 2))]
)
def test_a_part_is_the_same_as_cut_from_the_whole(
    clips: ClipStore, name: str, start: Fraction, end: Fraction | None
) -> None:
    with AudioReader(clips(name)) as reader:
        whole = np.concatenate(list(reader.blocks(as_float=True)))
        part = np.concatenate(list(reader.blocks(start, end, as_float=True)))
        cut = whole[round(start * reader.rate) : None if end is None else round(end * reader.rate)]
        # After a seek, Matroska's millisecond clock places the sound up to half a millisecond off.
        tolerance = 48 if name == "matroska" else 1
        assert abs(len(part) - len(cut)) <= tolerance
        shared = min(len(part), len(cut))
        clicks = [np.flatnonzero(np.abs(sound[:shared]).max(axis=1) > 0.4) for sound in (part, cut)]
        assert len(clicks[0]) == len(clicks[1]) > 0
        assert np.abs(clicks[0] - clicks[1]).max() <= (tolerance if name == "matroska" else 0)


def test_analysis_of_a_part_starts_there(clips: ClipStore) -> None:
    sound = read_analysis(clips("sound_wav"), Fraction(1, 2), Fraction(3, 2))
    assert len(sound) == ANALYSIS_RATE
    assert heard_clicks(sound, ANALYSIS_RATE) == pytest.approx([0.25, 0.75], abs=MILLISECOND)


def test_silence_before_late_sound_keeps_the_clock(clips: ClipStore) -> None:
    with AudioReader(clips("late_sound")) as reader:
        samples = np.concatenate(list(reader.blocks(as_float=True)))
    assert not samples[: int(0.37 * 48000)].any()
    assert len(samples) == pytest.approx(2.4 * 48000, abs=2048)


def test_blocks_are_small(clips: ClipStore) -> None:
    assert max(len(block) for block in analysis_blocks(clips("long_gop"))) <= ANALYSIS_RATE


def test_damaged_sound_keeps_the_clock(clips: ClipStore, tmp_path: object) -> None:
    import av

    source = clips("sound_only")
    with av.open(str(source)) as opened:
        spots = [(p.pos, p.size) for p in opened.demux(audio=0) if p.size]
    data = bytearray(source.read_bytes())
    for position, size in spots[40:44]:
        data[position : position + size] = b"\xff" * size
    path = tmp_path / "damaged.m4a"
    path.write_bytes(data)
    heard = heard_clicks(read_analysis(path), ANALYSIS_RATE)
    undamaged = [t for t in click_times(2) if not 40 * 1024 / 48000 - 0.1 < t < 46 * 1024 / 48000 + 0.1]
    assert [t for t in heard if min(abs(t - u) for u in undamaged) < MILLISECOND] == pytest.approx(
        undamaged, abs=MILLISECOND
    )


def test_film_without_sound_is_refused(clips: ClipStore) -> None:
    with pytest.raises(MediaError, match="has no sound"):
        read_analysis(clips("silent"))
    with pytest.raises(MediaError, match="1 sound track"):
        AudioReader(clips("cfr25"), track=1)


def test_damaged_pictures_do_not_harm_the_sound(clips: ClipStore) -> None:
    path = damage_frames(clips("cfr25"), {0, 5})
    assert heard_clicks(read_analysis(path), ANALYSIS_RATE) == pytest.approx(click_times(2), abs=MILLISECOND)


def test_an_array_is_a_source() -> None:
    samples = np.arange(100_000, dtype=np.int16)
    source = SampleArray(samples, 44100)
    assert (source.layout, source.bits) == ("mono", 16)
    np.testing.assert_array_equal(np.concatenate(list(source.blocks()))[:, 0], samples)


def test_a_film_without_an_index_is_read_from_any_time(clips: ClipStore, tmp_path: Path) -> None:
    """A Matroska file cut off before its index cannot be sought in; its sound is found all the same."""
    whole = tmp_path / "whole.mkv"
    with av.open(str(clips("cfr25"))) as source, av.open(str(whole), "w") as out:
        copy = out.add_stream_from_template(source.streams.audio[0])  # before the picture, which has the index
        picture = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = picture if packet.stream.type == "video" else copy
                out.mux(packet)
    data = whole.read_bytes()
    path = tmp_path / "cut.mkv"
    path.write_bytes(data[: data.rindex(b"\x1c\x53\xbb\x6b")])  # the Cues element and what follows
    with AudioReader(path) as reader:
        everything = np.concatenate(list(reader.blocks()))
        again = np.concatenate(list(reader.blocks(Fraction(1, 2))))
        once_more = np.concatenate(list(reader.blocks()))
    np.testing.assert_array_equal(once_more, everything)
    half = reader.rate // 2
    assert abs(len(again) - (len(everything) - half)) < 48  # Matroska counts whole milliseconds
    assert np.allclose(heard_clicks(again[:, 0].astype(float), reader.rate)[0], 0.25, atol=0.002)
