"""Layouts and tickets that the cleaning of mail was not written for, made of the structure of mail programs alone.

`must_contain` of a kept ticket is compared with white space folded; in HTML with what a browser shows.
"""

from tests.support.mail_layouts.unseen_desktop import DESKTOP
from tests.support.mail_layouts.unseen_forms import FORMS
from tests.support.mail_layouts.unseen_kept import KEPT_ENGLISH
from tests.support.mail_layouts.unseen_kept_spanish import KEPT_SPANISH
from tests.support.mail_layouts.unseen_phones import PHONES
from tests.support.mail_layouts.unseen_plain import PLAIN
from tests.support.mail_layouts.unseen_threads import Kept, Layout
from tests.support.mail_layouts.unseen_webmail import WEBMAIL

UNSEEN: tuple[Layout, ...] = (*WEBMAIL, *DESKTOP, *PHONES, *PLAIN, *FORMS)
KEPT: tuple[Kept, ...] = (*KEPT_ENGLISH, *KEPT_SPANISH)
