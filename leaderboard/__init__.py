"""Live quizzes with a leaderboard that moves at once, on any number of nodes."""

__version__ = "0.1.0"
