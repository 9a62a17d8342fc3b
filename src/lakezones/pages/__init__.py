"""What the report, the review page and sign-offs share: stylesheet, components, one way to write a number.

In: values. Out: HTML. Nothing here knows what a role is.
"""
