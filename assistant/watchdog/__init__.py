"""A run in two processes: a supervisor, and a child that it ends and starts anew where that hangs.

`supervisor` watches, `watched` is what its child does for it, `board` what both see, `windows` what that
takes there. Nothing here loads more of the program than its clock: the supervisor is there all day.
"""
