"""Tests of the simulated site: no Home Assistant in them."""
