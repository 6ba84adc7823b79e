"""The owner's policies: what holds now, laid over the problem, and cited by reasons."""
