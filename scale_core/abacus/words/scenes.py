"""Places where a number of things grows and shrinks, each with its own words for it.

Knows what is there, how more of it comes and how some of it goes, with and without somebody who
sees to it. Does not know stories or what is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from scale_core.abacus.words.cast import people, things
from scale_core.abacus.words.tongue import Story


@dataclass(frozen=True, slots=True)
class Scene:
    """Things at a place: how they come and go by themselves, how somebody adds and takes them
    (a verb and what stands behind its object)."""

    one: str
    many: str
    where: str
    come: str
    go: str
    add: tuple[str, str]
    take: tuple[str, str]


def _scene(line: str) -> Scene:
    one, many, where, come, go, add, take = (part.strip() for part in line.split("/"))
    verb, _, behind = add.partition(" _")
    other, _, after = take.partition(" _")
    return Scene(one, many, where, come, go, (verb, behind), (other, after))


SCENES: tuple[Scene, ...] = tuple(
    _scene(line)
    for line in """
    tadpole/tadpoles/in the ditch/hatch/hop away/pour _ into the ditch/scoop _ out of the ditch
    guest/guests/at the wedding/drive up/go home/welcome _ at the door/wave _ off
    photo/photos/on the camera/come in/vanish/shoot _ with the camera/erase _ from the camera
    contact/contacts/in the phone/turn up/disappear/type _ into the phone/delete _ from the phone
    lamb/lambs/in the fold/run in/run off/drive _ into the fold/let _ out of the fold
    dumpling/dumplings/in the pot/float up/burst/drop _ into the pot/fish _ out of the pot
    dollar/dollars/in the tin/come in/go out/put _ into the tin/take _ out of the tin
    dollar/dollars/on the account/come in/go out/pay _ into the account/draw _ from the account
    life/lives/in the game/light up/go dark/win _/lose _
    credit/credits/on the board/get added/get struck off/score _/forfeit _
    cell/cells/in the dish/form/die/place _ in the dish/rinse _ out of the dish
    weed/weeds/in the flower bed/sprout/wither/overlook _ in the bed/pull _ out of the bed
    ton of gravel/tons of gravel/on the barge/get loaded/slide off/load _ onto the barge/unload _ from the barge
    pound of flour/pounds of flour/in the barrel/arrive/spoil/tip _ into the barrel/scoop _ from it
    liter of rainwater/liters of rainwater/in the tank/flow in/drain away/pour _ into the tank/tap _ from the tank
    employee/employees/at the mill/start/retire/hire _/dismiss _
    resident/residents/in the hamlet/move in/move away/settle _ in the hamlet/send _ away from the hamlet
    wasp/wasps/around the jam/fly in/buzz off/lure _ to the jam/chase _ away from the jam
    icicle/icicles/along the roof/form/melt/hang _ along the roof/knock _ off the roof
    bubble/bubbles/on the ceiling/rise/pop/blow _/pop _
    candle/candles/on the altar/flare up/burn down/light _/blow out _
    bulb/bulbs/in the hall/come on/burn out/screw _ in/unscrew _
    rosebud/rosebuds/on the bush/open/wilt/graft _ onto the bush/snip _ off the bush
    pear/pears/on the branch/ripen/fall/spot _ on the branch/pluck _ from the branch
    snowball/snowballs/beside the wall/roll up/melt/shape _/throw _
    letter/letters/in the mailbox/arrive/blow away/drop _ into the mailbox/take _ out of the mailbox
    parcel/parcels/on the cart/arrive/fall off/lift _ onto the cart/lift _ off the cart
    sandwich/sandwiches/on the counter/come out/sell out/set _ on the counter/serve _ from the counter
    bun/buns/in the oven/go in/burn/slide _ into the oven/take _ out of the oven
    mussel/mussels/on the rock/settle/drop off/stick _ onto the rock/scrape _ off the rock
    crow/crows/on the wire/join them/fly off/lure _ to the wire/scare _ off the wire
    heron/herons/at the reeds/land/take off/spot _ at the reeds/scare _ off the reeds
    passenger/passengers/in the wagon/climb in/climb out/let _ into the wagon/let _ out of the wagon
    pupil/pupils/on the field trip/show up/stay behind/sign up _/send _ home
    member/members/in the choir/join/quit/recruit _ for the choir/lose _ from the choir
    foal/foals/in the shed/arrive/find homes/take in _/give away _
    calf/calves/in the stall/arrive/leave/buy _/sell _
    volume/volumes/on the cart/come back/go out/stack _ on the cart/take _ off the cart
    brick/bricks/in the pile/arrive/crack/heap _ onto the pile/take _ from the pile
    drawing/drawings/on the fridge/go up/come down/pin _ to the fridge/peel _ off the fridge
    jar of jam/jars of jam/in the pantry/come in/spoil/store _ in the pantry/take _ from the pantry
    bag of cement/bags of cement/at the site/arrive/get wet/haul _ to the site/use up _
    coat/coats/on the rack/appear/get taken/hang _ on the rack/take _ off the rack
    message/messages/in the inbox/arrive/get lost/receive _/delete _ from the inbox
    chore/chores/on the list/come up/fall away/write _ on the list/cross _ off the list
    worksheet/worksheets/on the pile/come in/blow off/lay _ on the pile/check _
    ribbon/ribbons/in the drawer/turn up/tear/lay _ in the drawer/pull _ out of the drawer
    marble/marbles/in the ring/roll in/roll out/shoot _ into the ring/knock _ out of the ring
    seedling/seedlings/in the tray/come up/dry out/sow _/move _ to the garden
    inch of snow/inches of snow/on the path/fall/melt/blow _ onto the path/shovel _ off the path
    patient/patients/in the ward/come in/recover/admit _ to the ward/discharge _
    truck/trucks/in the yard/pull in/pull out/park _ in the yard/sell _
    shrub/shrubs/along the lane/grow/die/plant _ along the lane/dig up _
    swimmer/swimmers/in the pool/jump in/climb out/call _ into the pool/call _ out of the pool""".strip().split("\n")
)  # fmt: skip


LOOKS = (
    "small large tiny medium",
    "red blue green yellow white gray",
    "old new",
    "young old",
    "striped spotted plain",
    "tall short",
    "thin thick",
    "light dark pale",
    "long short",
    "cheap expensive",
    "local foreign",
    "round square",
)
UNITS = frozenset("dollar life credit".split())


def scene(s: Story) -> Scene:
    """Cast a scene: `{x}` at `{place}`, its verbs `turn_in`, `turn_out`, `set_in` and `set_out`,
    `{set_in*}` and `{set_out*}` behind their objects, and another kind `{y}` that is there too."""
    people(s, 3)
    things(s, 1)
    found = s.rng.choice(SCENES)
    s.noun("x", found.one, found.many)
    s.alias("y", "t")
    if found.one not in UNITS and " of " not in found.one and s.chance(0.55):
        first, second = s.rng.sample(s.rng.choice(LOOKS).split(), 2)
        s.noun("x", f"{first} {found.one}", f"{first} {found.many}")
        s.noun("y", f"{second} {found.one}", f"{second} {found.many}")
    s.noun("sort", found.one, found.many)
    s.words |= {
        "place": found.where,
        "turn_in": found.come,
        "turn_out": found.go,
        "set_in": found.add[0],
        "set_in*": found.add[1],
        "set_out": found.take[0],
        "set_out*": found.take[1],
    }
    return found
