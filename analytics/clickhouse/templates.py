"""The SQL of this package: templates (jinja2) that share their parts as macros.

`views/` holds one file for each view, `queries/` one for each question that the code asks, and `parts/` what several of
them have in common. A query that asks a view with parameters takes the view's macro, so that its SELECT stands in the
query itself: ClickHouse takes 10 to 40 ms longer to plan a query for each such view that it has to look up (measured on
two cores), where a report over a month may take 300 ms.
"""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


def render(path: str) -> str:
    """Return the SQL of a template.

    Args:
        path: its file within this package, such as `queries/answers.sql`.

    Raises:
        jinja2.TemplateNotFound: there is no such file.
        jinja2.UndefinedError: a macro was called without one of its values.
    """
    return _environment().get_template(path).render().strip()


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("analytics.clickhouse", ""),
        # No file is HTML, so nothing is escaped.
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
