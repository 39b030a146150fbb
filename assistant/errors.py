"""What can go wrong, named by what follows from it.

AssistantError
|- ConfigError     the program does not start; fix the named key
|- HeldError       this login has its assistant already; another process holds its lock
|- AccountChangedError   this login's advice ends; an assistant for the account that is logged in now follows
|- TerminalError   this cycle is skipped, the panel goes STALE, the loop connects again
|- MacroError      votes keep what they last said, then count less; the reason is shown
|- PublishError    the old panel file stays; the advice goes on, the journal says so
`- JournalError    there is no durable record: the advice falls to the fail-safe and says why

A refusal to size is none of these: it is a cap with a reason.
"""


class AssistantError(Exception):
    """The base of all errors whose message is meant for the user."""


class ConfigError(AssistantError):
    """The program does not start; the message names file, key, value and what was expected."""


class HeldError(AssistantError):
    """Another process advises this login; the message names it."""


class AccountChangedError(AssistantError):
    """The terminal is logged in to another account: nothing more is said for the old one."""


class TerminalError(AssistantError):
    """The terminal did not answer; this cycle is skipped."""


class MacroError(AssistantError):
    """A series could not be read; the votes that rest on it keep their last word for a while."""


class PublishError(AssistantError):
    """A file for the terminal or for other commands could not be written; the old one stays."""


class JournalError(AssistantError):
    """There is no durable record of what follows."""
