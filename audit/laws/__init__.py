"""What no subjects can give, found without a solver: one module for each kind of law."""
