"""The log: where events are kept, and why it can be trusted."""
