"""Commands, and the sentences around them that make them none: language → lines, in words of nobody's examples."""

from collections.abc import Iterator
from typing import Final

COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "en": ("stop the s21", "turn off all the miners", "switch the dump load on", "charge the battery", "go automatic"),
    "de": (
        "stoppe den S21",
        "schalte alle Miner aus",
        "mach den Dump Load an",
        "lade den Speicher",
        "pausiere das System",
    ),
    "fr": (
        "éteins le S21",
        "coupe tous les mineurs",
        "allume le dump load",
        "charge la batterie",
        "passe en automatique",
    ),
    "es": ("apaga el S21", "detén los mineros", "enciende el dump load", "carga la batería", "pausa el sistema"),
    "nl": ("stop de S21", "zet alle miners uit", "zet de dump load aan", "laad de accu", "ga naar automatisch"),
}
FRAMES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "en": {
        "condition": ("if the wind drops {}", "{} unless it is sunny", "{} as soon as we sell", "in case of fog {}"),
        "report": ("i was told {}", "yesterday you did {}", "{} said my neighbour", "he had to {}"),
        "negation": ("never {}", "do not {}", "there is no need to {}", "whatever you do don't {}"),
        "future": ("{} in ten minutes", "tomorrow {}", "{} at seven pm", "{} on saturday", "{} later"),
        "question": ("why would you {}", "should we {}", "is it wise to {}", "what happens when i {}"),
        "thought": ("maybe {}", "i was thinking of this: {}", "i wonder whether to {}", "{} or perhaps not"),
        "warning": ("tell me before you {}", "ask me before you {}"),
        "quotation": ('the button says "{}"', "what does {} mean"),
        "rest": ("{} and the toaster", "{} gently banana", "{} with 5 percent"),
    },
    "de": {
        "condition": ("falls der Wind nachlässt {}", "{} sobald wir verkaufen", "wenn Nebel kommt {}"),
        "report": ("mein Nachbar sagt {}", "gestern hieß es {}"),
        "negation": ("niemals {}", "bloß nicht: {}", "{} nicht ohne mich"),
        "future": ("{} in zehn Minuten", "morgen {}", "{} um 19 Uhr", "{} am Samstag", "später {}"),
        "question": ("warum {}", "soll ich sagen {}", "was passiert bei {}"),
        "thought": ("vielleicht {}", "ich überlege ob {}", "{} oder lieber doch nicht"),
        "warning": ("sag Bescheid bevor: {}",),
        "quotation": ("was heißt {}",),
        "rest": ("{} und den Toaster", "{} mit 5 Prozent"),
    },
    "fr": {
        "condition": ("si le vent tombe {}", "{} dès qu'on vend", "{} sauf s'il pleut"),
        "report": ("hier on m'a dit {}", "mon voisin dit {}"),
        "negation": ("jamais {}", "surtout ne {} pas", "pas besoin que tu dises {}"),
        "future": ("{} dans dix minutes", "demain {}", "{} à 19 heures", "{} samedi", "plus tard {}"),
        "question": ("pourquoi {}", "est-ce que je dis {}", "que se passe-t-il avec {}"),
        "thought": ("peut-être {}", "je me demande si {}", "{} ou plutôt pas"),
        "warning": ("préviens-moi avant : {}",),
        "quotation": ("que veut dire {}",),
        "rest": ("{} et le grille-pain", "{} avec 5 pour cent"),
    },
    "es": {
        "condition": ("si baja el viento {}", "{} en cuanto vendamos", "cuando haya niebla {}"),
        "report": ("ayer me dijeron {}", "mi vecino dice {}"),
        "negation": ("nunca {}", "no hace falta que digas {}", "jamás {}"),
        "future": ("{} dentro de diez minutos", "mañana {}", "{} a las siete de la tarde", "{} el sábado", "{} luego"),
        "question": ("por qué {}", "debería decir {}", "qué pasa con {}"),
        "thought": ("quizás {}", "me pregunto si {}", "{} o mejor no"),
        "warning": ("avísame antes: {}",),
        "quotation": ("qué significa {}",),
        "rest": ("{} y la tostadora", "{} con el 5 por ciento"),
    },
    "nl": {
        "condition": ("als de wind gaat liggen {}", "{} zodra we verkopen", "bij mist {}"),
        "report": ("mijn buurman zegt {}", "gisteren hoorde ik {}"),
        "negation": ("nooit {}", "vooral niet: {}", "het hoeft niet: {}"),
        "future": ("{} over tien minuten", "morgen {}", "{} om zeven uur", "{} op zaterdag", "straks {}"),
        "question": ("waarom {}", "moet ik zeggen {}", "wat gebeurt er bij {}"),
        "thought": ("misschien {}", "ik vraag me af of {}", "{} of toch maar niet"),
        "warning": ("waarschuw me voordat: {}",),
        "quotation": ("wat betekent {}",),
        "rest": ("{} en het broodrooster", "{} met 5 procent"),
    },
}
# After an offer: what is more or less than a yes, and what is one.
HALVES: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "yes but not today",
        "ok scratch that",
        "sure when it is cheap",
        "yes in an hour",
        "ok how much is it",
        "mm",
        "yes no",
    ),
    "de": (
        "ja aber nicht heute",
        "okay vergiss es",
        "ja wenn es billig ist",
        "ja in einer Stunde",
        "gut was kostet das",
        "ja nein",
    ),
    "fr": ("oui mais pas aujourd'hui", "ok oublie", "oui si c'est bon marché", "oui dans une heure", "oui non"),
    "es": ("sí pero hoy no", "vale olvídalo", "sí cuando sea barato", "sí dentro de una hora", "sí no"),
    "nl": ("ja maar niet vandaag", "oké vergeet het", "ja als het goedkoop is", "ja over een uur", "ja nee"),
}
YES: Final[dict[str, tuple[str, ...]]] = {
    "en": ("yes please", "ok do it", "sure, go ahead"),
    "de": ("ja bitte", "okay mach das", "Ja, gerne"),
    "fr": ("oui s'il te plaît", "d'accord vas-y"),
    "es": ("sí, por favor", "vale, hazlo"),
    "nl": ("ja graag", "oké, doe maar"),
}
CHARGE: Final = {
    "en": "charge the battery for two hours",
    "de": "lade die Batterie zwei Stunden lang",
    "fr": "charge la batterie pendant deux heures",
    "es": "carga la batería durante dos horas",
    "nl": "laad de batterij twee uur lang",
}
UNDO: Final = {
    "en": "undo that please",
    "de": "Mach das rückgängig",
    "fr": "annule ça",
    "es": "deshaz eso",
    "nl": "maak dat ongedaan",
}


def framed(code: str) -> Iterator[tuple[str, str]]:
    """Yield every command of a language in every frame: the frame's name and the sentence."""
    for name, frames in FRAMES[code].items():
        for frame in frames:
            for command in COMMANDS[code]:
                yield name, frame.format(command)
