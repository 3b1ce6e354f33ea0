"""Checks of a log against its own evidence: verify, doctor, proofs.

May import `events` and the other folders of `log`.
How hashes, notes and proofs are made belongs to `log/trust`; what a user asks, to `application/trust`.
"""
