"""Every command with its one line of help, so that the list can be printed without loading any."""

from __future__ import annotations

from typing import Final, NamedTuple


class CommandSpec(NamedTuple):
    """Where a command lives; a command without a function is a group of commands."""

    name: str
    help: str
    section: str
    module: str = ""
    function: str = ""


def _in(module: str) -> str:
    return f"trialog.cli.commands.{module}"


_START: Final = "Start"
_RECORD: Final = "Record what happened"
_PUT_RIGHT: Final = "Put right"
_PUBLIC: Final = "Record what was announced"
_ASK: Final = "Ask"
_READ: Final = "Read the log"
_TRUST: Final = "Trust the log"
_EXCHANGE: Final = "Data in and out"

COMMANDS: Final = (
    CommandSpec("demo", "Replay the CLR 131 announcements of 2016 and 2017.", _START, _in("demo"), "demo"),
    CommandSpec("init", "Create an empty log.", _START, _in("init"), "init"),
    CommandSpec("register", "Register a trial.", _RECORD, _in("record"), "register"),
    CommandSpec("open-cohort", "Open a cohort.", _RECORD, _in("record"), "open_cohort"),
    CommandSpec("close-cohort", "Close a cohort.", _RECORD, _in("record"), "close_cohort"),
    CommandSpec("enroll", "Enroll a subject.", _RECORD, _in("record"), "enroll"),
    CommandSpec("dose", "Record a dose.", _RECORD, _in("record"), "dose"),
    CommandSpec("response", "Record a response assessment.", _RECORD, _in("record"), "response"),
    CommandSpec("progression", "Record a progression.", _RECORD, _in("record"), "progression"),
    CommandSpec("seen", "Record that a subject was seen alive.", _RECORD, _in("record"), "seen"),
    CommandSpec("left", "Record that a subject left the study.", _RECORD, _in("record"), "left"),
    CommandSpec("death", "Record a death.", _RECORD, _in("record"), "death"),
    CommandSpec("evaluability", "Decide whether a subject is evaluable.", _RECORD, _in("record"), "evaluability"),
    CommandSpec("append", "Append events from a file of JSON Lines.", _RECORD, _in("append"), "append"),
    CommandSpec("correct", "Correct fields of an earlier event.", _PUT_RIGHT, _in("amend"), "correct"),
    CommandSpec("retract", "Take back an earlier event.", _PUT_RIGHT, _in("amend"), "retract"),
    CommandSpec("redact", "Make a subject's private texts unreadable.", _PUT_RIGHT, _in("redact"), "redact"),
    CommandSpec("announce", "Record an announcement and a figure of it.", _PUBLIC, _in("announce"), "announce"),
    CommandSpec("withdraw", "Record that an announcement was withdrawn.", _PUBLIC, _in("record"), "withdraw"),
    CommandSpec("replay", "Rebuild a day's announced figures.", _ASK, _in("replay"), "replay"),
    CommandSpec("explain", "Which definitions reproduce an announced figure.", _ASK, _in("explain"), "explain"),
    CommandSpec("audit", "Can announced figures all be true? Without subject data.", _ASK, _in("audit"), "audit"),
    CommandSpec("check", "Which announced figures break a law, at once.", _ASK, _in("check"), "check"),
    CommandSpec("snapshot", "A cohort's figures as of a data cutoff.", _ASK, _in("snapshot"), "snapshot"),
    CommandSpec("cohorts", "Overview of the cohorts.", _ASK, _in("cohorts"), "cohorts"),
    CommandSpec("history", "A figure at every day, and what moved it.", _ASK, _in("history"), "history"),
    CommandSpec("restate", "What changed between what was known then and now.", _ASK, _in("restate"), "restate"),
    CommandSpec("estimate", "Survival from any table of durations, as R.", _ASK, _in("estimate"), "estimate"),
    CommandSpec("plot", "Pictures: Kaplan-Meier, history, swimmer.", _ASK),
    CommandSpec("trials", "List the trials of the log.", _READ, _in("trials"), "trials"),
    CommandSpec("announcements", "List what was announced.", _READ, _in("announcements"), "announcements"),
    CommandSpec("log", "List the events of the log.", _READ, _in("log"), "log"),
    CommandSpec("show", "One subject's timeline, with corrections.", _READ, _in("show"), "show"),
    CommandSpec("schema", "The JSON Schema of an answer.", _EXCHANGE, _in("schema"), "schema"),
    CommandSpec("portfolio", "One question to many trials.", _EXCHANGE),
    CommandSpec("project", "Tables of figures for other programs.", _EXCHANGE, _in("project"), "project"),
    CommandSpec("import", "Import SDTM, ADTTE, tables with a mapping, and logs.", _EXCHANGE),
    CommandSpec("export", "Export ADTTE and logs, each with a manifest.", _EXCHANGE),
    CommandSpec("compare", "Compare somebody else's ADTTE with the log's.", _EXCHANGE),
    CommandSpec("private", "A subject's private texts, with its key.", _READ, _in("redact"), "private"),
    CommandSpec("verify", "Recompute everything; has it been rewritten?", _TRUST, _in("verify"), "verify"),
    CommandSpec("checkpoint", "Write down where a log stands; sign, stamp, witness.", _TRUST),
    CommandSpec("keys", "Keys of private texts, wrapped by a master key.", _TRUST),
    CommandSpec("prove", "Prove an event, or that a log only grew.", _TRUST, _in("prove"), "prove"),
    CommandSpec("check-proof", "Check a proof, far from the log.", _TRUST, _in("prove"), "check_proof"),
    CommandSpec("doctor", "What protects this log, and what does not.", _TRUST, _in("doctor"), "doctor"),
    CommandSpec("copy", "Copy a log between files and servers.", _TRUST, _in("copy"), "copy"),
    CommandSpec("backup", "Write the log into one new file.", _TRUST, _in("copy"), "backup"),
)

