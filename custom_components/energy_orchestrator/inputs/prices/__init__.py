"""What price entities say, in the shapes people have."""
