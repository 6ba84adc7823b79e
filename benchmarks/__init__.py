"""Problems to plan, from files and from a seeded generator, and the tables that compare plans."""
