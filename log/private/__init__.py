"""Private texts: sealing (encryption) of fields, and the keys, which are stored apart from the log.

May import `events` and the other folders of `log`; `cryptography` is loaded only when it is needed.
Recording a redaction belongs to `application`.
"""
