"""Explore: what the corpora hold, what the features show, how the models learned and fared."""

import hashlib
import random

import streamlit as st

from ser_core import exploring, features
from ser_core.emotions import ALL_EMOTIONS
from ser_core.errors import AudioError
from ui import cached, charts, explore_charts, explore_words, frame, theme, words

PARTS = (
    "What the corpora hold",
    "What the features show",
    "How the model learned",
    "Why a random split flatters",
)
PLANES = {"tsne": "t-SNE", "pca": "PCA"}
SPLITS = {"speakers": "Strangers", "random": "Random split"}


def download(name, table, *, index=True):
    """Offer a chart's data; the file is made when it is asked for."""
    st.download_button(
        "Data (CSV)",
        lambda: table.to_csv(index=index).encode(),
        file_name=f"undertone-{name}.csv",
        mime="text/csv",
        key=f"download-{name}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def choose_one(label, options, key, **more):
    """A switch that always has a value and keeps it while other parts are shown."""
    return st.segmented_control(
        label, options, default=options[0], required=True, key=key, persist_state="page", **more
    )


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
        by = choose_one("Count by", exploring.SPLITS, "by", format_func=str.capitalize)
        counts = exploring.counts(chosen, by)
        named = titles | {"female": "women", "male": "men"}
        st.subheader(f"Clips by {by} and emotion", anchor=False)
        frame.chart(
            explore_charts.distribution(counts, named, noun=by),
            alt=f"Clips by {by}, divided into emotions. "
            + (explore_words.sum_of(counts, named) if len(counts) < 9 else f"{len(counts)} bars."),
        )
        st.caption(explore_words.balance(counts))
        if len(counts) < 9:
            st.caption(explore_words.sum_of(counts, named))
        download(f"clips-by-{by}", counts.assign(total=counts.sum(axis=1)))

    with frame.section():
        lengths = exploring.durations(chosen)
        st.subheader("How long they are", anchor=False)
        frame.chart(
            explore_charts.durations(lengths),
            alt="Durations by emotion, median: "
            + ", ".join(f"{name} {row['median']:.1f} s" for name, row in lengths.iterrows()),
        )
        st.caption(explore_words.lengths(lengths))
        download("durations", lengths)

    with frame.section():
        st.subheader("What is counted", anchor=False)
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
    points, about_map = frame.needed(cached.clip_map)
    shown = points.loc[points.index.intersection(chosen.index)]
    if shown.empty:
        st.info(
            "None of the chosen clips is on the map. The licence of TESS forbids passing features "
            "on, so the map holds RAVDESS, EMO-DB and CREMA-D."
        )
        st.stop()
    with st.container(horizontal=True):
        colour = choose_one(
            "Colour by", ("emotion", "speaker", "corpus"), "colour", format_func=str.capitalize
        )
        plane = choose_one("Projection", tuple(PLANES), "plane", format_func=PLANES.get)

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
    near = exploring.neighbourhood(shown, points, about_map["n_neighbours"])
    st.plotly_chart(
        figure,
        key="map",
        on_select=pick_clicked,
        selection_mode="points",
        config=theme.CONFIG,
        alt=f"Map of {len(shown):,} clips by {PLANES[plane]}, coloured by {colour}. "
        + explore_words.neighbours(near, about_map["n_neighbours"]).replace("*", ""),
    )
    st.markdown(explore_words.neighbours(near, about_map["n_neighbours"]))
    st.caption(
        f"Each point is one of {len(shown):,} clips; clips with similar features lie together. "
        + (
            "The plane holds "
            f"{100 * about_map['pca_variance']:.0f} % of the variance of the 180 features. "
            if plane == "pca"
            else "t-SNE (of the whitened principal components) keeps neighbours together; how far "
            "groups are apart means little. "
        )
        + "TESS is not on the map: its licence forbids passing features on."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Pick a clip for me", icon=":material/casino:", on_click=pick_any)
        download("map", shown.drop(columns=["statement", "language"]), index=False)

    st.subheader("One clip", anchor=False)
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
        download("clip", lines)

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
                    features.mel_centres(),
                ),
                alt=f"Waveform and mel spectrogram of {clip['name']} on one time axis",
            )
            st.caption(
                f"The waveform and the mel spectrogram of `{clip['name']}`. {corpus}: "
                f"{next(h.licence for h in holdings if h.corpus == clip['corpus'])}."
            )


# --- How the model learned -----------------------------------------------------------------------


