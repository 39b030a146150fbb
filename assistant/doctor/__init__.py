"""Every precondition, one line each: what is well, what to know, what to mend and how. It changes nothing.

`finding` is what a check returns; `system`, `terminal`, `market`, `files` and `rules` hold the checks by
subject, `look` asks the terminal once for all of them, `examine` runs them, `page` says what came out.
"""
