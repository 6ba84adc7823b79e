"""Inputs: what a home shows → readings and forecasts.

Home Assistant is asked in three places: `home.py` (what stands beside a state), `asking.py` (other sources) and
`troubles.py` (what is wrong, told as repair issues). The rest works on any home that can be looked at.
"""
