// Draws what is heard so far over the lanes of the figure in the container with the key "sound", so
// that a long recording fills in while the rest is judged. The figure that follows has it as its own.

const OF_A_LANE = "yaxis3";
const PALE = "0.55"; // it may still change

function bar(segment, layout, order) {
  const across = layout.xaxis, along = layout[OF_A_LANE];
  const place = order.length - 1 - order.indexOf(segment.answer);
  const [top, bottom] = [place + 0.4, place - 0.4].map((at) => along._offset + along.l2p(at));
  const [left, right] = [segment.start, segment.end].map((at) => across._offset + across.l2p(at));
  const drawn = document.createElement("div");
  Object.assign(drawn.style, {
    position: "absolute", left: `${left}px`, top: `${top}px`, width: `${right - left}px`,
    height: `${bottom - top}px`, opacity: PALE, pointerEvents: "none",
    background: segment.sure ? segment.colour
      : `repeating-linear-gradient(135deg, ${segment.colour} 0 2px, transparent 2px 6px)`,
    outline: `1px solid ${segment.colour}`,
  });
  return drawn;
}

export default function ({ data }) {
  const over = document.createElement("div");
  over.className = "undertone-so-far";
  over.setAttribute("aria-hidden", "true");
  let frame = 0;
  let wide = 0;
  const draw = () => {
    const plot = document.querySelector(".st-key-sound .js-plotly-plot");
    const layout = plot?._fullLayout;
    if (layout?.[OF_A_LANE]?._length && (over.parentElement !== plot || wide !== layout.width)) {
      wide = layout.width;
      plot.style.position = "relative";
      // What was drawn before stays until there is more.
      plot.querySelectorAll(".undertone-so-far").forEach((before) => before.remove());
      over.replaceChildren(...data.segments.map((one) => bar(one, layout, data.answers)));
      plot.append(over);
    }
    frame = requestAnimationFrame(draw);
  };
  frame = requestAnimationFrame(draw);
  return () => {
    cancelAnimationFrame(frame);
    setTimeout(() => over.remove(), 1000);
  };
}
