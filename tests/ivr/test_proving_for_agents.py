"""A code that an agent wants keyed: the caller is alone with the machine, and is back with the agent afterwards."""

from dataclasses import dataclass, field, replace

import pytest

from ivr import facts
from ivr.adapters.line import HungUp
from ivr.conversation import converse
from ivr.ports.floor import Hold, InLine, Meet, Onward, Prove
from ivr.ports.proving import Proof
from tests.ivr.box import LEAVES
from tests.ivr.rooms import FACTS, PERSON, Rooms
from tests.ivr.window import CODE, DNI, RIGHT, WRONG, Caller

TO_AN_AGENT = ("1", "0")
AFTER_THE_TALK = ("9", "9", "9", "2")


@dataclass
class Wants:
    """What the agent wants next, in turn; how each proof ended."""

    next: list[Onward]
    proofs: list[str] = field(default_factory=list)
    kept_level: int = 0

    def onward(self, call: str) -> Onward | None:
        del call
        return self.next.pop(0) if self.next else None

    async def fetch(self, call: str) -> bool:
        raise AssertionError(f"nobody waits for {call}")

    async def word(self, call: str) -> None:
        del call

    async def proved(self, call: str, outcome: str) -> None:
        self.proofs.append(outcome)
        self.next.insert(0, Meet(call))


async def talk(around: Rooms, wants: Wants, *presses: str) -> Caller:
    """Let a caller talk to ana, who then wants this."""
    around.desks.free.append("ana")
    around.house = replace(around.house, steering=wants)
    box = Caller(
        presses=(*TO_AN_AGENT, *presses, *AFTER_THE_TALK),
        dials=["ANSWER", "ANSWER"],
        knows=FACTS,
        letters=around.letters,
    )
    try:
        await converse(around.house, box)
    except HungUp:
        box.sent.append("(hung up)")
    return box


async def test_the_caller_proves_both_levels_alone_and_is_with_the_agent_again(around: Rooms) -> None:
    wants = Wants([Prove("bank_account")])
    box = await talk(around, wants, *DNI, *RIGHT, CODE)
    assert wants.proofs == ["proven"]
    told, back = box.keys_heard.index("code.sent.eight"), box.keys_heard.index("code.to_agent")
    assert told < box.keys_heard.index("code.right") < back
    proving = box.sent.index("SET VARIABLE VT_WAITING yes", box.sent.index("EXEC Dial PJSIP/agent-ana,15,g"))
    room = box.sent.index(f"EXEC ConfBridge {box.call},legs,caller")
    assert proving < room, "a server that is lost while the code is keyed loses nobody"
    kept = Proof(box.call, PERSON, 2, "code", (), around.now, procedure="bank_account")
    assert await around.house.proofs.of(box.call) == kept
    (letter,) = around.letters.of("code")
    assert letter.fields["procedure"] == "bank_account"


async def test_what_is_proven_for_the_agent_holds_for_the_rest_of_the_call(around: Rooms) -> None:
    levels: list[int] = []
    wants = Wants([Prove("address"), Hold(), Prove("address")])

    async def proved(call: str, outcome: str) -> None:
        kept = around.calls.unfinished(call)
        assert kept is not None
        assert kept.wish is not None
        levels.append(kept.wish.identity)
        wants.proofs.append(outcome)

    wants.proved = proved  # type: ignore[method-assign] # to look at the snapshot at that moment
    await talk(around, wants, *DNI, *RIGHT, CODE)
    assert (wants.proofs, levels) == (["proven", "proven"], [2, 2])
    assert len(around.letters.of("code")) == 1, "who is proven keys nothing more"


async def test_who_is_proven_for_another_procedure_keys_eight_digits_for_the_account(around: Rooms) -> None:
    wants = Wants([Prove("identity"), Hold(), Prove("bank_account"), Hold(), Prove("bank_account")])
    await talk(around, wants, *DNI, *RIGHT, CODE, CODE)
    assert wants.proofs == ["proven"] * 3
    assert [letter.fields["procedure"] for letter in around.letters.of("code")] == [
        "identity",
        "bank_account",
    ]


@pytest.mark.parametrize(
    ("presses", "outcome"),
    [
        ((*DNI, *WRONG), "refused"),
        ((*DNI, *RIGHT, "1", "2", "3"), "refused"),
        ((*DNI, *RIGHT, "0"), "person"),
        (("0",), "person"),
    ],
)
async def test_whatever_comes_of_it_the_caller_is_with_the_agent_again(
    around: Rooms, presses: tuple[str, ...], outcome: str
) -> None:
    wants = Wants([Prove("address")])
    box = await talk(around, wants, *presses)
    assert wants.proofs == [outcome]
    assert f"EXEC ConfBridge {box.call},legs,caller" in box.sent


async def test_systems_that_are_down_bring_the_caller_back_to_the_agent(around: Rooms) -> None:
    around.register.down = True
    wants = Wants([Prove("address")])
    await talk(around, wants, *DNI)
    assert wants.proofs == ["down"]


async def test_an_agent_who_goes_meanwhile_leaves_the_caller_in_line(around: Rooms) -> None:
    wants = Wants([Prove("address"), InLine()])
    wants.proved = Wants([]).proved  # type: ignore[method-assign] # nobody is there to be told
    around.desks.free.append("luis")
    await talk(around, wants, *DNI, *RIGHT, CODE, LEAVES)
    assert "rang out" in around.desks.told


async def test_a_caller_who_leaves_while_they_prove_themselves_ends_the_call(around: Rooms) -> None:
    wants = Wants([Prove("address")])
    box = await talk(around, wants, *DNI, LEAVES)
    assert box.sent[-1] == "(hung up)"
    assert wants.proofs == []
    assert [fact.reason for fact in around.facts if isinstance(fact, facts.CallEnded)] == ["hung_up"]
