"""What makes the tables of docs/leaving.md, by playing them."""
