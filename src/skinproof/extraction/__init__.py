"""What was given: one fact a file, each value with the words that say so."""
