"""`python -m benchmarks`: every measurement, one after the other; some twenty minutes. Nothing else may run then."""

from benchmarks import play_pause, playground_speed, report, slider_latency, training_speed

if __name__ == "__main__":
    report.main([training_speed, slider_latency, play_pause, playground_speed], __doc__)
