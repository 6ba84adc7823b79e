"""Tests that start a real `hass` process."""
