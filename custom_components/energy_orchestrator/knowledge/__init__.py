"""The owner's knowledge, pure: documents, the policies written in them, and the search over both."""
