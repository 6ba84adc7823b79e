"""The tests of Energy Orchestrator."""
