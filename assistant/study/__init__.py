"""What the advice would have been worth: studies on a user's own history, on no path of a live cycle."""
