"""Explore: what the corpora hold, what the features show, how the models learned and fared."""

import hashlib
import random

import streamlit as st

from ser_core.data import exploring
from ser_core.emotions import ALL_EMOTIONS
from ser_core.errors import AudioError
from ser_core.features import classic
from ui import cached, charts, frame, theme
from ui.explore import charts as explore_charts
from ui.explore import models as explore_models
from ui.explore import words as explore_words

PARTS = (
    "What the corpora hold",
    "What the features show",
    "How the model learned",
    "Why a random split flatters",
)
PLANES = {"tsne": "t-SNE", "pca": "PCA"}
EARS = {"classic": "The 180 features", "encoder": "The speech encoder"}
SEEN = {"classic": "180 features", "encoder": "speech encoder's 1,536 numbers"}


def choose_many(key, label, options):
    """A filter; empty lets everything through. It is in the address, so a view can be shared."""
    picked = st.multiselect(
        label,
        options,
        format_func=lambda name: titles.get(name, name.capitalize()),
        placeholder="All",
        key=key,
        width=170,
        bind="query-params",
    )
    return tuple(picked)


frame.begin("Explore", wide=True)
st.title("Explore", anchor=False)

clips, holdings = frame.needed(cached.clips), frame.needed(cached.holdings)
titles = exploring.titles()
with frame.section():
    gone = exploring.missing_tables()
    if gone:
        st.warning(explore_words.missing_tables(gone), icon=":material/table:")

with st.container(horizontal=True, gap="small"):
    filters = exploring.Selection(
        corpora=choose_many("corpus", "Corpus", [holding.corpus for holding in holdings]),
        emotions=choose_many(
            "emotion", "Emotion", [name for name in ALL_EMOTIONS if name in set(clips["emotion"])]
        ),
        genders=choose_many("gender", "Gender", exploring.GENDERS),
        intensities=choose_many("intensity", "Intensity", exploring.INTENSITIES),
    )
chosen = exploring.choose(clips, filters)
st.markdown(explore_words.clips_of(chosen, clips))
part = st.pills("Show", PARTS, default=PARTS[0], required=True, key="part", bind="query-params")
if chosen.empty and part in PARTS[:2]:
    st.info("No clip passes all four filters. Take one of them away.")
    st.stop()

# --- What the corpora hold -----------------------------------------------------------------------


@frame.section()
def corpora():
    with frame.section():
        by = explore_models.choose_one(
            "Count by", exploring.SPLITS, "by", format_func=str.capitalize
        )
        counts = exploring.counts(chosen, by)
        named = titles | {"female": "women", "male": "men"}
        st.header(f"Clips by {by} and emotion", anchor=False)
        frame.chart(
            explore_charts.distribution(counts, named, noun=by),
            alt=f"Clips by {by}, divided into emotions. "
            + (explore_words.sum_of(counts, named) if len(counts) < 9 else f"{len(counts)} bars."),
        )
        st.caption(explore_words.balance(counts))
        if len(counts) < 9:
            st.caption(explore_words.sum_of(counts, named))
        explore_models.download(f"clips-by-{by}", counts.assign(total=counts.sum(axis=1)))

    with frame.section():
        lengths = exploring.durations(chosen)
        st.header("How long they are", anchor=False)
        frame.chart(
            explore_charts.durations(lengths),
            alt="Durations by emotion, median: "
            + ", ".join(f"{name} {row['median']:.1f} s" for name, row in lengths.iterrows()),
        )
        st.caption(explore_words.lengths(lengths))
        explore_models.download("durations", lengths)

    with frame.section():
        st.header("What is counted", anchor=False)
        for holding in holdings:
            if not filters.corpora or holding.corpus in filters.corpora:
                st.markdown(explore_words.left_out(holding))
        st.caption(
            "Files that stand twice in an archive are counted once. CREMA-D's table holds 71 of "
            "its 91 actors. All of it is acted."
        )


# --- What the features show ----------------------------------------------------------------------


