"""Word and Excel templates of the province's own, filled in with the figures of a stored report."""
