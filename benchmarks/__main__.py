"""`python -m benchmarks`: every measurement, one after the other; some twenty minutes. Let nothing else run beside it."""

from benchmarks import play_pause, playground_speed, report, slider_latency, training_speed

if __name__ == "__main__":
    report.main([training_speed, slider_latency, play_pause, playground_speed], __doc__)
