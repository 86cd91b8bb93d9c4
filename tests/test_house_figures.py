"""Each limit of the house is noticed when it is missed, on small sources made for it."""

import io

import pytest
from rich.console import Console

from tests.house_figures import (
    LOOPS,
    NOQAS,
    PRODUCT,
    TYPE_IGNORES,
    Figure,
    Sources,
    figures,
    main,
    percentile,
    table,
)

LONG_DOCSTRING = '"""First line.\n' + "\n" * 30 + '    """'


def measured(texts: dict[str, str], wrong_arrows: list[str] | None = None) -> dict[str, Figure]:
    """The figures of a house made of these files, by name."""
    return {figure.name: figure for figure in figures(Sources.parsed(texts), wrong_arrows or [])}


def missed(texts: dict[str, str], wrong_arrows: list[str] | None = None) -> dict[str, tuple[str, ...]]:
    """What is over a limit in a house made of these files, by the figure's name."""
    return {name: figure.over for name, figure in measured(texts, wrong_arrows).items() if figure.missed}


def function(lines: int, name: str = "f", docstring: str = "") -> str:
    """A function of so many lines, its docstring not counted."""
    body = [f"    {docstring}"] if docstring else []
    return "\n".join([f"def {name}():", *body, *["    pass"] * (lines - 1)])


def constructor(*parameters: str) -> str:
    return f"class Loop:\n    def __init__(self, {', '.join(parameters)}): ..."


def numbered(count: int) -> list[str]:
    return [f"p{number}" for number in range(count)]


def test_an_empty_house_keeps_every_limit() -> None:
    """Nothing is missed where there is nothing."""
    assert missed({}) == {}


@pytest.mark.parametrize("folder", ["consumer", "consumer/kafka", "projects/rules"])
def test_a_folder_holds_twenty_modules(folder: str) -> None:
    """`__init__` is not counted, and neither are the modules of a folder below."""
    texts = {f"{folder}/m{number}.py": "" for number in range(20)}
    texts |= {f"{folder}/__init__.py": "", f"{folder}/below/m.py": ""}

    assert missed(texts) == {}
    assert missed({**texts, f"{folder}/more.py": ""}) == {
        "modules in a folder of consumer/, projects/": (f"{folder}/: 21",)
    }


@pytest.mark.parametrize("package", PRODUCT)
def test_a_module_has_three_hundred_lines(package: str) -> None:
    """Blank lines and comments count."""
    assert missed({f"{package}/a.py": "#\n" * 150 + "\n" * 150}) == {}
    assert missed({f"{package}/a.py": "#\n" * 301}) == {"lines of a module": (f"{package}/a.py: 301",)}


def test_every_module_that_is_too_long_is_named_the_longest_first() -> None:
    """The list says where to work; the table names the longest one."""
    figure = measured({"schemas/a.py": "\n" * 301, "sandbox/b.py": "\n" * 400, "consumer/c.py": "\n"})[
        "lines of a module"
    ]

    assert (figure.value, figure.largest) == (400, "sandbox/b.py")
    assert figure.over == ("sandbox/b.py: 400", "schemas/a.py: 301")


def test_a_class_has_a_hundred_and_seventy_lines() -> None:
    """From `class` to the end of its body, in another class too."""
    assert missed({"consumer/a.py": "class A:\n" + "    a = 1\n" * 169}) == {}
    assert missed({"consumer/a.py": "class A:\n" + "    a = 1\n" * 170}) == {
        "lines of a class": ("consumer/a.py A: 171",)
    }
    assert missed({"consumer/a.py": "class A:\n  class B:\n" + "    b = 1\n" * 169})["lines of a class"] == (
        "consumer/a.py A: 171",
    )


def test_a_function_has_fifty_lines_without_its_docstring() -> None:
    """One long function among many short ones misses its own limit and no other."""
    short = "\n".join(function(2, f"short{number}") for number in range(99))

    assert missed({"sandbox/a.py": f"{short}\n{function(50, docstring=LONG_DOCSTRING)}"}) == {}
    assert missed({"sandbox/a.py": f"{short}\n{function(51)}"}) == {
        "lines of a function, without its docstring": ("sandbox/a.py f: 51",)
    }
    assert missed(
        {"sandbox/a.py": f"{short}\nclass A:\n    async {function(51).replace(chr(10), chr(10) + '    ')}"}
    ) == {"lines of a function, without its docstring": ("sandbox/a.py f: 51",)}


