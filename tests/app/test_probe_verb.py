"""``unisync probe`` as it is typed."""

import json
import wave

import pytest

from app.main import main
from tests.clips import ClipStore


def test_json_has_exact_numbers(clips: ClipStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "--json", str(clips("cfr2997")), str(clips("sound_only"))]) == 0
    film, sound = json.loads(capsys.readouterr().out)
    assert film["video"]["rate"] == "30000/1001"
    assert film["video"]["frames"] == 50
    assert film["video"]["colour"]["matrix"] == "bt709"
    assert film["audio"][0]["rate"] == 48000
    assert sound["video"] is None


def test_text_names_what_is_unusual(clips: ClipStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(
            [
                "probe",
                str(clips("rotated")),
                str(clips("timecode")),
                str(clips("vfr")),
                str(clips("chapters")),
            ]
        )
        == 0
    )
    text = capsys.readouterr().out
    for words in ("90° clockwise", "01:00:00;02", "variable", "Chapter: 00:00:01.000 Two"):
        assert words in text


def test_what_is_no_film_ends_with_2_and_one_sentence(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.mp4"
    path.write_bytes(b"")
    assert main(["probe", str(path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert "is empty" in shown.err


def test_good_files_are_shown_beside_bad_ones(
    clips: ClipStore, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "empty.mp4"
    bad.write_bytes(b"")
    assert main(["probe", str(bad), str(clips("cfr25")), str(tmp_path / "nowhere.mp4")]) == 2
    shown = capsys.readouterr()
    assert "Picture: h264" in shown.out
    assert [line.split()[0] for line in shown.err.splitlines()] == ["unisync:", "unisync:"]
    assert main(["probe", "--json", str(bad), str(clips("cfr25"))]) == 2
    assert len(json.loads(capsys.readouterr().out)) == 1


def undecodable(folder: object) -> object:
    """A file whose only sound is of a kind that no decoder here knows."""
    path = folder / "unknown.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(64000))
    data = bytearray(path.read_bytes())
    data[20:22] = b"\x34\x12"  # the number of the codec
    path.write_bytes(data)
    return path


def test_sound_that_cannot_be_decoded_is_said(
    clips: ClipStore, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    path = undecodable(tmp_path)
    assert main(["probe", str(path)]) == 0
    assert "1 sound track that cannot be decoded here" in capsys.readouterr().out
    assert main(["probe", "--json", str(path)]) == 0
    (facts,) = json.loads(capsys.readouterr().out)
    assert facts["audio"] == []
    assert facts["unreadable_sound"] == 1
    assert main(["dub", str(clips("cfr25")), "--audio", str(path), "-o", str(tmp_path / "out.mp4")]) == 2
    assert "no sound that can be decoded here" in capsys.readouterr().err


def test_a_sound_track_without_a_rate_is_no_sound(
    clips: ClipStore, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """A transport stream that names a sound track and ends before its first packet."""
    import av

    path = tmp_path / "cut.ts"
    with av.open(str(clips("cfr25"))) as source, av.open(str(path), "w") as target:
        picture = target.add_stream_from_template(source.streams.video[0])
        target.add_stream("ac3", rate=48000, layout="stereo")
        packet = next(packet for packet in source.demux(video=0))
        packet.stream = picture
        target.mux(packet)
    assert main(["probe", str(path)]) == 0
    assert "cannot be decoded here" in capsys.readouterr().out
    assert main(["dub", str(path), "--audio", str(path), "-o", str(tmp_path / "out.mp4")]) == 2
    assert "no sound that can be decoded here" in capsys.readouterr().err
