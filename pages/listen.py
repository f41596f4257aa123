"""Listen: record, upload or try an example, and get a verdict with the evidence for it."""

import streamlit as st

from ser_core import audio
from ser_core.language import gettext as _
from ui import cached, frame, held, words
from ui.listen import evidence, examples, many, microphone, sections
from ui.retrain import runs
from ui.voices import offer

frame.begin("Listen", wide=True)
st.title(_("Listen"), anchor=False)


def models() -> dict[str, str]:
    shipped = {name: _(cached.model(name).title) for name in cached.model_names()}
    # Models that this visitor trained on the Retrain page.
    own = cached.own_model()
    shipped |= {} if own is None else {own.name: _("Yours: {title}").format(title=own.title)}
    return shipped | {run_id: label for label, run_id in runs.own_models(cached.jobs()).items()}


titles = frame.needed(models)

# The verdict stands first, where a visitor looks who has just spoken; then the way to the next
# recording, which is open while there is none; then the evidence.
answer = st.container(gap="small")
with answer, frame.section():
    held.receive()
recording = held.current()
if recording is None:
    source = st.container()
else:
    # Known by the recording: a new one finds it closed.
    source = st.expander(
        _("Record another, upload, or try an example"),
        icon=":material/mic:",
        key=f"source-{recording.digest[:8]}",
    )
behind = st.container()

# --- Where the sound comes from ------------------------------------------------------------------

SOURCES = [
    ":material/mic: " + _("Record"),
    ":material/upload_file: " + _("Upload"),
    ":material/play_circle: " + _("Examples"),
]
with source, frame.section():
    # A visitor who comes back to their files finds them where they were.
    record, upload, example = st.tabs(SOURCES, default=SOURCES[1] if held.files() else None)
    with record:
        microphone.record()
    with upload:
        st.file_uploader(
            _(
                "One recording of somebody speaking, or many, or a zip of them: {formats}, "
                "whatever its name, up to {most} each"
            ).format(formats=audio.common(), most=words.duration(audio.LONG_DURATION_S)),
            accept_multiple_files=True,
            max_upload_size=audio.MAX_BYTES // 1024**2,
            key=held.key("upload"),
            on_change=frame.guarded(held.bring),
            args=("upload",),
        )
    with example:
        examples.voices()
    st.caption(_(words.PRIVACY))

# --- What it heard -------------------------------------------------------------------------------

with behind, frame.section():
    figures = st.container()
    chosen = str(st.session_state.get("model"))
    if chosen not in titles:
        chosen = next(iter(titles))
    # Before there is a verdict, only those who brought a model of their own ask for it.
    if len(titles) > 1 and (recording is not None or chosen != next(iter(titles))):
        chosen = st.selectbox(
            _("Model"),
            list(titles),
            format_func=titles.__getitem__,
            key="model",
            persist_state="session",
            width=360,
        )
    closer = st.container()

said = answer.container(gap="small")
if held.files():
    with answer, frame.section():
        table, said = st.columns([6, 5], gap="large")
        with table:
            many.draw(chosen)

with said, frame.section():
    evidence.refused()

with said, frame.section():
    if recording is not None:
        with figures:
            figure = evidence.Figure(recording, chosen)
        heard = evidence.verdict(recording, chosen, figure)
        offer.told(recording)
        with figures, frame.section():
            figure.complete(heard)
        with closer, frame.section():
            sections.draw(recording, chosen, heard, titles)
    evidence.announce(recording, chosen)
if recording is not None:
    st.caption(_("Recordings heard in this session: {count}").format(count=held.n_heard()))
