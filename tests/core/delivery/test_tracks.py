import av
import numpy as np
import pytest

from core.base.errors import MediaError, SettingsError
from core.delivery.tracks import SoundTrack, join_tracks


def film(path, tone, *, picture=True, sound=True):
    with av.open(str(path), "w") as out:
        video = out.add_stream("mpeg4", rate=25) if picture else None
        audio = out.add_stream("aac", rate=48000) if sound else None
        if video is not None:
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
            for n in range(25):
                pixels = np.full((48, 64, 3), tone % 256 * (n % 2), np.uint8)
                out.mux(video.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
            out.mux(video.encode(None))
        if audio is not None:
            wave = np.sin(2 * np.pi * tone * np.arange(48000) / 48000).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(wave[None], "fltp", "mono")
            frame.sample_rate = 48000
            out.mux(audio.encode(frame))
            out.mux(audio.encode(None))
    return path


def packets(path, kind, number):
    with av.open(str(path)) as container:
        stream = getattr(container.streams, kind)[number]
        return [bytes(packet) for packet in container.demux(stream) if packet.dts is not None]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_every_voice_is_a_track_of_its_own_and_nothing_is_encoded_again(tmp_path, suffix):
    german, french = film(tmp_path / f"a.de{suffix}", 300), film(tmp_path / f"a.fr{suffix}", 700)

    join_tracks(french, [SoundTrack(german, "de"), SoundTrack(french, "fr")], out := tmp_path / f"a{suffix}")

    assert packets(out, "video", 0) == packets(french, "video", 0)
    assert packets(out, "audio", 0) == packets(german, "audio", 0)
    assert packets(out, "audio", 1) == packets(french, "audio", 0)
    with av.open(str(out)) as container:
        languages = [stream.language for stream in container.streams.audio]
    assert languages == {".mp4": ["deu", "fra"], ".mkv": ["ger", "fre"], ".mov": ["ger", "fra"]}[suffix]


def test_what_cannot_be_joined_leaves_nothing_behind(tmp_path):
    good, mute = film(tmp_path / "a.mkv", 300), film(tmp_path / "b.mkv", 300, sound=False)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(MediaError, match="no sound"):
        join_tracks(good, [SoundTrack(mute, "de")], tmp_path / "out.mkv")
    with pytest.raises(SettingsError, match="also an input"):
        join_tracks(good, [SoundTrack(good, "de")], good)
    with pytest.raises(SettingsError, match="cannot hold"):
        join_tracks(good, [SoundTrack(good, "de")], tmp_path / "out.avi")
    assert sorted(tmp_path.iterdir()) == before
