"""The templates' surroundings: everything escaped, unknown names refused, one set of filters and components.

In: the package whose templates are rendered. Out: a jinja2 environment that finds them and `components.html`.
"""

import jinja2

from lakezones.model.words import counted, plural
from lakezones.pages import assets, formats

_MADE: dict[str, jinja2.Environment] = {}


def environment(package: str) -> jinja2.Environment:
    """The environment for the templates of a package, made once.

    Filters: number, share, size, duration, day, moment, age, due, sentence, segment, handle, exact, counted, plural.
    Function: `static(name)`, the address of a file that pages load.
    """
    if package not in _MADE:
        made = jinja2.Environment(
            loader=jinja2.ChoiceLoader([jinja2.PackageLoader(package), jinja2.PackageLoader("lakezones.pages")]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            finalize=formats.legible,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for each in (
            formats.number,
            formats.share,
            formats.size,
            formats.duration,
            formats.day,
            formats.moment,
            formats.age,
            formats.due,
            formats.sentence,
            formats.segment,
            formats.handle,
            formats.exact,
            counted,
            plural,
        ):
            made.filters[each.__name__] = each
        made.globals["static"] = assets.address
        _MADE[package] = made
    return _MADE[package]
