"""What holds for the whole: imports, words, documentation, the wheel."""
