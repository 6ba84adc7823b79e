"""The owner's documents: policies written in them, what they do to a plan, and the search."""
