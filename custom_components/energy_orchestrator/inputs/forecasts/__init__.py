"""What is expected over the horizon: one file for each series, with the ways to make it in order of trust."""
