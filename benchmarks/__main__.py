"""`python -m benchmarks`: every measurement, one after the other; some five minutes. Let nothing else run meanwhile."""

from benchmarks import report, slider_latency, training_speed

if __name__ == "__main__":
    report.main([training_speed, slider_latency], __doc__)