def test_half_of_the_functions_have_five_lines_at_most() -> None:
    """The median is noticed above 5."""
    assert missed({"sandbox/a.py": function(5)}) == {}
    assert missed({"sandbox/a.py": function(6)}).keys() == {"the same, median"}


def test_one_function_of_twenty_may_have_more_than_twenty_one_lines() -> None:
    """The 95th percentile is noticed above 21."""
    short = "\n".join(function(2, f"short{number}") for number in range(19))

    assert missed({"sandbox/a.py": f"{short}\n{function(22)}"}) == {}
    assert missed({"sandbox/a.py": f"{short}\n{function(22)}\n{function(22, 'g')}"}).keys() == {
        "the same, 95th percentile"
    }


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (0.951, 96), (1.0, 100)])
def test_a_percentile_is_the_nearest_rank(share: float, value: int) -> None:
    """It is one of the values, and at least the share of all is not above it."""
    assert percentile(list(range(1, 101)), share) == value


@pytest.mark.parametrize("path", LOOPS)
@pytest.mark.parametrize(
    "source",
    [
        constructor(*numbered(9)),
        constructor(*numbered(4), "/", "q", "*", "r", "s", "t=1", "u=2"),
        constructor(*numbered(7), "*rest", "**options"),
        "@dataclass\nclass Loop:\n" + "".join(f"    {name}: int\n" for name in numbered(9)),
    ],
)
def test_a_loop_is_made_of_eight_parts(path: str, source: str) -> None:
    """Every kind of parameter counts but `self`; the fields of a data class are its constructor's parameters."""
    assert missed({path: source}) == {"parameters of a loop's constructor": (f"{path} Loop: 9",)}
    assert missed({path: constructor(*numbered(8))}) == {}
    assert missed({"consumer/app.py": source}) == {}


def test_an_import_against_the_order_is_named() -> None:
    """The sentences of tests/test_imports.py are shown as they are."""
    assert missed({}, ["a imports b: the arrow goes from b to a"]) == {
        "imports against the order": ("a imports b: the arrow goes from b to a",)
    }


@pytest.mark.parametrize(
    ("name", "comment", "limit"),
    [
        ("`type: ignore` comments", "a = 1  # type: ignore[misc]\n", TYPE_IGNORES),
        ("`noqa` comments", "a = 1  # noqa: E501 - a reason\n", NOQAS),
    ],
)
def test_a_new_suppression_is_noticed(name: str, comment: str, limit: int) -> None:
    """Tests and benchmarks count too; a string that looks like a suppression does not."""
    texts = {"tests/a.py": comment * (limit - 1), "benchmarks/b.py": f"text = '''\n{comment}'''\n{comment}"}

    assert missed(texts) == {}
    assert missed({**texts, "docs/c.py": comment}) == {
        name: (f"tests/a.py: {limit - 1}", "benchmarks/b.py: 1", "docs/c.py: 1")
    }


def test_tests_and_benchmarks_may_be_longer() -> None:
    """The limits of size are those of what is shipped."""
    source = "\n".join(["class A:", "    def f(self):", *["        pass"] * 400])

    assert missed({"tests/a.py": source, "benchmarks/a.py": source}) == {}


def test_the_table_shows_value_limit_and_verdict() -> None:
    """A missed figure is seen at a glance."""
    output = io.StringIO()
    console = Console(file=output, width=120)
    console.print(table([Figure("lines", 7, 5, "a.py"), Figure("median", 4.5, 5)]))
    rows = [line for line in output.getvalue().splitlines() if "5" in line]

    assert [row.replace("│", " ").split() for row in rows] == [
        ["lines", "7", "5", "a.py", "missed"],
        ["median", "4.5", "5", "held"],
    ]


def test_the_house_keeps_its_limits() -> None:
    """The real one: its figures are printed, and the script ends with 0."""
    output = io.StringIO()

    assert main(Console(file=output, width=160)) == 0, output.getvalue()
