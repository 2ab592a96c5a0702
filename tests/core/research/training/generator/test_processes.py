import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import core
from core.adaptation.clips import save_clip
from core.generator.recipes import as_json
from core.research.training.generator.processes import Processes
from tests.core.adaptation.toy_clips import clip
from tests.core.research.training.generator.test_training import EDIT

pytestmark = pytest.mark.slow

ROOT = Path(core.__file__).parents[1]
LAUNCH = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]

# Each starts with other weights and has another gradient.
ONE_STEP = """
import json
import sys
from pathlib import Path
import torch
from core.research.training.generator.processes import Processes
from core.research.training.generator.training_loop import Run, TrainingSettings

index = Processes("cpu").index
torch.manual_seed(index)
run = Run(torch.nn.Linear(1, 1, bias=False), TrainingSettings(Path(sys.argv[1]), 1.0), 1e-2, resume=False)
weight = run.network.weight
told = {"index": index, "count": run.processes.count, "first": weight.item(), "drawn": run.random(0).random()}
told["agreed"] = run.processes.agreed([index + 5.0])[0]
assert run.goes_on()
((index + 1) * weight.sum()).backward()
run.processes.average_gradients(run.network)
told["gradient"] = weight.grad.item()
run.update((index + 1) * weight.sum())
told["last"] = weight.item()
run.save(error=1.0)
run.best()
(Path(sys.argv[1]) / f"{index}.json").write_text(json.dumps(told))
"""


def launched(*command):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    result = subprocess.run([*LAUNCH, *command], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_two_processes_take_one_step_together(tmp_path):
    (tmp_path / "one_step.py").write_text(ONE_STEP)
    launched(str(tmp_path / "one_step.py"), str(tmp_path))
    one, two = (json.loads((tmp_path / f"{index}.json").read_text()) for index in range(2))
    assert (one["count"], two["count"]) == (2, 2)
    assert one["first"] == two["first"]
    assert one["gradient"] == two["gradient"] == pytest.approx(1.5)
    assert one["last"] == two["last"] != one["first"]
    assert one["drawn"] != two["drawn"]
    assert one["agreed"] == two["agreed"] == 5
    assert len((tmp_path / "curve.jsonl").read_text().splitlines()) == 1


def test_the_command_trains_in_two_processes(tmp_path):
    for split, seed in (("train", 0), ("val", 1)):
        (tmp_path / "clips" / split).mkdir(parents=True)
        save_clip(tmp_path / "clips" / split / "clip.npz", clip(seed))
    (tmp_path / "toy.json").write_text(as_json(EDIT))
    command = ["--module", "app.main", "lab", "train", "generator", "--data", str(tmp_path / "clips")]
    command += ["--config", str(tmp_path / "toy.json"), "-o", str(tmp_path / "run"), "--most-steps", "2"]
    printed = launched(*command, "--export", str(tmp_path / "out"))
    assert printed.count("toy.safetensors") == 1
    curve = (tmp_path / "run/transformer/curve.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in curve] == [2]


def test_one_process_agrees_with_itself():
    alone = Processes("cpu")
    assert alone.is_main
    assert (alone.count, alone.device) == (1, "cpu")
    assert alone.agreed([0.1, 2.0]) == [0.1, 2.0]
