"""Retrain: train a network with sliders, watch it learn, and score it on strangers."""

import streamlit as st

from ser_core.data import exploring
from ser_core.emotions import ALL_EMOTIONS, EMOTIONS
from ser_core.errors import SerError, SettingsError
from ser_core.jobs import costs
from ser_core.jobs.manager import KEPT, KEPT_S
from ui import cached, frame, words
from ui.explore import charts as explore_charts
from ui.explore import words as explore_words
from ui.retrain import charts as training_charts
from ui.retrain import comparing, recipes, runs

frame.begin("Retrain", wide=True)
st.title("Retrain", anchor=False)
st.markdown(
    "Train a network on real speech and watch two lines: how well it does on the clips it learns "
    "from, and on people it has never heard. Only the second counts."
)

runs.tidy_address()
jobs = cached.jobs()
visitor = runs.visitor()
state = st.session_state
clips = frame.needed(cached.clips)


@frame.guarded
def load(settings, split):
    for name, value in recipes.controls(settings, split).items():
        state[name] = value


@frame.guarded
def fit_sliders():
    """Another kind of numbers wants another network; the data stays."""
    state.update(recipes.fitting(state.network))


@frame.guarded
def train(settings, split):
    try:
        run_id = jobs.start(settings, split, owner=visitor)
    except SerError as error:
        state.refused = error.message
    else:
        runs.address([run_id, *runs.addressed()])


# --- Settings ------------------------------------------------------------------------------------

controls, stage = st.columns([5, 8], gap="large")
chosen = {}
with controls, frame.section():
    st.markdown("**Start from**")
    with st.container(horizontal=True, gap="small"):
        for name, (recipe, split, lesson) in recipes.PRESETS.items():
            st.button(name, on_click=load, args=(recipe, split), help=lesson)

    original = recipes.controls(recipes.ORIGINAL, "speakers")
    chosen["network"] = st.radio(
        "What the network sees",
        list(recipes.SEES),
        format_func=recipes.SEES.get,
        captions=[
            "Means over time of MFCCs, chroma and mel bands: they know the speaker best.",
            "1,536 numbers of a network that has learned to write down speech.",
        ],
        key="network",
        on_change=fit_sliders,
        bind="query-params",
    )
    data, network, training = st.tabs(
        [":material/dataset: Data", ":material/hub: Network", ":material/tune: Training"]
    )
    with data:
        chosen["corpora"] = st.multiselect(
            "Learn from",
            list(recipes.CORPORA),
            default=original["corpora"],
            format_func=recipes.CORPORA.get,
            key="corpora",
            bind="query-params",
        )
        chosen["emotions"] = st.multiselect(
            "Emotions to tell apart",
            [name for name in ALL_EMOTIONS if name in set(clips["emotion"])],
            default=list(EMOTIONS),
            key="emotions",
            bind="query-params",
        )
        chosen["split"] = st.radio(
            "Keep aside for the test",
            list(recipes.SPLITS),
            format_func=recipes.SPLITS.get,
            captions=[
                "A fifth of the people, none of whom is heard in training.",
                "A fifth of the clips. The same people are in training, so the score flatters.",
            ],
            key="split",
            bind="query-params",
        )
        if chosen["network"] == recipes.ORIGINAL.network:
            chosen["features"] = st.multiselect(
                "Features it sees",
                list(recipes.GROUPS),
                default=original["features"],
                format_func=recipes.GROUPS.get,
                key="features",
                bind="query-params",
            )
        else:
            st.caption(
                "It also hears all other emotions of these corpora: calm, bored and neutral speech "
                "as ordinary, the rest as none of those to tell apart."
            )
    with network:
        chosen["layers"] = st.slider(
            "Hidden layers", *recipes.LAYERS, original["layers"], key="layers", bind="query-params"
        )
        for number in range(1, chosen["layers"] + 1):
            units, rate = recipes.layer_default(number)
            low, high, step = recipes.UNITS
            size, drop = st.columns(2, gap="medium")
            chosen[f"units{number}"] = size.slider(
                f"Layer {number}: units",
                low,
                high,
                units,
                step,
                key=f"units{number}",
                bind="query-params",
            )
            low, high, step = recipes.DROPOUT
            chosen[f"dropout{number}"] = drop.slider(
                f"Layer {number}: dropout",
                low,
                high,
                rate,
                step,
                key=f"dropout{number}",
                bind="query-params",
            )
    with training:
        chosen["rate"] = st.select_slider(
            "Learning rate",
            recipes.LEARNING_RATES,
            original["rate"],
            key="rate",
            bind="query-params",
        )
        chosen["batch"] = st.select_slider(
            "Batch size",
            recipes.BATCH_SIZES,
            original["batch"],
            key="batch",
            bind="query-params",
        )
        low, high, step = recipes.EPOCHS
        chosen["epochs"] = st.slider(
            "Epochs", low, high, original["epochs"], step, key="epochs", bind="query-params"
        )
        chosen["balance"] = st.toggle(
            "Class weights",
            key="balance",
            bind="query-params",
            help="Rare emotions count for more, so that each weighs the same in all.",
        )
        chosen["seed"] = st.number_input(
            "Seed",
            *recipes.SEEDS,
            original["seed"],
            key="seed",
            bind="query-params",
            help="Decides the first weights and which fifth is kept aside. The same seed and "
            "settings give the same model.",
        )
        st.caption(
            "No augmented copies here: they are made from recordings, and this page learns from "
            "tables of features."
        )