@frame.section()
def learned():
    models = frame.needed(cached.models)
    with st.container(horizontal=True):
        # The widget copies its options, and a network cannot be copied: choose by position.
        position = 0
        if len(models) > 1:
            position = st.selectbox(
                "Model",
                range(len(models)),
                format_func=lambda number: models[number].title,
                key="explored_model",
                persist_state="page",
                width=260,
            )
        model = models[position]
        reports = model.info["reports"]
        protocols = tuple(name for name in SPLITS if name in reports)
        protocol = choose_one(
            "Tested on", protocols, f"protocol-{model.name}", format_func=SPLITS.get
        )
    report = reports[protocol]
    told = exploring.part(report, filters)
    heard = {"speakers": "strangers", "random": "the test clips"}[protocol]
    emotions = model.info["emotions"]
    st.markdown(explore_words.tested_on(report, told, titles))
    if filters.emotions:
        st.caption("The emotions that you chose pick rows of the two tables below.")

    with frame.section():
        history = report.get("curves") or model.info["history"]
        st.subheader("Epoch by epoch", anchor=False)
        right, wrong = st.columns(2)
        for column, measure in ((right, "accuracy"), (wrong, "loss")):
            with column:
                st.markdown(f"**{measure.capitalize()}**")
                frame.chart(
                    explore_charts.curves(history, measure, heard),
                    alt=f"{measure.capitalize()} by epoch. " + explore_words.gap(history, heard),
                )
        st.caption(
            explore_words.gap(history, heard) + " Loss: how little it believed "
            "in the right answer. Means over the folds, all filters aside."
            + explore_words.curves_of(model.info["network"])
        )
        download("curves", exploring.as_table(history), index=False)

    if filters.emotions and not set(filters.emotions) & set(emotions):
        st.info(f"This model tells apart {words.listing(emotions)} only.")
        st.stop()
    with frame.section():
        mistakes = exploring.confusion(told.figures, emotions, filters.emotions)
        st.subheader("What is taken for what", anchor=False)
        frame.chart(explore_charts.confusion(mistakes), alt=explore_words.confused(mistakes))
        st.caption(explore_words.confused(mistakes))
        download("confusion", mistakes)
        table = exploring.by_emotion(told.figures, emotions, filters.emotions)
        st.markdown("**Classification report**")
        st.markdown(explore_words.classification(table))
        st.caption(
            "Precision: how often it is right when it says so. Recall: how many of the clips it "
            "finds. F1: their harmonic mean."
        )
        download("classification", table)

    left, right = st.columns(2, gap="large")
    with left, frame.section():
        st.subheader("Can its percentages be believed?", anchor=False)
        frame.chart(
            explore_charts.reliability(told.figures["calibration"]["bins"]),
            alt="Reliability diagram. " + explore_words.calibrated(told.figures),
        )
        st.caption(explore_words.calibrated(told.figures))
        download(
            "reliability", exploring.as_table(told.figures["calibration"]["bins"]), index=False
        )
    with right, frame.section():
        st.subheader("What doubt buys", anchor=False)
        answered = words.answered(model.info) if protocol == "speakers" else None
        frame.chart(
            explore_charts.risk_coverage(report["risk_coverage"], answered),
            alt="How often it is right against the share of clips that it answers, surest first.",
        )
        st.caption(
            "The fewer clips it answers, surest first, the more often it is right. "
            + ("The dot is where the app begins to say that it is not sure." if answered else "")
            + (" All test clips, filters aside." if told.covers else "")
        )
        download("risk-coverage", exploring.as_table(report["risk_coverage"]), index=False)

    with frame.section():
        st.subheader("Women and men", anchor=False)
        genders = {
            {"female": "Women", "male": "Men"}[name]: figures["uar"]
            for name, figures in report["by_gender"].items()
            if not filters.genders or name in filters.genders
        }
        frame.chart(
            charts.scores(list(genders.items()), report["chance"]),
            alt="Unweighted average recall with its 95 % interval: "
            + ", ".join(
                f"{name} {words.score(uar)} ({words.interval(uar)})"
                for name, uar in genders.items()
            ),
        )
        st.caption(
            "Unweighted average recall with its 95 % interval (bootstrap over speakers). Where the "
            "intervals overlap widely, the difference may be the luck of who was recorded."
        )
        download("gender", exploring.as_table(genders))


# --- Why a random split flatters -----------------------------------------------------------------


@frame.section()
def flattery():
    models = frame.needed(cached.models)
    with frame.section():
        both = (model for model in models if {"speakers", "random"} <= set(model.info["reports"]))
        model = next(both, None)
        if model is not None:
            reports = model.info["reports"]
            parts = {
                name: exploring.part(reports[name], filters) for name in ("random", "speakers")
            }
            rows = {SPLITS[name]: told.figures["uar"] for name, told in parts.items()}
            st.subheader(f"One recipe, two splits: {model.title}", anchor=False)
            frame.chart(
                charts.scores(list(rows.items()), reports["speakers"]["chance"]),
                alt=", ".join(
                    f"{name} {words.score(uar)} ({words.interval(uar)})"
                    for name, uar in rows.items()
                ),
            )
            st.markdown(
                explore_words.why_it_flatters(parts["random"].figures, parts["speakers"].figures)
            )
            st.caption(explore_words.tested_on(reports["speakers"], parts["speakers"], titles))
            download("splits", exploring.as_table(rows))

    with frame.section():
        matrix = cached.transfer()
        cells = exploring.transfer_cells(matrix, filters)
        st.subheader("Trained on one corpus, tested on another", anchor=False)
        if cells.empty:
            st.info("The matrix does not hold these corpora.")
            st.stop()
        frame.chart(
            explore_charts.transfer(cells, titles, matrix["chance"]),
            alt="Unweighted average recall of each pair of corpora. "
            + explore_words.fall(cells, titles),
        )
        st.markdown(explore_words.fall(cells, titles))
        st.caption(explore_words.about_matrix(matrix))
        download("transfer", cells, index=False)


dict(zip(PARTS, (corpora, seen, learned, flattery), strict=True))[part or PARTS[0]]()
