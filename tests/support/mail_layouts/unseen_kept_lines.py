"""English tickets in which whole lines look like mail: lists, rules, labels, signs of quotes, addresses, code."""

from tests.support.mail_layouts.unseen_threads import Kept

KEPT_LINES: tuple[Kept, ...] = (
    Kept(
        "list_with_hyphens",
        "Several things",
        "Please do these three things:\n- cancel the standing order to Moorgate\n- raise my limit to 2000\n-"
        " send a new PIN",
        ("- cancel the standing order to Moorgate", "- raise my limit to 2000", "- send a new PIN"),
    ),
    Kept(
        "steps_between_dash_lines",
        "Login fails",
        "Step one: open the app.\n--\nStep two: enter the code.\n--\nStep three: white screen. What is wrong?",
        ("Step one: open the app.", "Step two: enter the code.", "Step three: white screen. What is wrong?"),
    ),
    Kept(
        "two_questions_with_a_rule_between",
        "Two questions",
        "How do I change my address?\n________________________________\nAnd can I have the fee from May back?",
        ("How do I change my address?", "And can I have the fee from May back?"),
    ),
    Kept(
        "three_hyphens_between_paragraphs",
        "Exchange",
        "My top-up in euros failed.\n\n---\n\nThe second one, in dollars, came twice. Please take one back.",
        ("My top-up in euros failed.", "The second one, in dollars, came twice. Please take one back."),
    ),
    Kept(
        "words_only_below_a_dash_line",
        "Help",
        "-- \nMy card was swallowed by the machine in Leeds. How do I get it back?",
        ("My card was swallowed by the machine in Leeds. How do I get it back?",),
    ),
    Kept(
        "from_and_to_of_a_transfer",
        "Transfer missing",
        "This one never arrived:\nFrom: main account\nTo: joint savings\nDate: 12 May\nSubject: holiday money\n"
        "Amount: 250.00\nWhere is it?",
        ("From: main account", "To: joint savings", "holiday money", "Amount: 250.00", "Where is it?"),
    ),
    Kept(
        "sent_and_to_of_a_parcel",
        "Parcel",
        "From: Bristol\nSent: Monday 3 March\nTo: 14 Tanner's Row\nStatus: delivered\nNothing was delivered."
        " Please look for it.",
        ("Sent: Monday 3 March", "Nothing was delivered. Please look for it."),
    ),
    Kept(
        "letter_with_a_head",
        "Complaint",
        "To: Customer Services\nDate: 3 March\nSubject: Charged for a closed account\n\nI closed my account in"
        " January and was"
        " charged in February. I want the money back.",
        ("I closed my account in January and was charged in February. I want the money back.",),
    ),
    Kept(
        "labels_of_an_error",
        "Payment",
        "Code: 51\nMessage: do not honour\nName: H PEMBERTON\nI have enough money. Why does the shop see this?",
        ("do not honour", "I have enough money. Why does the shop see this?"),
    ),
    Kept(
        "name_and_email_are_wrong",
        "Details",
        "Name: spelt Jon on the card, must be John\nEmail: I cannot change it in the app",
        ("spelt Jon on the card, must be John", "I cannot change it in the app"),
    ),
    Kept(
        "error_behind_a_sign",
        "Export",
        "When I export the statement I see\n> Error 403: token expired\n> please sign in again\nbut I am signed"
        " in. What can I do?",
        ("Error 403: token expired", "please sign in again", "but I am signed in. What can I do?"),
    ),
    Kept(
        "terms_behind_a_sign",
        "Refund",
        "Your terms say:\n> Refunds are made within 30 days.\nIt is day 45. When do I get mine?",
        ("Refunds are made within 30 days.", "It is day 45. When do I get mine?"),
    ),
    Kept(
        "only_a_quote",
        "Fwd",
        "> Your direct debit was returned unpaid. Please contact us within 7 days.",
        ("Your direct debit was returned unpaid.",),
    ),
    Kept(
        "only_a_footer",
        "Notice",
        "This email and any attachments are confidential. If you received it in error, please delete it.",
        ("This email and any attachments are confidential.",),
    ),
    Kept("only_a_phone's_footer", "Why is my top-up pending?", "Sent from my iPhone", ("Sent from my iPhone",)),
    Kept(
        "only_contact_lines",
        "Please call me back",
        "Owen Stokes\nTern Logistics\n020 7946 0412",
        ("Owen Stokes", "020 7946 0412"),
    ),
    Kept(
        "address_is_the_question",
        "Moving",
        "Please change my address to:\n\nHarriet Pemberton\n38 Heron Quay\nBristol BS99 7PP\n\nThanks",
        ("Please change my address to:", "38 Heron Quay", "Bristol BS99 7PP"),
    ),
    Kept(
        "telephone_is_the_question",
        "New number",
        "My new phone number is\n07700 900123\nThe old one is lost, please send no codes there.",
        ("My new phone number is", "07700 900123", "The old one is lost, please send no codes there."),
    ),
    Kept(
        "call_me_at_a_number",
        "Mortgage",
        "Call me about my mortgage\nTel: 020 7946 0987, after 6 pm\nI cannot pay this month.",
        ("Call me about my mortgage", "020 7946 0987, after 6 pm", "I cannot pay this month."),
    ),
    Kept(
        "addresses_in_angle_brackets",
        "Email change",
        "Please change my email from <owen@tern.example> to <owen.stokes@post.example>, I have left the company.",
        ("<owen@tern.example>", "<owen.stokes@post.example>", "I have left the company."),
    ),
    Kept(
        "code_in_plain_text",
        "Widget",
        'Your widget prints <div class="gmail_quote">null</div> on my page.\nHow do I configure it?',
        ('<div class="gmail_quote">null</div>', "How do I configure it?"),
    ),
    Kept(
        "less_than_in_plain_text",
        "Limits",
        "If a < b and b > c which limit applies, the daily or the monthly one? a=100, b=200.",
        ("If a < b and b > c which limit applies", "a=100, b=200."),
    ),
    Kept(
        "patch_in_plain_text",
        "API",
        "The example of your API fails for me until I change\n--- a/pay.py\n+++ b/pay.py\n-amount = 10\n+amount"
        " = '10.00'\n"
        "Is that on purpose?",
        ("--- a/pay.py", "-amount = 10", "+amount = '10.00'", "Is that on purpose?"),
    ),
    Kept(
        "own_words_above_a_forward",
        "Fwd: Your account will be closed",
        "Is this mail from you? I did not ask for anything.\n\n---------- Forwarded message ---------\n"
        "From: Security <security@bank-alerts.example>\nDate: Mon, 3 Mar 2025 at 09:12\nSubject: Your account"
        " will be closed\n"
        "To: <owen@tern.example>\n\nClick here to keep it.\n",
        ("Is this mail from you? I did not ask for anything.",),
    ),
)
