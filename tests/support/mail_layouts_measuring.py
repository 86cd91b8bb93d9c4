"""The measuring set: layouts and tickets made without knowledge of the cleaning of mail, and never tuned to.

A figure about layouts that the cleaning was not written for comes from this set alone: do not write rules to it.
The question's words stand in their order, folded in white space, with two exceptions:
`thunderbird-interleaved-*` parts them by quoted lines, at ends of sentences; and `capitals-*` has them in capitals.
`must_contain` of a kept ticket is compared with white space folded; in HTML (a body that begins with "<") with what a
browser shows.
"""

from tests.support.mail_layouts.measuring_desktop import DESKTOP
from tests.support.mail_layouts.measuring_forms import FORMS
from tests.support.mail_layouts.measuring_kept import MEASURING_KEPT_ENGLISH
from tests.support.mail_layouts.measuring_kept_spanish import MEASURING_KEPT_SPANISH
from tests.support.mail_layouts.measuring_offices import OFFICES
from tests.support.mail_layouts.measuring_webmail import WEBMAIL
from tests.support.mail_layouts.unseen_threads import Kept, Layout

MEASURING: tuple[Layout, ...] = (*WEBMAIL, *DESKTOP, *FORMS, *OFFICES)
MEASURING_KEPT: tuple[Kept, ...] = (*MEASURING_KEPT_ENGLISH, *MEASURING_KEPT_SPANISH)
