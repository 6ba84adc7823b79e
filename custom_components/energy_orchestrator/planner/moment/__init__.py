"""What to do now: the plan's slot, made more careful by this moment's readings."""
