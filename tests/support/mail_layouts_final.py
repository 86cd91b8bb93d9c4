"""The final set: layouts and tickets made without knowledge of the cleaning of mail, for the published figure alone.

The cleaning is never written to this set. A question stands in every mail in one piece, with white space folded.
`must_contain` of a kept ticket is compared with white space folded; in HTML (a body that begins with "<") with what a
browser shows.
"""

from tests.support.mail_layouts.final_clients import CLIENTS
from tests.support.mail_layouts.final_desktop import DESKTOP
from tests.support.mail_layouts.final_forms import FORMS
from tests.support.mail_layouts.final_kept import FINAL_KEPT_ENGLISH
from tests.support.mail_layouts.final_kept_spanish import FINAL_KEPT_SPANISH
from tests.support.mail_layouts.final_webmail import WEBMAIL
from tests.support.mail_layouts.unseen_threads import Kept, Layout

FINAL: tuple[Layout, ...] = (*WEBMAIL, *DESKTOP, *CLIENTS, *FORMS)
FINAL_KEPT: tuple[Kept, ...] = (*FINAL_KEPT_ENGLISH, *FINAL_KEPT_SPANISH)
