"""The steps of the config, subentry and options flows: their forms, and what is checked before anything is stored."""
