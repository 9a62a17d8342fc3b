"""Roles of a lake: what people share by their jobs, as groups with names, evidence and a residual.

``stage`` is the way in. What is mined: ``units`` (people and what they asked for), ``staff`` and ``observed`` (the
directory and use), ``constraints``. Which roles: ``choose``, with ``layers``, ``shared`` and ``holdings`` (how they are
recognised), ``basis`` (by what), ``complete`` (what completes them) and ``refused`` (what is not suggested). What
becomes of them: ``render`` (tables), ``groups`` and ``membership`` (Entra groups), ``names``, ``purpose``,
``evidence``, ``carry`` (ids across proposals), ``keep`` (approved roles stay as they are), ``coverage``; and of the
rest: ``residual`` with ``leftovers`` and ``drops``. ``beside``: what people decide on, of ``rules`` (how one comes to a
role and leaves it), ``fitted`` (variants by use) and ``excess``; ``notes``: what roles could not be made from.
``settings`` and ``entry`` are the stage's own.
"""
