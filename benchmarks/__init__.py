"""`make bench`: one JSON line a figure, each beside a yardstick measured in the same run. Never a timed test."""
