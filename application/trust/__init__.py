"""Questions about trust: verify, checkpoints, proofs, what protects a log, private texts and their keys.

May import everything below ``application`` and ``application/answers``; never prints.
How hashes, notes and proofs are made belongs to ``log/trust``; what is compared with them, to ``log/checks``.
"""
