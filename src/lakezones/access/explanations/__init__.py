"""Why somebody has access: finding who and what is meant, and every path with what would remain without it.

`explanation` answers a question: `lookup` finds the ids that a text names, `paths` follows one person to one container,
`overview` sums up one person or one container. Both stand on `single`, one container in full; `about` says which rows
a question needs, `tree` what an answer is.
"""
