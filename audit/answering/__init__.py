"""From a decision to an answer: the example history, the smallest conflict, repairs and windows."""
