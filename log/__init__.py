"""The log: where events are stored, and why it can be trusted."""
