"""The voice: understands questions and commands, and answers from the snapshot, the recorder and the knowledge."""
