"""Reports read across everything and keep no tables of their own yet."""
