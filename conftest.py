"""What holds for every test, notebooks included."""

from __future__ import annotations

import os

import pytest

# One thread for each numerical library, unless the environment says otherwise: steady times and sums.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """The same networks on every run, also in fixtures of a module: torch starts from another seed in each process."""
    import torch  # after the threads are set

    torch.manual_seed(0)
