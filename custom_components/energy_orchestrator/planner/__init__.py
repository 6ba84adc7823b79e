"""Plans: the energy planner, the rule-based fallback, the verifier, reasons, and the decisions of the moment. Pure."""
