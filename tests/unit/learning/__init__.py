"""Tests of the loop in simulated time."""
