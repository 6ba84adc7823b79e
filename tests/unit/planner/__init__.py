"""What the planner promises its users."""
