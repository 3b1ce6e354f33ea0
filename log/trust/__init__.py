"""The Merkle tree over a log's entries, and the evidence taken from it: checkpoints, proofs, signed notes, stamps.

May import `events` only; works without a database.
Reading leaves from a database belongs to `log/store`, comparing a log with its evidence to `log/checks`.
"""
