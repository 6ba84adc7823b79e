"""What the browser gets: the cards, and the messages that keep them current."""