@frame.section()
def seen():
    ears = explore_models.choose_one("Seen through", tuple(EARS), "ears", format_func=EARS.get)
    points, about_map = frame.needed(lambda: cached.clip_map(ears))
    shown = points.loc[points.index.intersection(chosen.index)]
    if shown.empty:
        st.info(
            "None of the chosen clips is on the map. The licence of TESS forbids passing features "
            "on, so the map holds the others."
        )
        st.stop()
    with st.container(horizontal=True):
        colour = explore_models.choose_one(
            "Colour by", ("emotion", "speaker", "corpus"), "colour", format_func=str.capitalize
        )
        plane = explore_models.choose_one(
            "Projection", tuple(PLANES), "plane", format_func=PLANES.get
        )

    def pick_clicked():
        """Take the clip whose point was clicked; only places on the map are believed."""
        for point in st.session_state.map["selection"]["points"]:
            if point.get("customdata") in points.index:
                st.session_state.explored = point["customdata"]

    def pick_any():
        st.session_state.explored = random.choice(shown.index.tolist())

    explored = st.session_state.get("explored")
    figure = explore_charts.projection(shown, plane, colour, titles)
    if explored in shown.index:
        explore_charts.ring(figure, shown.loc[explored], plane)
    near = {}
    for name in EARS:
        places, about = frame.needed(lambda name=name: cached.clip_map(name))
        near[name] = exploring.neighbourhood(places.loc[shown.index], places, about["n_neighbours"])
    told = explore_words.neighbours(near[ears], about_map["n_neighbours"], SEEN[ears])
    st.plotly_chart(
        figure,
        key="map",
        on_select=pick_clicked,
        selection_mode="points",
        config=theme.CONFIG,
        alt=f"Map of {len(shown):,} clips by {PLANES[plane]}, coloured by {colour}, "
        f"seen through the {SEEN[ears]}. " + told.replace("*", ""),
    )
    st.markdown(f"{told} {explore_words.people_and_emotions(near['classic'], near['encoder'])}")
    st.caption(
        f"Each point is one of {len(shown):,} clips; clips with similar features lie together. "
        + (
            "The plane holds "
            f"{100 * about_map['pca_variance']:.0f}\u00a0% of the variance of the {SEEN[ears]}. "
            if plane == "pca"
            else "t-SNE (of the whitened principal components) keeps neighbours together; how far "
            "groups are apart means little. "
        )
        + "TESS is not on the map: its licence forbids passing features on."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Pick a clip for me", icon=":material/casino:", on_click=pick_any)
        explore_models.download("map", shown.drop(columns=["statement", "language"]), index=False)

    st.header("One clip", anchor=False)
    if explored is None:
        st.info("Click a point, and its features and its sound appear here.")
        st.stop()
    with frame.section():
        clip = points.loc[explored]
        corpus = titles[clip["corpus"]]
        st.markdown(explore_words.about_clip(clip, corpus))
        lines = cached.profile(clip["corpus"], clip["name"])
        apart = explore_words.closer(exploring.distances(lines), clip["emotion"])
        frame.chart(
            explore_charts.profile(lines, clip["emotion"]),
            alt=f"The 180 features of {clip['name']} beside the means of {clip['emotion']} and of "
            f"{clip['speaker']}. {apart}",
        )
        st.caption(f"Standard deviations from the mean of {corpus}. {apart}")
        explore_models.download("clip", lines)

        path = cached.recordings(clip["corpus"]).get(clip["name"])
        try:
            content = path.read_bytes() if path else None
            digest = hashlib.sha256(content or b"").hexdigest()
            heard = cached.clip(digest, content) if content else None
        except (OSError, AudioError):
            heard = None
        if heard is None:
            st.info(
                f"You cannot hear it here: no corpus audio comes with Undertone. Get {corpus} with "
                f"`python -m ser_core fetch {clip['corpus']}`, and its clips play here.",
                icon=":material/volume_off:",
            )
        else:
            st.audio(cached.playable(digest, content), alt=f"The recording {clip['name']}")
            frame.chart(
                charts.sound(
                    heard.signal,
                    heard.sampling_rate,
                    cached.log_mel(digest, content),
                    classic.mel_centres(),
                ),
                alt=f"Waveform and mel spectrogram of {clip['name']} on one time axis",
            )
            st.caption(
                f"The waveform and the mel spectrogram of `{clip['name']}`. {corpus}: "
                f"{next(h.licence for h in holdings if h.corpus == clip['corpus'])}."
            )


if part == PARTS[1]:
    seen()
elif part == PARTS[2]:
    explore_models.learned(filters, titles)
elif part == PARTS[3]:
    explore_models.flattery(filters, titles)
else:
    corpora()
