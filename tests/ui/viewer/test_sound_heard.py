from fractions import Fraction

import numpy as np

from core.base.timing import TimeRange
from core.delivery.mix import Mix
from core.planning.sound_parts import SoundPart
from core.project.model import Project
from tests.clips import heard_clicks
from ui.state.pictures import PictureList
from ui.viewer.play_plan import PlayPlan
from ui.viewer.sound_format import LAYOUT, RATE
from ui.viewer.sound_output import SoundOutput
from ui.viewer.sound_thread import SoundThread


def part(path, start, end, offset=0, gain=1.0, **values) -> SoundPart:
    span = TimeRange(Fraction(str(start)), Fraction(str(end)))
    return SoundPart(span, path, Fraction(str(offset)), gain, **values)


def mix(*parts) -> Mix:
    return Mix(parts, RATE, LAYOUT, skips_broken=True)


def whole(mixer: Mix, seconds: float, block: int = 2400) -> np.ndarray:
    return np.concatenate([mixer.block(n, block) for n in range(0, round(seconds * RATE), block)])


def test_stretches_are_heard_at_their_exact_times(clips) -> None:
    mixer = mix(part(clips("sound_wav"), 1.0, 2.0, offset=0.1))
    mixed = whole(mixer, 3)
    mixer.close()
    clicks = heard_clicks(mixed[:, 0], RATE)
    assert np.allclose(clicks, [1.15, 1.65], atol=1e-3)
    assert np.abs(mixed[: RATE - 10]).max() == 0
    assert np.abs(mixed[2 * RATE + 10 :]).max() == 0


def test_other_rates_and_mono_are_brought_to_48_khz_stereo(clips) -> None:
    mixer = mix(part(clips("mono44"), 0, 2))
    mixed = whole(mixer, 2)
    mixer.close()
    assert mixed.shape == (2 * RATE, 2)
    assert np.array_equal(mixed[:, 0], mixed[:, 1])
    assert np.allclose(heard_clicks(mixed[:, 0], RATE)[:3], [0.25, 0.75, 1.25], atol=2e-3)


def test_levels_are_straight_lines_between_their_points(clips) -> None:
    line = ((Fraction(1, 2), 0.0), (Fraction(3, 2), 1.0))
    plain = whole(mix(part(clips("mono44"), 0, 2)), 2)
    risen = whole(mix(part(clips("mono44"), 0, 2, levels=line)), 2)
    ramp = np.clip(np.arange(2 * RATE) / RATE - 0.5, 0, 1)
    assert np.abs(plain).max() > 0.5
    assert np.allclose(risen, plain * ramp[:, None], atol=1e-6)


def test_overlapping_stretches_are_added_with_their_gain_and_never_beyond_full_scale(clips) -> None:
    one, other = clips("sound_wav"), clips("sound_wav24")
    quiet = whole(mix(part(one, 0, 1, gain=0.1)), 1)
    both = whole(mix(part(one, 0, 1, gain=0.1), part(other, 0, 1, gain=0.1)), 1)
    loud = whole(mix(part(one, 0, 1, gain=10.0), part(other, 0, 1)), 1)
    assert np.allclose(both, 2 * quiet, atol=2e-3)
    assert np.abs(loud).max() == 1


def test_blocks_anywhere_equal_the_same_place_read_in_order(clips) -> None:
    mixer = mix(part(clips("sound_wav"), 0.2, 1.9))
    in_order = whole(mixer, 2)
    there = mixer.block(30_000, 4800)
    assert np.allclose(there, in_order[30_000:34_800], atol=1e-3)


def test_a_missing_file_is_silence_and_said_once(clips, tmp_path, caplog) -> None:
    mixer = mix(part(tmp_path / "gone.wav", 0, 1))
    mixed = whole(mixer, 1)
    assert np.abs(mixed).max() == 0
    assert len([record for record in caplog.records if "no sound" in record.message]) == 1


def test_the_sound_thread_follows_a_loop_to_the_sample_and_is_joined(clips) -> None:
    loop = TimeRange(Fraction(1, 5), Fraction(1, 2))  # 0.3 s with one click at 0.25 s
    plan = PlayPlan(PictureList((), {}), Fraction(1, 5), Fraction(1), end=Fraction(2), loop=loop)
    thread = SoundThread()
    thread.play(mix(part(clips("sound_wav"), 0, 2)), plan)
    pieces, have = [], 0
    while have < 2 * RATE:
        block = thread.take(1000)
        if block is not None:
            pieces.append(block)
            have += len(block)
    thread.close()
    sound = np.concatenate(pieces).astype(np.float32) / 32767
    clicks = heard_clicks(sound[:, 0], RATE)
    assert len(clicks) == 7
    assert np.allclose(np.diff(clicks), 0.3, atol=1e-3)


def test_without_a_device_playback_has_no_sound_clock(qapp) -> None:
    output = SoundOutput()
    if not output.has_device:
        plan = PlayPlan(PictureList((), {}), Fraction(0), Fraction(1), end=Fraction(1))
        output.prepare(Project(), "dub", plan)
        assert output.start() is None
    output.close()
