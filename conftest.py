"""What holds for every test, notebooks included."""

from __future__ import annotations

import os

# One thread for each numerical library, unless the environment says otherwise: steady times and sums.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
