"""What the labels of other people's recordings mean, where a word for an emotion can be known.

A label may be any word of any language; a model learns it as it is. Only two things want to know
what it means: which part of a name is a label at all, and what another model says of the same
clips.
"""

from __future__ import annotations

import unicodedata

from ser_core.emotions import EMOTIONS, ORDINARY, ORDINARY_KINDS

# By our own name: English, then German, French, Spanish and Portuguese, Italian, Polish, Turkish,
# Dutch, and the short forms that file names have.
_WORDS = {
    "angry": "angry anger ang wut wutend wuetend arger aerger argerlich zorn zornig colere fache "
    "enojo enfado ira enojado enfadado raiva zangado rabbia arrabbiato zlosc gniew zly ofke kizgin "
    "kizginlik sinirli boos boosheid",
    "fearful": "fearful fear fea fearfull afraid scared anxious anxiety angst angstlich aengstlich "
    "furcht peur effraye miedo medo paura impaurito strach lek korku bang",
    "happy": "happy happiness hap joy joyful freude freudig froh frohlich froehlich glucklich joie "
    "joyeux heureux content alegria alegre feliz felicidad gioia felice felicita radosc radosny "
    "mutlu mutluluk nese blij blijdschap",
    "sad": "sad sadness trauer traurig traurigkeit tristesse triste tristeza tristezza smutek "
    "smutny uzgun uzuntu huzunlu huzun verdrietig verdriet",
    "neutral": "neutral neutrality neu neutrale neutro neutre neutralny neutralnie notr neutraal "
    "normal",
    "calm": "calm ruhig gelassen calme calma tranquilo sereno spokojny sakin rustig",
    "bored": "bored boredom langeweile gelangweilt ennui aburrido tedio noia znudzony verveeld",
    "disgust": "disgust disgusted dis ekel angeekelt degout asco nojo disgusto wstret igrenme "
    "walging",
    "surprised": "surprised surprise sur pleasantsurprise uberraschung uberrascht ueberrascht "
    "surpris sorpresa surpresa sorpreso zaskoczenie saskinlik verrast verrassing",
    "amused": "amused amusement belustigt amuse divertido divertito",
}
_MEANINGS = {word: emotion for emotion, words in _WORDS.items() for word in words.split()}


def meaning(label: str) -> str | None:
    """The emotion that a label names, one of `ser_core.emotions.ALL_EMOTIONS`; None if unknown.

    Examples
    --------
    >>> meaning("Wut"), meaning("SADNESS"), meaning("Colère"), meaning("stressed")
    ('angry', 'sad', 'angry', None)
    """
    plain = unicodedata.normalize("NFKD", label.casefold().replace("ı", "i").replace("ł", "l"))
    return _MEANINGS.get("".join(filter(str.isalpha, _without_accents(plain))))


def _without_accents(text: str) -> str:
    return "".join(sign for sign in text if not unicodedata.combining(sign))


def answer(label: str) -> str | None:
    """What a model of the four emotions should answer to a label; None where it has no answer.

    Examples
    --------
    >>> answer("Freude"), answer("boredom"), answer("disgust")
    ('happy', 'ordinary', None)
    """
    emotion = meaning(label)
    if emotion in ORDINARY_KINDS:
        return ORDINARY
    return emotion if emotion in EMOTIONS else None
