"""Whether some history gives every claim: laws, exact models, and searches for a history."""
