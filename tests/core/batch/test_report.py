import csv
import json

from core.batch.jobs import BatchJob, ProjectJob
from core.batch.report import rows_of, write_report
from core.batch.state import Entry


def job(folder, name):
    return BatchJob(
        name, f"line of {name}", "de", ProjectJob(folder / "p.unisync", folder / f"{name}.mp4", "h264", "cpu")
    )


def test_a_row_names_the_frames_to_look_at_and_leads_to_the_files(tmp_path):
    made, broken = job(tmp_path, "a & b"), job(tmp_path, "c")
    many = [[n, n] for n in range(100, 120, 2)]
    facts = {
        "segments": [
            {
                "doubtful": [[27, 27], [36, 37], *many],
                "score_source_with_dub": {"mean_p_sync": 0.05},
                "score_result": {"mean_p_sync": 0.9, "offset_ms": 12},
                "coverage": 0.97,
                "frames": 50,
                "notes": ["The dub is <longer>."],
            }
        ],
        "weak": [{"start": 1.0, "end": 2.5, "mean": 0.3}],
    }
    made.report.write_text(json.dumps(facts), "utf-8")
    entries = {
        made.name: Entry("k", "a.mp4", "done", seconds=12.0),
        broken.name: Entry("k", "c.mp4", "failed", "No face."),
    }
    page = tmp_path / "out.html"
    table = write_report(page, rows_of([made, broken], entries))
    said = page.read_text("utf-8")
    assert "27, 36–37, 100, 102, 104, 106 …" in said
    assert f'href="{made.work.output.as_uri()}"'.replace("&", "&amp;") in said
    assert f'href="{made.report.as_uri()}"'.replace("&", "&amp;") in said
    assert "The dub is &lt;longer&gt;." in said
    assert "00:00:01" in said
    assert broken.work.output.as_uri() not in said  # there is no film to look at
    assert "No face." in said
    first, second = csv.DictReader(table.read_text("utf-8").splitlines())
    assert (first["doubtful_frames"], first["frames"], first["sync_after"]) == ("13", "50", "0.9")
    assert (second["state"], second["error"], second["doubtful_frames"]) == ("failed", "No face.", "0")
