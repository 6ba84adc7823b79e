"""Tests of the integration inside a Home Assistant made for each test."""
