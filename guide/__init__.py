"""The guide inside the product: docs/huong-dan as pages, the part for each page, and practice."""
