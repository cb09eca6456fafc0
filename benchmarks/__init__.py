"""`make bench`: one JSON line a figure, each with a yardstick measured in the same run. Never a timed test."""
