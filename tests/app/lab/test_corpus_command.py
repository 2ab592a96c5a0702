from app.main import main


def test_an_unknown_preset_is_one_sentence_and_exit_code_2(tmp_path, capsys):
    assert main(["lab", "corpus", "build", "--preset", "huge", "--out", str(tmp_path / "c")]) == 2
    assert "no corpus preset “huge”" in capsys.readouterr().err
    assert not (tmp_path / "c").exists()


def test_footage_with_nothing_to_reenact_is_refused_before_anything_is_written(tmp_path, capsys):
    out = tmp_path / "c"
    assert (
        main(["lab", "corpus", "build", "--preset", "tiny", "--out", str(out), "--footage", str(tmp_path)])
        == 2
    )
    assert "no tracked footage to re-enact" in capsys.readouterr().err
    assert not out.exists()


def test_importing_a_folder_without_licences_is_refused(tmp_path, capsys):
    (tmp_path / "train").mkdir()
    assert main(["lab", "corpus", "import", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "MEDIA.md is missing" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_importing_an_empty_folder_says_that_there_are_no_films(tmp_path, capsys):
    (tmp_path / "MEDIA.md").write_text("| set | file | licence |\n", "utf-8")
    assert main(["lab", "corpus", "import", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "holds no tracked films" in capsys.readouterr().err


def test_showing_a_folder_without_a_corpus_says_how_to_build_one(tmp_path, capsys):
    assert main(["lab", "corpus", "show", str(tmp_path)]) == 2
    assert "unisync lab corpus build" in capsys.readouterr().err
