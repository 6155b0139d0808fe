"""What a pressed key, or silence, does at a menu, at an offer of languages and where digits are asked for."""

from dialplans.flows import ChooseLanguage, KeyIn, Menu
from dialplans.grammar import grammar
from dialplans.institution import Institution
from dialplans.keyed import holds
from dialplans.passage import MAX_TURNS, enter, flow_of, give_up, go, illegal, person, shape_of, spoken
from dialplans.walks import Action, Ask, Digits, Happening, Keys, Silence, TakeDigits, Walk
from dialplans.ways import READ_BACK, place

MAX_TRIES = 3  # wrong keys or silences at one menu before a person is called for
CONFIRM_S = 6.0  # to say whether what was read back is right
MACHINE_KEYS = "0*#"
LANGUAGE_KEY = "9"

Asking = Menu | ChooseLanguage | KeyIn


def at_menu(institution: Institution, walk: Walk, step: Menu, happening: Happening) -> tuple[Walk, Action]:
    """Take a key or silence at a menu."""
    match happening:
        case Keys(keys) if keys in step.keys:
            return go(institution, _chose(walk), place(flow_of(walk), step.keys[keys]))
        case Keys(keys) if keys in MACHINE_KEYS and keys:
            return _own_key(institution, walk, step, keys)
        case Keys(keys) if keys == LANGUAGE_KEY and (language := shape_of(institution, walk).language):
            changing = walk._replace(tries=0, turns=walk.turns + 1, failed=False, menu=walk.step)
            return go(institution, changing, place(flow_of(walk), language))
        case Keys() | Silence():
            return _failed(institution, walk, step, happening)
        case _:
            raise illegal(walk, happening)


def at_language(
    institution: Institution, walk: Walk, step: ChooseLanguage, happening: Happening
) -> tuple[Walk, Action]:
    """Take a key or silence at the offer of languages, and go on, or back to the menu it was called from."""
    ahead = walk.menu or place(flow_of(walk), step.next)
    match happening:
        case Keys(keys) if keys in step.keys:
            language, turns = step.keys[keys], walk.turns + 1
            chosen = walk._replace(language=language, tries=0, turns=turns, failed=False, menu="")
            return go(institution, chosen, ahead)
        case Silence():
            return go(institution, walk._replace(turns=walk.turns + 1, menu=""), ahead)
        case Keys("#") if walk.menu:
            return go(institution, walk._replace(turns=walk.turns + 1, tries=0, menu=""), ahead)
        case Keys(keys) if keys in MACHINE_KEYS and keys:
            return _own_key(institution, walk, step, keys)
        case Keys():
            return _failed(institution, walk, step, happening)
        case _:
            raise illegal(walk, happening)


def at_ask(institution: Institution, walk: Walk, step: KeyIn, happening: Happening) -> tuple[Walk, Action]:
    """Take digits, or whether those read back are right."""
    match happening:
        case Keys(key) if walk.keyed:
            return _confirmed(institution, walk, step, key)
        case Silence():
            return _again(institution, walk, step, "silence")
        case Digits(keys) if not walk.keyed and (keys in ("*", "#") or (keys == "0" and step.least > 1)):
            return _own_key(institution, walk, step, keys)
        case Digits(keys) if not walk.keyed and holds(step.rule, keys, step.least, step.most):
            return _keyed(institution, walk, step, keys)
        case Digits() if not walk.keyed:
            return _again(institution, walk, step, step.wrong)
        case _:
            raise illegal(walk, happening)


def asked_again(walk: Walk, step: Asking) -> Action:
    """Give the question a walk waits at once more."""
    match step:
        case KeyIn() if walk.keyed:
            return _read_back(walk)
        case KeyIn():
            return TakeDigits(walk.said, step.most, step.timeout_s)
        case Menu() | ChooseLanguage():
            return Ask(walk.said, step.timeout_s)


def _chose(walk: Walk) -> Walk:
    """Remember the menu that was chosen from, for "back"."""
    trail = (*walk.trail, walk.menu or walk.step)
    return walk._replace(trail=trail, tries=0, turns=walk.turns + 1, failed=False, menu="")


def _own_key(institution: Institution, walk: Walk, step: Asking, key: str) -> tuple[Walk, Action]:
    turned = walk._replace(turns=walk.turns + 1)
    if turned.turns >= MAX_TURNS:
        return give_up(institution, turned)
    match key:
        case "0":
            return enter(institution, _chose(walk), person(institution, walk))
        case "#" if walk.trail:
            shorter = turned._replace(trail=walk.trail[:-1], tries=0)
            return go(institution, shorter, walk.trail[-1])
        case "#":
            return go(institution, turned, walk.step)
        case _:
            return turned, asked_again(walk, step)


def _failed(
    institution: Institution, walk: Walk, step: Menu | ChooseLanguage, happening: Keys | Silence
) -> tuple[Walk, Action]:
    """Say what went wrong and the choices again, or, at the third failure, call for a person."""
    failing = walk._replace(tries=walk.tries + 1, turns=walk.turns + 1)
    if failing.tries >= MAX_TRIES:
        return give_up(institution, failing)
    word = "wrong_key" if isinstance(happening, Keys) else "silence"
    choices = spoken(institution, walk, step)
    return failing._replace(said=choices), Ask((word, *choices), step.timeout_s)


def _keyed(institution: Institution, walk: Walk, step: KeyIn, keys: str) -> tuple[Walk, Action]:
    """Keep what was keyed rightly, or read it back first."""
    if step.read_back:
        reading = walk._replace(keyed=keys, turns=walk.turns + 1)
        return reading, _read_back(reading)
    return _kept(institution, walk, step, keys)


def _kept(institution: Institution, walk: Walk, step: KeyIn, keys: str) -> tuple[Walk, Action]:
    answers = {**dict(walk.answers), step.answer: keys}
    kept = walk._replace(
        answers=tuple(answers.items()), keyed="", tries=0, turns=walk.turns + 1, failed=False
    )
    return go(institution, kept, place(flow_of(walk), step.next))


def _read_back(walk: Walk) -> Ask:
    before, after = READ_BACK
    return Ask((before, *grammar(walk.language).digits(walk.keyed), after), CONFIRM_S)


def _confirmed(institution: Institution, walk: Walk, step: KeyIn, key: str) -> tuple[Walk, Action]:
    match key:
        case "1":
            return _kept(institution, walk, step, walk.keyed)
        case "2":
            return _again(institution, walk._replace(keyed=""), step, None)
        case "0" | "#":
            return _own_key(institution, walk._replace(keyed=""), step, key)
        case "*":
            return _own_key(institution, walk, step, key)
        case _:
            return _again(institution, walk, step, "wrong_key")


def _again(institution: Institution, walk: Walk, step: KeyIn, word: str | None) -> tuple[Walk, Action]:
    """Ask once more, after the word for what went wrong; at the third time, go where the step gives up."""
    failing = walk._replace(tries=walk.tries + 1, turns=walk.turns + 1)
    if failing.tries >= MAX_TRIES or failing.turns >= MAX_TURNS:
        return _given_up(institution, failing, step)
    words = (word,) if word else ()
    if walk.keyed:
        reading = _read_back(walk)
        return failing, Ask((*words, *reading.prompts), reading.timeout_s)
    return failing._replace(said=step.say), TakeDigits((*words, *step.say), step.most, step.timeout_s)


def _given_up(institution: Institution, walk: Walk, step: KeyIn) -> tuple[Walk, Action]:
    if step.gave_up is None:
        return give_up(institution, walk)
    return go(institution, walk._replace(tries=0, keyed=""), place(flow_of(walk), step.gave_up))
