"""Measurements with peers beside us, in one run. They print tables and assert nothing about time.

`python -m benchmarks` runs all; `python -m benchmarks.training_speed` and `python -m benchmarks.slider_latency` one.
"""
