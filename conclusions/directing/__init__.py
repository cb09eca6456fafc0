"""The register of directing documents (*văn bản chỉ đạo, điều hành*): kept by the standing agency, told in reports."""
