"""A simulated site: honest physics on the sun of the place and seeded weather, or on a recorded series.

All of it is pure, apart from `entities.py`, which shows the plant as devices of Home Assistant.
"""
