"""The plans themselves: their list, the page of each, their life from draft to closed, and the next year's copy."""
