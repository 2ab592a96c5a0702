"""The engine of UniSync Studio: everything a headless render needs. No Qt in here."""

import os

# Must stand before NumPy is loaded. OpenBLAS gives each core a thread that spins between calls; the engine's matrices are
# small, and where anything else runs beside it the spinning took two thirds of its speed. The engine process inherits it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
