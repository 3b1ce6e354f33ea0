"""Cost of the survival figures, side by side with other programs in one run."""
