"""Where advice goes: the panel file, the state file, the journal, the console."""