_CHECKPOINT: Final = _in("checkpoint")

GROUPS: Final[dict[str, tuple[CommandSpec, ...]]] = {
    "import": (
        CommandSpec("adtte", "ADTTE, for those who have nothing else.", _EXCHANGE, _in("import_adtte"), "adtte"),
        CommandSpec("table", "Any table, by a map of its columns.", _EXCHANGE, _in("import_table"), "table"),
        CommandSpec("sdtm", "An SDTM extract: CSV, XPT or Dataset-JSON.", _EXCHANGE, _in("import_sdtm"), "sdtm"),
        CommandSpec("log", "A whole log, as trialog export log wrote it.", _EXCHANGE, _in("import_log"), "log"),
    ),
    "export": (
        CommandSpec("adtte", "Time-to-event rows (ADTTE).", _EXCHANGE, _in("export_adtte"), "adtte"),
        CommandSpec("log", "The whole log as JSON Lines, with or without salts.", _EXCHANGE, _in("export_log"), "log"),
    ),
    "compare": (
        CommandSpec("adtte", "ADTTE row by row, as double programming.", _EXCHANGE, _in("compare_adtte"), "adtte"),
    ),
    "plot": (
        CommandSpec("km", "Kaplan-Meier curves with their number at risk.", _ASK, _in("plot"), "km"),
        CommandSpec("history", "A figure on every day, with what was announced.", _ASK, _in("plot"), "history"),
        CommandSpec("swimmer", "A lane for each subject.", _ASK, _in("plot"), "swimmer"),
    ),
    "portfolio": (
        CommandSpec("export", "Export logs as Parquet.", _EXCHANGE, _in("portfolio"), "export"),
        CommandSpec("run", "Ask every trial one question.", _EXCHANGE, _in("portfolio"), "run"),
        CommandSpec("verify", "Compare a portfolio with its logs.", _EXCHANGE, _in("portfolio"), "verify"),
    ),
    "checkpoint": (
        CommandSpec("create", "Verify the log and write down its size and root.", "Log", _CHECKPOINT, "create"),
        CommandSpec("show", "List the checkpoints kept, or print one.", "Log", _CHECKPOINT, "list_or_show"),
        CommandSpec("keep", "Keep one that came back from a witness.", "Log", _CHECKPOINT, "keep"),
        CommandSpec("stamp", "Have one stamped by a time-stamp authority.", "Log", _CHECKPOINT, "stamp"),
        CommandSpec("cosign", "Vouch, as a witness, that a log only grew.", "Witness", _CHECKPOINT, "cosign"),
        CommandSpec("key", "Make a signing key.", "Keys", _CHECKPOINT, "key"),
    ),
    "keys": (
        CommandSpec("master", "Make a master key.", "Keys", _in("keys"), "master"),
        CommandSpec("wrap", "Wrap all keys, or move them to another master key.", "Keys", _in("keys"), "wrap"),
    ),
}
