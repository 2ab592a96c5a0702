from app.main import main


def test_an_unknown_preset_is_one_sentence_and_exit_code_2(tmp_path, capsys):
    assert main(["corpus", "build", "--preset", "huge", "--out", str(tmp_path / "c")]) == 2
    assert "no corpus preset “huge”" in capsys.readouterr().err
    assert not (tmp_path / "c").exists()


def test_showing_a_folder_without_a_corpus_says_how_to_build_one(tmp_path, capsys):
    assert main(["corpus", "show", str(tmp_path)]) == 2
    assert "unisync corpus build" in capsys.readouterr().err
