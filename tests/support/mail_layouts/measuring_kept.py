"""English tickets whose content looks like mail, and must survive."""

from tests.support.mail_layouts.unseen_threads import Kept

MEASURING_KEPT_ENGLISH: tuple[Kept, ...] = (
    Kept(
        "travel-dates-from-to",
        "Card abroad",
        "Hi,\n\nI will travel on these dates:\n\nFrom: 12 May\nTo: 3 June\n\nWill my card work in Norway?\n\n"
        "Thanks\nJo",
        ("From: 12 May", "To: 3 June", "Will my card work in Norway?"),
    ),
    Kept(
        "transfer-from-to-amount",
        "Wrong transfer",
        "The transfer below went to the wrong person.\nFrom: Savings 4410\nTo: M Hollis 8831\nDate: 4 March\nAmount:"
        " 250.00\n"
        "Please bring the money back.",
        ("From: Savings 4410", "To: M Hollis 8831", "Date: 4 March", "Amount: 250.00", "Please bring the money back."),
    ),
    Kept(
        "scam-text-pasted",
        "Is this really you?",
        "I got this text this morning:\n\nDear customer, your account is locked. Confirm your PIN at"
        " bank-verify.example.\n"
        "Kind regards, Your Bank\n\nIs this genuine or a scam?",
        ("your account is locked. Confirm your PIN", "Kind regards, Your Bank", "Is this genuine or a scam?"),
    ),
    Kept(
        "scam-mail-with-its-header",
        "Suspicious email",
        "Somebody writes in your name. This is what I received:\nFrom: security@brightwe11.example\nSubject: Urgent:"
        " verify now\n"
        "What should I do? I already clicked the link.",
        ("From: security@brightwe11.example", "Subject: Urgent: verify now", "I already clicked the link."),
    ),
    Kept(
        "sent-from-my-iphone-as-content",
        "Apple Pay",
        "Payments sent from my iPhone are declined in every shop, but the plastic card works. Why?",
        ("Payments sent from my iPhone are declined in every shop",),
    ),
    Kept(
        "sent-from-my-galaxy-as-first-words",
        "Transfers",
        "Sent from my Galaxy watch, the payment shows twice.\nSent from the website, it shows once.\nWhich one is"
        " right?",
        ("Sent from my Galaxy watch, the payment shows twice.", "Sent from the website, it shows once."),
    ),
    Kept(
        "angle-signs-as-greater-than",
        "Cash limits",
        "Which of these cash withdrawals are charged?\n> 200 euros a month\n> 5 withdrawals a month\n> 1 withdrawal"
        " a day",
        ("200 euros a month", "5 withdrawals a month", "1 withdrawal a day"),
    ),
    Kept(
        "thanks-with-the-complaint",
        "Thanks for nothing",
        "Thanks for the new card, but it arrived bent and the chip does not work.\nThanks also for charging me for"
        " it twice.",
        ("it arrived bent and the chip does not work", "charging me for it twice"),
    ),
    Kept(
        "thanks-line-before-the-question",
        "Refund",
        "Thanks!\n\nThe refund came through. One more thing: how do I close the account now?",
        ("The refund came through.", "how do I close the account now?"),
    ),
    Kept(
        "name-on-card-as-fields",
        "Name misspelt",
        "My card was printed wrongly.\nName: JON SMYTHE\nCorrect name: JOHN SMYTHE\nCan I have a new one?",
        ("Name: JON SMYTHE", "Correct name: JOHN SMYTHE", "Can I have a new one?"),
    ),
    Kept(
        "change-of-address",
        "Moved house",
        "Please change my address to:\n\nFlat 2, 15 Orchard Lane\nLeeds LS99 8ZZ\n\nand my phone to 07700 900 482.",
        ("Flat 2, 15 Orchard Lane", "Leeds LS99 8ZZ", "my phone to 07700 900 482"),
    ),
    Kept(
        "phone-number-is-the-request",
        "Call me",
        "Your codes go to my old number. My new number is:\n+44 7700 900 311\nPlease use it from today.",
        ("+44 7700 900 311", "Please use it from today."),
    ),
    Kept(
        "unsubscribe-is-the-request",
        "Newsletter",
        "Unsubscribe me from the weekly offers. I clicked unsubscribe at the bottom of the mail and nothing happened.",
        (
            "Unsubscribe me from the weekly offers.",
            "I clicked unsubscribe at the bottom of the mail and nothing happened.",
        ),
    ),
    Kept(
        "confidentiality-as-question",
        "Privacy",
        "Is this chat confidential? If a letter is received in error by my neighbour, who is liable: you or the post?",
        ("Is this chat confidential?", "received in error by my neighbour, who is liable"),
    ),
    Kept(
        "caution-as-question",
        "Warning banner",
        "CAUTION: external email is shown above every statement that you send me. Why does your own mail fail the"
        " check?",
        ("is shown above every statement that you send me", "Why does your own mail fail the check?"),
    ),
    Kept(
        "on-monday-wrote",
        "Double booking",
        "On Monday, 4 March your colleague Ana wrote: the fee is waived. On Friday the fee was taken. Which is it?",
        ("your colleague Ana wrote: the fee is waived.", "On Friday the fee was taken. Which is it?"),
    ),
    Kept(
        "dashes-between-options",
        "Account types",
        "I cannot choose between two accounts.\n\n--\nBasic: 3 a month\n--\nPlus: 9 a month, with insurance\n--\n\n"
        "Which one lets me hold dollars?",
        ("Basic: 3 a month", "Plus: 9 a month, with insurance", "Which one lets me hold dollars?"),
    ),
    Kept(
        "underscores-in-a-form",
        "Form",
        "The form says:\nSignature ______________\nDate ______________\nDo both holders have to sign it?",
        ("The form says:", "Do both holders have to sign it?"),
    ),
    Kept(
        "question-after-the-closing",
        "Card",
        "My card is blocked.\n\nRegards\nPeter\n\nPS: the PIN was also never sent. Can you post it again?",
        ("My card is blocked.", "the PIN was also never sent. Can you post it again?"),
    ),
    Kept(
        "best-as-content",
        "Exchange",
        "Best time to exchange pounds?\nBest rate for 5,000?\nBest way to send them to Chile?",
        ("Best time to exchange pounds?", "Best rate for 5,000?", "Best way to send them to Chile?"),
    ),
    Kept(
        "sincerely-as-a-product",
        "Gift card",
        "I bought the gift card called\nSincerely Yours\nin your shop and the code is refused. How can I use it?",
        ("Sincerely Yours", "the code is refused. How can I use it?"),
    ),
    Kept(
        "do-not-reply-as-content",
        "No answer possible",
        "Please do not reply to this email, says your message, and then it asks me to answer three questions. Where"
        " do I answer?",
        ("says your message, and then it asks me to answer three questions. Where do I answer?",),
    ),
    Kept(
        "numbered-steps-in-markup",
        "Login loop",
        "<p>What I do:</p><ol><li>Open the app</li><li>Enter the passcode</li><li>The app closes</li></ol><p>Every"
        " time.</p>",
        ("Open the app", "Enter the passcode", "The app closes", "Every time."),
    ),
    Kept(
        "error-in-a-blockquote",
        "Declined",
        "<p>The terminal prints:</p><blockquote>DECLINED 51 - CONTACT ISSUER</blockquote><p>There is money on the"
        " card.</p>",
        ("DECLINED 51 - CONTACT ISSUER", "There is money on the card."),
    ),
    Kept(
        "table-of-payments-in-markup",
        "Unknown payments",
        "<p>I do not know these:</p><table><tr><th>Date</th><th>Shop</th></tr><tr><td>3 May</td><td>Zebra"
        " Foods</td></tr>"
        "<tr><td>4 May</td><td>Kite Travel</td></tr></table><p>Please cancel both.</p>",
        ("3 May", "Zebra Foods", "Kite Travel", "Please cancel both."),
    ),
    Kept(
        "rule-between-two-questions-in-markup",
        "Two things",
        "<div>First: how do I raise my limit?</div><hr><div>Second: why was my salary returned?</div>",
        ("First: how do I raise my limit?", "Second: why was my salary returned?"),
    ),
    Kept(
        "small-print-quoted-by-the-customer-in-markup",
        "Terms",
        "<div>Your terms say: <i>this message is intended only for the addressee</i>. Does a power of attorney"
        " count?</div>",
        ("this message is intended only for the addressee", "Does a power of attorney count?"),
    ),
    Kept(
        "reply-line-as-content",
        "Your template",
        "Every mail begins with 'please type your reply above this line' and my answers vanish. How else can I send"
        " the ID?",
        ("and my answers vanish. How else can I send the ID?",),
    ),
)