problem = ""
settings = None
inside = clips
try:
    settings = recipes.settings_of(chosen)
    inside = clips[clips["corpus"].isin(settings.corpora)]
    missing = [name for name in settings.emotions if name not in set(inside["emotion"])]
    if not settings.architecture.hears_all:
        inside = inside[inside["emotion"].isin(settings.emotions)]
    if missing:
        titles = words.listing([recipes.CORPORA[name] for name in settings.corpora])
        problem = (
            f"There is no {words.listing(missing, 'or')} clip in {titles}. Take the emotion away, "
            "or add a corpus that holds it."
        )
    costs.refuse(settings, len(inside))
except SettingsError as error:
    problem = error.message
except KeyError:
    problem = "A control is missing, so there is nothing to train. Reload the page."

# --- Train, stop, watch --------------------------------------------------------------------------

wanted = runs.addressed()
found = {}
with stage, frame.section():
    found = runs.here(jobs, wanted)
view = found.get(wanted[0]) if wanted else None

with stage, frame.section():
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button(
            "Train",
            type="primary",
            icon=":material/play_arrow:",
            on_click=train,
            args=(settings, chosen.get("split")),
            disabled=settings is None or bool(problem) or (view is not None and not view.ended),
        )
        if settings is not None:
            st.markdown(
                f"**{costs.n_weights(settings):,}** weights, **{len(inside):,}** clips, about "
                f"**{jobs.estimate(settings, len(inside)):.0f} s**",
                width="content",
            )
    if problem:
        st.warning(problem, icon=":material/tune:")
    refused = state.pop("refused", None)
    if refused:
        st.warning(refused, icon=":material/hourglass:")
    preset = recipes.name_of(settings, chosen["split"]) if settings is not None else ""
    if preset in recipes.PRESETS:
        st.caption(f"**{preset}.** {recipes.PRESETS[preset][2]}")
    if wanted and view is None:
        st.warning(
            runs.why_not_here(jobs, wanted[0]),
            icon=":material/history:",
        )


@st.fragment(run_every=0.7 if view is not None and not view.ended else None)
@frame.section()
def watch(run_id, ended):
    try:
        run = jobs.read(run_id)
        jobs.seen(run_id)
    except SettingsError:
        st.rerun()
    if run.ended != ended:
        st.rerun()
    tested = runs.TESTED[run.split]
    st.markdown(f"**{runs.name(run)}**")
    if not run.ended:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(len(run.history) / run.settings.epochs, text=runs.state(run))
            if run.owner == visitor:
                st.button(
                    "Stop training",
                    icon=":material/stop:",
                    on_click=frame.guarded(jobs.stop),
                    args=(run.id,),
                )
    if run.history or not run.ended:
        last = run.history[-1] if run.history else None
        frame.chart(
            training_charts.live(run.history, run.settings.epochs, tested, runs.chance(run)),
            alt=f"Accuracy and loss by epoch, in training and on {tested}. "
            + (
                f"Epoch {last['epoch']}: accuracy {last['accuracy']:.0%} in training, "
                f"{last['val_accuracy']:.0%} on {tested}."
                if last
                else "No epoch is over yet."
            ),
        )
    st.caption(runs.summary(run))


