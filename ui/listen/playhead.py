"""A line through the figure that moves as the recording plays; a click on the figure seeks.

Streamlit's player and chart know nothing of each other: this component, which shows nothing, joins
the two that lie in the container with the key "sound".
"""

from __future__ import annotations

import streamlit as st

_SCRIPT = """
export default function () {
  const find = (kind) => document.querySelector(`.st-key-sound ${kind}`);
  const line = document.createElement("div");
  line.className = "undertone-playhead";
  Object.assign(line.style, {
    position: "absolute", width: "2px", background: "#ffffff", boxShadow: "0 0 0 1px #1c1e2b",
    pointerEvents: "none", zIndex: 1, display: "none",
  });
  let frame = 0;
  let joined = null;
  const draw = () => {
    const audio = find("audio"), plot = find(".js-plotly-plot");
    const axis = plot?._fullLayout?.xaxis, size = plot?._fullLayout?._size;
    if (audio && axis && size) {
      if (line.parentElement !== plot) {
        plot.style.position = "relative";
        plot.append(line);
      }
      if (joined !== plot) {
        joined = plot;
        plot.addEventListener("click", seek);
      }
      const shown = audio.currentTime > 0;
      line.style.display = shown ? "block" : "none";
      line.style.top = `${size.t}px`;
      line.style.height = `${size.h}px`;
      line.style.left = `${axis._offset + axis.l2p(audio.currentTime)}px`;
    }
    frame = requestAnimationFrame(draw);
  };
  const seek = (event) => {
    const audio = find("audio"), axis = joined._fullLayout.xaxis;
    const at = axis.p2l(event.clientX - joined.getBoundingClientRect().left - axis._offset);
    if (audio && at >= 0 && at <= axis.range[1]) audio.currentTime = at;
  };
  frame = requestAnimationFrame(draw);
  return () => {
    cancelAnimationFrame(frame);
    joined?.removeEventListener("click", seek);
    line.remove();
  };
}
"""

_component = st.components.v2.component("undertone_playhead", js=_SCRIPT)


def follow() -> None:
    """Join the player and the figure of the container with the key "sound"."""
    _component(key="playhead", height=0)
