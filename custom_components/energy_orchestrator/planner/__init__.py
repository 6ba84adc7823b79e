"""Plans: the energy planner, the rule-based fallback, the verifier, and the decisions of the moment. Pure."""
