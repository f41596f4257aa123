"""Listen: record, upload or try an example, and get a verdict with the evidence for it."""

import streamlit as st
from audio_recorder_streamlit import audio_recorder

from ser_core import audio
from ser_core.errors import BundleError
from ui import cached, charts, evidence, examples, frame, held, many, runs, theme, words

frame.begin("Listen", wide=True)
st.title("Listen")

# --- Where the sound comes from ------------------------------------------------------------------

SOURCES = [
    ":material/mic: Record",
    ":material/upload_file: Upload",
    ":material/play_circle: Examples",
]
# A visitor who comes back to their files finds them where they were.
record, upload, example = st.tabs(SOURCES, default=SOURCES[1] if held.files() else None)

with record:
    by_itself, by_hand = st.columns(2, gap="medium", border=True)
with by_itself:
    st.markdown("**Stops when you pause**")
    st.caption("Click the microphone and say a sentence. It ends after two seconds of silence.")
    spoken = audio_recorder(
        text="",
        pause_threshold=2.0,
        neutral_color=theme.ACCENT,
        recording_color=theme.EMOTION_COLOURS["angry"],
        icon_size="2x",
        key=held.key("recorder"),
    )
with by_hand:
    st.markdown("**Stops when you say so**")
    st.caption("Start, speak, stop. It shows your level as you speak and works by keyboard, too.")
    recorded = st.audio_input(
        "Record a sentence",
        sample_rate=audio.SAMPLE_RATE,
        label_visibility="collapsed",
        key=held.key("microphone"),
    )
with record:
    st.caption(
        "Nothing happens, or an error appears? Then your browser refuses the microphone. Allow it "
        "with the sign beside the page's address and reload, or upload a file instead."
    )
with upload:
    uploaded = st.file_uploader(
        "One recording of somebody speaking, or many, or a zip of them: "
        f"{audio.FORMATS}, whatever its name, up to {words.duration(audio.LONG_DURATION_S)} each",
        accept_multiple_files=True,
        max_upload_size=audio.MAX_BYTES // 1024**2,
        key=held.key("upload"),
    )
    table = st.container()
with example:
    examples.voices()
    game = st.container()

held.take_files("upload", uploaded)
held.take("microphone", recorded and recorded.getvalue(), "Your recording")
if held.take("recorder", spoken, "Your recording"):
    # The component would send its recording along with every later click: empty it.
    held.renew("recorder")
    st.rerun()

st.caption(
    ":material/lock: Your voice is held in memory for this visit and is never written to disk. "
    "Clear deletes it at once; closing the page does so within two minutes."
)

try:
    names = cached.model_names()
    titles = {name: cached.model(name).title for name in names}
    # Models that this visitor trained on the Retrain page.
    titles |= {run_id: label for label, run_id in runs.own_models(cached.jobs()).items()}
    names = list(titles)
except BundleError as error:
    st.error(error.message)
    st.stop()

chosen = names[0]
if len(names) > 1:
    chosen = st.selectbox(
        "Model",
        names,
        format_func=titles.__getitem__,
        key="model",
        persist_state="session",
    )

if examples.has_corpora():
    with game:
        examples.guess(chosen)

refusal = held.refusal()
if refusal is not None:
    name, message = refusal
    st.error(f"{words.plain(name)}: {message}", icon=":material/block:")

# --- What it heard -------------------------------------------------------------------------------

recording = held.current()
if recording is None:
    st.info(
        "Say a whole sentence, two seconds or more, as you would say it to somebody. The verdict "
        "appears here.",
        icon=":material/hearing:",
    )
else:
    info = cached.model(chosen).info
    answer, sound = st.columns([5, 7], gap="large")
    with sound:
        with st.container(horizontal=True, vertical_alignment="center"):
            length = cached.clip(recording.digest, recording.content).duration_s
            st.markdown(f"{words.plain(recording.name)}, {words.duration(length)}")
            st.button("Clear", icon=":material/delete:", on_click=held.clear)
        figure = evidence.Figure(recording, chosen)
    with answer:
        heard = evidence.verdict(recording, chosen)
        st.header(heard.headline, anchor=False)
        for warning in heard.warnings:
            st.warning(warning.message, icon=":material/warning:")
        if heard.heard_speech:
            trust = words.trust(info, heard)
            if trust:
                st.markdown(trust)
            frame.chart(charts.probabilities(heard.answers), alt=words.probabilities(heard))
            st.caption(
                f"It learned from actors ({words.learned_from(info)}). It hears how something is "
                "said, not what anybody feels."
            )
    with sound:
        figure.complete(heard)
    evidence.sections(recording, chosen, heard, titles)

with table:
    many.draw(chosen)
if recording is not None:
    st.caption(f"Recordings heard in this session: {held.n_heard()}")
