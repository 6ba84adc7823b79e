"""The plan as one mixed-integer programme: laid down in blocks, solved, and read off again."""
