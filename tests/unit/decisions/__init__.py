"""What devices are told to do now, and the problem and ledger behind it."""
