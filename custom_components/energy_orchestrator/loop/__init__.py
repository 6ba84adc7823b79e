"""The loop: observe, forecast, plan, decide, dispatch, publish."""
