"""The Live page's sentences."""

from __future__ import annotations

from ser_core.inference.decision import NOT_SURE
from ser_core.inference.live import Live
from ser_core.inference.timeline import CELL_S
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import words

BROWSER = {
    "lost": N_(
        "The connection to the server was lost, and with it what you had said. Press Speak to "
        "begin again."
    ),
    "full": N_(
        "This server's memory for recordings is full. What it has heard of you so far is kept."
    ),
    "over_time": N_("The voice over time; just now:"),
    "limits": N_(
        "Outlined: not sure. A network that learned from actors guessed this from the sound of a "
        "voice. It does not know what anybody feels."
    ),
    "nothing": N_("The voice over time: nothing yet"),
    "speak": N_("Speak"),
    "stop": N_("Stop"),
    "pause": N_("Pause"),
    "go_on": N_("Go on"),
    "card": N_("Keep a card"),
    "behind": N_("{seconds} s behind: many are speaking"),
}
"""What the browser says by itself."""

HOW_TO_READ = N_(
    "The colour is the emotion, and the stronger the colour, the surer; grey is ordinary; "
    "outlined is not sure; blank is silence. The height is how loud you are. Each moment is "
    "heard with the three seconds around it, so the colour follows your voice by a second or so, "
    "and may change once more. When you stop, the whole is heard as on Listen."
)


def ended(live: Live) -> str:
    """What was heard in all, once it has ended."""
    heard = {name: live.verdicts.count(name) * CELL_S for name in (*live.answers, NOT_SURE)}
    longest = {
        _("not sure") if name == NOT_SURE else name: seconds
        for name, seconds in sorted(heard.items(), key=lambda one: -one[1])
        if seconds
    }
    if not longest:
        return _("Nobody spoke: there is nothing to tell. Press Speak to try again.")
    return _("In all, heard as on Listen: {said}.").format(said=words.how_long(longest))


def now(live: Live) -> str:
    """What is heard just now; empty before there is anything."""
    if not live.verdicts:
        return ""
    shares = dict(zip(live.answers, live.probabilities[-1].tolist(), strict=True))
    return words.capital(words.moment(shares, live.verdicts[-1]))
