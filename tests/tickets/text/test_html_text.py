"""HTML mail as plain text."""

import time

import pytest

from tickets.text.html_text import MAX_DEPTH, is_html, text_of, unescaped


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<html><body>Hello</body></html>", True),
        ("<!DOCTYPE html><p>Hello", True),
        ('<div dir="ltr">Hello</div>', True),
        ("Hello<br>where is<br/>my card?", True),
        ("<p>Hello</p><p>where is my card?</p>", True),
        ("Hello</p><p>where is my card?</p>", True),
        ("when a < b and b > c", False),
        ("My page shows <div> where the price was", False),
        ("It prints <b>null</b> on my page", False),
        ("It takes List<String> and Map<K, V>", False),
        ("Ana <ana@mail.example> wrote to me", False),
        ("<3 your app", False),
        ("", False),
    ],
)
def test_html_is_told_from_a_text_about_it(text: str, *, html: bool) -> None:
    """A tag in front, or several blocks or breaks, make HTML; one tag in a sentence does not."""
    assert is_html(text) is html


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("<p>One</p><p>two</p>", "One\n\ntwo"),
        ("<div>One</div><div>two</div>", "One\ntwo"),
        ("One<br>two<br><br>three", "One\ntwo\n\nthree"),
        ("<p>One\n   two &amp; <b>three</b>&nbsp;four</p>", "One two & three four"),
        ("<ul><li>One</li><li>two</li></ul>", "One\ntwo"),
        (
            "<table><tr><td>Name</td><td>Ana</td></tr><tr><td>City</td><td>Vigo</td></tr></table>",
            "Name\tAna\nCity\tVigo",
        ),
        ("<pre>one\n  two</pre>", "one\n  two"),
        ("<head><title>T</title><style>p {}</style></head><body>One<script>x()</script></body>", "One"),
        ("One<span style='display:none'>hidden</span><div style='font-size:0px'>tracked</div>", "One"),
        ("<!-- a comment -->One<!--[if mso]>two<![endif]-->", "One"),
        ("One<blockquote>two<br>three</blockquote>four", "One\n\n> two\n> three\n> \nfour"),
        ("One<div class='gmail_signature'>Ana</div>", "One\n-- \nAna"),
        ("One<hr>two", f"One\n{'_' * 32}\ntwo"),
        ("<p>¿Cu&aacute;ndo llega?", "¿Cuándo llega?"),
        ("<div></div>", ""),
    ],
)
def test_blocks_become_lines_and_marks_become_signs(document: str, text: str) -> None:
    """Paragraphs and breaks are kept; what is never shown is left out; quotes and signatures are marked."""
    assert text_of(document) == text


def test_marks_of_one_signature_are_one_mark() -> None:
    """Gmail writes a prefix and a block, and a table may lie in the block."""
    document = (
        "One<br><span class='gmail_signature_prefix'>-- </span><br><div class='gmail_signature'>"
        "<table class='signature'><tr><td>Ana</td></tr></table></div>"
    )

    assert text_of(document).count("--") == 1


def test_entities_of_an_export_are_resolved() -> None:
    """A text without tags may be escaped for HTML; an ampersand alone is no entity."""
    assert unescaped("I can&#39;t pay &amp; log in") == "I can't pay & log in"
    assert unescaped("R&D; AT&T") == "R&D; AT&T"


@pytest.mark.parametrize(
    "document",
    [
        "<div>" * 50_000,
        "<b>" * 80_000,
        "<p>" * 80_000,
        "<table><td>" * 20_000,
        "<div>" * 20_000 + "</div>" * 20_000,
        "< " * 120_000,
    ],
    ids=["blocks", "bold", "paragraphs", "tables", "closed", "signs"],
)
def test_hostile_nesting_takes_no_longer_than_its_length(document: str) -> None:
    """A quarter of a megabyte of nothing but tags takes a fraction of what a parser would need for them."""
    began_s = time.process_time()

    text = text_of(document + "x")

    assert time.process_time() - began_s < 2
    assert "x" in text


def test_a_document_deeper_than_the_limit_keeps_its_words() -> None:
    """Only the tags go."""
    assert "where is my card" in text_of("<div>" * (MAX_DEPTH + 1) + "where is my card")
