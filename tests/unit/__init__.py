"""Tests of the pure rooms: they need no running Home Assistant."""
