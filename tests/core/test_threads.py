import subprocess
import sys

import pytest

COUNT = "import {first}, numpy, os; print(len(os.listdir('/proc/self/task')))"


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
@pytest.mark.parametrize("first", ["core.base.timing", "app.main"])
def test_numpy_starts_no_spinning_threads(first, monkeypatch):
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "GOTO_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    command = [sys.executable, "-c", COUNT.format(first=first)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert int(done.stdout) == 1
