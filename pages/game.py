"""Game: guess what actors meant, against the model, chance, and people who listened before."""

import streamlit as st

from ser_core.language import gettext as _
from ui import frame
from ui.game import play
from ui.game import words as game_words
from ui.voices import words as voice_words

frame.begin("Game")
st.title(_("Beat the machine"), anchor=False)

with frame.section():
    play.draw()

with frame.section():
    st.caption(f"{game_words.rules()} {voice_words.source()}")
