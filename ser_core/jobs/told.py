"""What is said of runs, to whoever reads."""

from __future__ import annotations

from ser_core.errors import JobError, SettingsError
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_

DAMAGED = N_(
    "This run is damaged: what was written of it cannot be read. Train it again: the settings are "
    "in the address, too."
)


def kept(n_epochs: int) -> str:
    """What an early end without a model leaves."""
    if n_epochs == 0:
        return _("Nothing had been learned yet, so there is nothing to keep.")
    return _(
        "The curves up to epoch {epoch} are kept; there is no model, because it had not been "
        "written yet."
    ).format(epoch=n_epochs)


def no_run() -> SettingsError:
    """For a run that is not there."""
    return SettingsError(
        "no_run",
        _(
            "This run is not here any more, or its address is not right. Train it again: the "
            "settings are in the address, too."
        ),
    )


def no_room() -> JobError:
    """For a disk on which nothing can be written."""
    return JobError(
        "no_room",
        _(
            "The server's disk is full or not writable, so nothing can be trained here now. What "
            "was trained before is still shown, and the other pages work. Tell whoever runs this "
            "server."
        ),
    )


def busy() -> SettingsError:
    """For a visitor whose training is not over."""
    return SettingsError(
        "busy", _("Your last training is still running. Stop it, or wait for its end.")
    )


def full(running: int, most: int) -> SettingsError:
    """For a server that has enough to do."""
    return SettingsError(
        "full",
        _(
            "{count} trainings are running, and this server takes {most} at once. Try again in a "
            "minute: none takes longer than about two."
        ).format(count=running, most=most),
    )
