"""Tickets in HTML, as the editors of web sites write it, in which something looks like mail and is not."""

from tests.support.mail_layouts.unseen_threads import Kept

KEPT_HTML: tuple[Kept, ...] = (
    Kept(
        "indented_error",
        "Payment",
        "<p>The shop shows this:</p><blockquote>Payment declined (51)</blockquote><p>What does it mean?</p>",
        ("The shop shows this:", "Payment declined (51)", "What does it mean?"),
    ),
    Kept(
        "rule_between_two_questions",
        "Two questions",
        "<div>How do I change my PIN?</div><hr><div>And can I see the old one in the app?</div>",
        ("How do I change my PIN?", "And can I see the old one in the app?"),
    ),
    Kept(
        "table_of_transfers",
        "Missing",
        "<p>These two are"
        " missing:</p><table><tr><th>From</th><th>To</th><th>Date</th></tr><tr><td>Main</td><td>Savings</td>"
        "<td>3 March</td></tr><tr><td>Main</td><td>Rent</td><td>4 March</td></tr></table><p>Where are they?</p>",
        ("These two are missing:", "Savings", "Rent", "4 March", "Where are they?"),
    ),
    Kept(
        "code_in_html",
        "Widget",
        "<p>Your widget prints <code>&lt;div&gt;null&lt;/div&gt;</code> when a &lt; b. How do I configure it?</p>",
        ("<div>null</div>", "when a < b. How do I configure it?"),
    ),
    Kept(
        "small_grey_words",
        "Statement",
        '<div style="font-size:8pt;color:gray">Why does my statement show a shop that I do not know?</div>',
        ("Why does my statement show a shop that I do not know?",),
    ),
    Kept(
        "preformatted_log",
        "Import",
        "<p>Import fails:</p><pre>&gt; upload tickets.csv\n&gt; error: no column 'id'\n-- 0 rows"
        " --</pre><p>Which column is meant?</p>",
        ("upload tickets.csv", "error: no column 'id'", "Which column is meant?"),
    ),
    Kept(
        "bold_line_that_begins_with_from",
        "Wrong name",
        "<p><b>From:</b> the letter you sent me, my name is wrong.</p><p><b>To:</b> correct it, what must I send?</p>",
        ("the letter you sent me, my name is wrong.", "correct it, what must I send?"),
    ),
    Kept(
        "only_a_quote_in_html",
        "Fwd",
        '<div dir="ltr"><br><blockquote type="cite"><div>Your direct debit was returned'
        " unpaid.</div></blockquote></div>",
        ("Your direct debit was returned unpaid.",),
    ),
    Kept(
        "words_in_the_signature_alone",
        "Card",
        '<div dir="ltr"><br><div class="gmail_signature">My card expired yesterday, when does the new one'
        " come?</div></div>",
        ("My card expired yesterday, when does the new one come?",),
    ),
    Kept(
        "list_of_wishes",
        "Several things",
        "<p>Please:</p><ul><li>cancel the standing order</li><li>send a new PIN</li></ul><p>Thanks, and one last thing:"
        " what does the blue card cost?</p>",
        ("cancel the standing order", "send a new PIN", "what does the blue card cost?"),
    ),
)
