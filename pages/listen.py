"""Listen: record or upload, and get a verdict with the evidence for it."""

import streamlit as st
from audio_recorder_streamlit import audio_recorder

from ser_core import audio
from ser_core.errors import BundleError
from ui import cached, charts, frame, held, theme, words

frame.begin("Listen", wide=True)
st.title("Listen")

record, upload = st.tabs([":material/mic: Record", ":material/upload_file: Upload"])

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
        f"A recording of one person speaking: {audio.FORMATS}, whatever its name, up to "
        f"{audio.MAX_DURATION_S:.0f} s",
        max_upload_size=audio.MAX_BYTES // 1024**2,
        key=held.key("upload"),
    )

held.take("upload", uploaded and uploaded.getvalue(), uploaded.name if uploaded else "")
held.take("microphone", recorded and recorded.getvalue(), "Your recording")
if held.take("recorder", spoken, "Your recording"):
    # The component would send its recording along with every later click: empty it.
    held.renew("recorder")
    st.rerun()

st.caption(
    ":material/lock: Nothing is stored. Your voice is held in memory for this session, and you can "
    "clear it at any time."
)

try:
    names = cached.model_names()
    titles = {name: cached.model(name).title for name in names}
except BundleError as error:
    st.error(error.message)
    st.stop()

refusal = held.refusal()
if refusal is not None:
    name, message = refusal
    st.error(f"{words.plain(name)}: {message}", icon=":material/block:")

recording = held.current()
if recording is None:
    st.info(
        "Say a whole sentence, two seconds or more, as you would say it to somebody. The verdict "
        "appears here.",
        icon=":material/hearing:",
    )
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
info = cached.model(chosen).info
heard = cached.prediction(recording.digest, chosen, recording.content)

answer, evidence = st.columns([5, 7], gap="large")
with answer:
    st.header(heard.verdict, anchor=False)
    for warning in heard.warnings:
        st.warning(warning.message, icon=":material/warning:")
    reliability = words.reliability(info, heard.confidence)
    if heard.warnings:
        st.markdown("Trust this less: how often it is right was measured on clean recordings.")
    elif reliability:
        st.markdown(reliability)
    frame.chart(charts.probabilities(heard.probabilities), alt=words.probabilities(heard))
    st.caption(
        f"It learned from actors ({words.learned_from(info)}). It hears how something is said, "
        "not what anybody feels."
    )
with evidence:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{words.plain(recording.name)}, {words.duration(heard.duration_s)}")
        st.button("Clear", icon=":material/delete:", on_click=held.clear)
    st.audio(
        cached.playable(recording.digest, recording.content),
        format="audio/wav",
        alt="Your recording as the model hears it",
    )
    frame.chart(
        cached.sound_chart(recording.digest, recording.content),
        alt=f"Waveform and mel spectrogram of the recording, {words.duration(heard.duration_s)} "
        "on one time axis",
    )
    st.caption(
        "Above, the waveform; below, the mel spectrogram: bright is loud, high is high-pitched."
    )

st.caption(f"Recordings heard in this session: {held.n_heard()}")
