"""The soak: trials, faulty hands, and a judge that can fail."""
