"""The soak: weeks of a home in which everything goes wrong by chance, and a judge of what is promised to its owner."""
