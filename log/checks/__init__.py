"""Checks of a log against its own evidence: verify, doctor, proofs."""
