"""Looks at any schedule, whoever found it: whether it keeps every limit, what it costs, what it does not grant."""
