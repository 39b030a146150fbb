"""A run in two processes: a supervisor, and a child that it ends and starts anew where that hangs.

`supervisor` watches, `watched` is what its child does for it, `board` is what both see, `windows` what that
takes there. Nothing here loads anything else of the program: the supervisor is there all day, and stays small.
"""
