"""The first run: six steps from nothing to a desk, left and resumed at any of them."""
