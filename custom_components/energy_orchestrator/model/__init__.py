"""The words of the house: site, readings, horizon, forecasts, problem, plan, decisions. Pure."""
