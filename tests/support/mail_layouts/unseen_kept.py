"""English tickets of people in which something looks like mail and is not.

A reasonable reader would say that the words of `must_contain` belong to what the person wants. White space may differ.
In the HTML ones they are the words that a browser shows.
"""

from tests.support.mail_layouts.unseen_kept_html import KEPT_HTML
from tests.support.mail_layouts.unseen_kept_lines import KEPT_LINES
from tests.support.mail_layouts.unseen_threads import Kept

_SENTENCES = (
    Kept(
        "thanks_begins_a_line_in_the_middle",
        "Card",
        "You told me to restart the app.\nThanks, I tried that, but the card is still declined.\nCan you unblock it?",
        ("restart the app", "Thanks, I tried that, but the card is still declined.", "Can you unblock it?"),
    ),
    Kept(
        "cheers_begins_the_ticket",
        "Re: second card",
        "Cheers,\nthat worked for the first card. The second one is still frozen, what now?",
        ("that worked for the first card", "The second one is still frozen, what now?"),
    ),
    Kept(
        "one_more_thing_after_thanks",
        "",
        "Thanks!\n\nOne more thing: can I order a second card for my daughter?",
        ("One more thing: can I order a second card for my daughter?",),
    ),
    Kept(
        "regards_inside_a_sentence",
        "Terms",
        "A question as\nregards the early repayment fee: does it apply in the first year?\nBest regards to Sam,"
        " who could not tell me.",
        ("regards the early repayment fee: does it apply in the first year?", "Sam, who could not tell me"),
    ),
    Kept(
        "an_agent_wrote_on_monday",
        "Fee",
        "On Monday your agent wrote that the fee would be waived.\nIt was taken again today. Why?",
        ("On Monday your agent wrote that the fee would be waived.", "It was taken again today. Why?"),
    ),
    Kept(
        "an_agent_wrote_with_a_colon",
        "Loan",
        "On 3 March your colleague wrote:\nyour loan is approved.\nToday I get a letter with a refusal. Which"
        " one is true?",
        ("your loan is approved", "Today I get a letter with a refusal. Which one is true?"),
    ),
    Kept(
        "sent_from_my_begins_a_complaint",
        "Wrong transfer",
        "Sent from my savings to the wrong person: 300 pounds.\nHow do I get this back?",
        ("Sent from my savings to the wrong person: 300 pounds.", "How do I get this back?"),
    ),
    Kept(
        "asks_how_to_get_outlook",
        "Code by mail",
        "Get Outlook for iOS to show the code before it expires, how? It arrives ten minutes late.",
        ("Get Outlook for iOS to show the code before it expires, how?", "It arrives ten minutes late."),
    ),
    Kept(
        "first_contact_in_a_person's_own_words",
        "Help",
        "You don't often get email from me, but now I need help: my pension payment is missing.",
        ("You don't often get email from me", "my pension payment is missing"),
    ),
    Kept(
        "asks_to_consider_the_environment",
        "Paper",
        "Please consider the environment and stop sending me paper statements. I want them by email.",
        ("Please consider the environment and stop sending me paper statements.", "I want them by email."),
    ),
    Kept(
        "asks_what_the_notice_means",
        "Your mails",
        "What does the confidentiality notice at the bottom of your emails mean? May I show the letter to my"
        " accountant?",
        (
            "What does the confidentiality notice at the bottom of your emails mean?",
            "May I show the letter to my accountant?",
        ),
    ),
    Kept(
        "tells_of_a_notice_in_a_fraud",
        "Phishing?",
        "I got a mail that says this message is confidential and intended solely for the addressee, delete it"
        " after reading."
        "\nIt asks for my PIN. Was that you?",
        ("intended solely for the addressee", "It asks for my PIN. Was that you?"),
    ),
    Kept(
        "begins_with_disclaimer",
        "App",
        "Disclaimer: I am not technical.\nThe app says my phone is rooted. It is brand new. How can I log in?",
        ("The app says my phone is rooted.", "How can I log in?"),
    ),
    Kept(
        "begins_with_confidential",
        "Urgent",
        "CONFIDENTIAL\nMy ex-husband knows my PIN and has the old phone. Please change both today.",
        ("My ex-husband knows my PIN and has the old phone. Please change both today.",),
    ),
    Kept(
        "begins_with_a_warning",
        "Reader",
        "Warning: external device not recognized. That is all the card reader shows. What shall I do?",
        ("external device not recognized", "What shall I do?"),
    ),
    Kept(
        "complains_of_the_line_to_write_above",
        "Ticket closed",
        "Your mails say to reply above this line.\nI did, and the ticket was closed without an answer. Please"
        " open it again.",
        ("Your mails say to reply above this line.", "Please open it again."),
    ),
    Kept("wants_out", "Newsletter", "Unsubscribe me from everything.", ("Unsubscribe me from everything.",)),
    Kept(
        "asks_about_a_signature",
        "Form refused",
        "Signature: you say it does not match.\nI sign as in my passport. Can I come to a branch with it?",
        ("you say it does not match", "I sign as in my passport. Can I come to a branch with it?"),
    ),
    Kept(
        "postscript_with_the_question",
        "Thank you",
        "Hi Sam,\n\nall is well again, many thanks for your patience.\n\nBest wishes,\nHarriet\n\n"
        "P.S. Why was I charged twice for the same train ticket?",
        ("P.S. Why was I charged twice for the same train ticket?",),
    ),
    Kept(
        "question_after_the_signature",
        "Hello",
        "Hello,\n\nI hope that you are well.\n\nKind regards,\nOwen Stokes\nDirector, Tern Logistics\n\n"
        "Sorry, forgot to ask: can two people use one business card?",
        ("Sorry, forgot to ask: can two people use one business card?",),
    ),
)

KEPT_ENGLISH: tuple[Kept, ...] = (*_SENTENCES, *KEPT_LINES, *KEPT_HTML)
