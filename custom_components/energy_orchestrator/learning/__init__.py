"""What the past teaches: the house's usual load, how far the sun's forecast is off, and how far off both fall."""
