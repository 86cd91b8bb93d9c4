"""English tickets in which something looks like mail and is what the customer says."""

from tests.support.mail_layouts.unseen_threads import Kept

FINAL_KEPT_ENGLISH = (
    Kept(
        "transfer-from-to",
        "Transfer has not arrived",
        "This payment is missing since Friday:\n\nFrom: my savings account\nTo: my current account\nDate: 3 March\n"
        "Amount: 250.00\n\nWhere has the money gone?",
        ("From: my savings account", "To: my current account", "Amount: 250.00", "Where has the money gone?"),
    ),
    Kept(
        "postscript-after-the-closing",
        "Parcel",
        "Hello,\n\nmy parcel came open.\n\nKind regards,\nMary\n\nP.S. The order is 4411 and two of the glasses are"
        " broken.",
        ("my parcel came open.", "The order is 4411 and two of the glasses are broken."),
    ),
    Kept(
        "thanks-first",
        "Card again",
        "Thanks for your help yesterday.\n\nRegards to Tom as well.\n\nNow the card does not work in shops at all.",
        ("Thanks for your help yesterday.", "Now the card does not work in shops at all."),
    ),
    Kept(
        "sent-from-my-iphone-in-a-sentence",
        "Photos do not arrive",
        "Photos sent from my iPhone never arrive in the chat.\nSent from my laptop they arrive at once. Please fix"
        " this.",
        ("Photos sent from my iPhone never arrive in the chat.", "Sent from my laptop they arrive at once."),
    ),
    Kept(
        "dashes-as-a-list",
        "Wrong items",
        "I received three wrong items:\n-- a blue jacket instead of a green one\n-- two left shoes\n-- a belt that I"
        " never ordered",
        ("a blue jacket instead of a green one", "two left shoes", "a belt that I never ordered"),
    ),
    Kept(
        "rule-between-two-problems",
        "Two things",
        "First: the invoice for May is missing.\n\n--------------------\n\nSecond: the invoice for June is there"
        " twice.",
        ("the invoice for May is missing.", "the invoice for June is there twice."),
    ),
    Kept(
        "shell-prompts",
        "Import fails",
        "I run your tool like this:\n\n> stock import items.csv\n> stock verify\n\nand the second line says that the"
        " file is locked.",
        ("stock import items.csv", "stock verify", "the second line says that the file is locked."),
    ),
    Kept(
        "question-about-a-disclaimer",
        "Footer",
        'All my mails end with "This email is confidential and intended solely for the addressee". How do I switch this'
        " footer off in my account?",
        ("This email is confidential and intended solely for the addressee", "How do I switch this footer off"),
    ),
    Kept(
        "only-a-quote",
        "Re: Locked out",
        "> Hello,\n> I am locked out of my account since the update.\n> Can you help me?",
        ("I am locked out of my account since the update.", "Can you help me?"),
    ),
    Kept(
        "forward-without-a-word",
        "Fwd: Wrong meter reading",
        "---------- Forwarded message ---------\nFrom: Paula Trent <paula@postbox.example>\n"
        "Date: Mon, 3 Mar 2025 at 09:12\nSubject: Wrong meter reading\nTo: <dan@postbox.example>\n\n\n"
        "The reading on the bill is 5120 but the meter shows 4120. Please send a corrected bill.",
        ("The reading on the bill is 5120 but the meter shows 4120.", "Please send a corrected bill."),
    ),
    Kept(
        "change-of-details",
        "New details",
        "Please change my details to these:\n\nName: Helen Ferris\nEmail: helen.ferris@postbox.example\n"
        "Phone: 01632 960117\nAddress: 3 Church Lane, Wetherford",
        (
            "Please change my details to these:",
            "Name: Helen Ferris",
            "Email: helen.ferris@postbox.example",
            "Phone: 01632 960117",
            "Address: 3 Church Lane, Wetherford",
        ),
    ),
    Kept(
        "courier-wrote",
        "Not delivered",
        'On Tuesday at 10:14 the courier wrote:\n"Left with a neighbour."\nI have no neighbours. Where is my parcel?',
        (
            "On Tuesday at 10:14 the courier wrote:",
            "Left with a neighbour.",
            "I have no neighbours. Where is my parcel?",
        ),
    ),
    Kept(
        "unsubscribe-fails",
        "Newsletter",
        'I click on "unsubscribe" at the bottom of your newsletter and nothing happens. To unsubscribe, what must I'
        " do?",
        ('I click on "unsubscribe" at the bottom', "To unsubscribe, what must I do?"),
    ),
    Kept(
        "address-for-the-replacement",
        "Replacement",
        "Please send the replacement to my office:\n\nOliver Hart\nGreenlea Primary School\n12 Mill Lane\nStonebridge"
        " ST3 9ZZ\nTel: 01632 960145\n\nand not to my home.",
        ("Oliver Hart", "12 Mill Lane", "Stonebridge ST3 9ZZ", "and not to my home."),
    ),
    Kept(
        "message-label-of-a-terminal",
        "Terminal error",
        "The terminal prints this:\n\nMessage: card declined\nCode: 51\nDate: 12/05/2025\n\nThe customer's bank says"
        " all is well.",
        ("Message: card declined", "Code: 51", "The customer's bank says all is well."),
    ),
    Kept(
        "bounce-in-the-middle",
        "My mails come back",
        "Since Monday my mails to you come back:\n\nFrom: Mail Delivery System\nSubject: Undelivered Mail Returned"
        " to Sender\n\n"
        "550 5.1.1 mailbox unavailable\n\nHave you changed your address?",
        ("Since Monday my mails to you come back:", "550 5.1.1 mailbox unavailable", "Have you changed your address?"),
    ),
    Kept(
        "html-blockquote-of-the-terms",
        "Refund period",
        '<div dir="ltr"><p>Your terms say:</p><blockquote>Refunds are paid within 14 days.</blockquote>'
        "<p>I have been waiting for 30 days. When will you pay?</p></div>",
        ("Refunds are paid within 14 days.", "I have been waiting for 30 days. When will you pay?"),
    ),
    Kept(
        "html-rule-between-two-problems",
        "Two faults",
        "<p>The heating does not start in the morning.</p><hr><p>The display shows the wrong hour too.</p>",
        ("The heating does not start in the morning.", "The display shows the wrong hour too."),
    ),
    Kept(
        "do-not-reply",
        "Where do I write?",
        'Every mail of yours says "Please do not reply to this email". Where can I reply, then? My order is 20331.',
        ("Please do not reply to this email", "Where can I reply, then? My order is 20331."),
    ),
)
