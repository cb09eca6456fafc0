"""The first day of an installation: the province, its tree, its plan, its calendar, its accounts, step by step."""