with stage, frame.section():
    if view is not None:
        watch(view.id, view.ended)
        if view.status == "failed":
            st.error(view.message, icon=":material/error:")
        elif view.status == "stopped":
            st.info(view.message, icon=":material/stop:")
    elif not wanted:
        st.info(
            "Choose a start, move what you like, and press Train. It runs on this server, on "
            "features of real recordings.",
            icon=":material/play_arrow:",
        )


@frame.section()
def score():
    info = cached.run_info(view.id)
    report = runs.report(info)
    st.header("How it did", anchor=False)
    numbers, mistakes = st.columns([5, 8], gap="large")
    with numbers:
        who = "strangers" if view.split == "speakers" else "known voices"
        for place, measure, label in zip(
            st.columns(2), ("uar", "accuracy"), ("UAR", "Accuracy"), strict=True
        ):
            with place:
                st.metric(f"{label}, {who}", words.score(report[measure]))
                st.caption(f"{words.interval(report[measure])}, 95\u00a0% interval")
        st.markdown(runs.tested_on(report))
        st.markdown(runs.gap(view.history, view.split))
        st.caption(
            f"UAR is the share recognised of each emotion, averaged. Guessing gets "
            f"{words.nearest(report['chance'])}. Intervals by bootstrap over speakers. One fifth "
            "was tested; which one depends on the seed, so try another before you believe a "
            "difference."
        )
        if view.split == "random":
            st.button(
                "The same with unseen speakers",
                icon=":material/groups:",
                on_click=load,
                args=(view.settings, "speakers"),
            )
    with mistakes:
        confusion = exploring.confusion(report, info["emotions"])
        frame.chart(explore_charts.confusion(confusion), alt=explore_words.confused(confusion))
        st.caption(explore_words.confused(confusion))
    with st.expander("Classification report"):
        st.markdown(explore_words.classification(exploring.by_emotion(report, info["emotions"])))


@frame.section()
def keep():
    st.header("Keep it", anchor=False)
    folder = jobs.bundle(view.id)
    with st.container(horizontal=True):
        if st.button("Use on Listen", type="primary", icon=":material/hearing:"):
            runs.own_models(jobs)[f"Yours: {runs.name(view)}"] = view.id
            state.model = view.id
            # Without query_params Streamlit would clear the address, which widgets are bound to.
            st.switch_page("pages/listen.py", query_params={})
        st.download_button(
            "Download the model",
            lambda: runs.zipped(folder),
            file_name=f"{folder.name}.zip",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
        )
        st.button(
            "Set the sliders to this run",
            icon=":material/tune:",
            on_click=load,
            args=(view.settings, view.split),
        )
    st.caption(
        "This page's address leads back to this run, in any browser, for "
        f"{KEPT_S / 3600:.0f} hours or until {KEPT} newer ones have been trained here. The "
        "download has no end: unzip it, and `python -m ser_core predict --model "
        f"{folder.name} FILE` hears with it. The licences of the data go with it."
    )
    with st.expander("Train the same model yourself"):
        st.markdown("From a copy of Undertone, on the command line:")
        st.code(runs.command(view), language="bash", wrap_lines=True)
        st.markdown("Or in Python:")
        st.code(runs.snippet(view), language="python")
        st.caption(
            "Both learn from the committed tables, like this page, unless `$SER_DATA` or a folder "
            "`corpora` names recordings."
        )


if view is not None and view.ended and view.has_model:
    score()
    keep()

# --- Compare -------------------------------------------------------------------------------------


if len(found) > 1:
    comparing.draw(found, jobs, visitor)
