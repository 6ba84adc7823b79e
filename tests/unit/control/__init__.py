"""What control does to a home, and what it makes of what comes back."""
