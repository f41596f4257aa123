"""Undertone, for ``streamlit run``: imported for the server around the pages, then run as Home.

A host that runs pages without asking for a server gets the pages, without what `ui.server` adds.
"""

import streamlit as st

from ui import server
from ui.home import page as home

if __name__ == "__main__":
    home.draw()
else:
    app = st.App(__file__, middleware=server.MIDDLEWARE, lifespan=server.lifespan)
