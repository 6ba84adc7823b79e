"""Back-test: the loop in simulated time, on a plant."""
