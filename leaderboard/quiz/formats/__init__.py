"""Files that people have their questions in. What importing.FORMATS names has `looks` (is it this?) and `read`.

A format says what stands in a file, as drafts; `leaderboard.quiz.importing` decides what of it can be a question. Nothing
in a file is ever run, and each format reads in time and memory proportional to the file.
"""
