"""Shopping and change: word problems with the steps that solve them."""

from __future__ import annotations

import random

from scale_core.abacus.words.vocabulary import (
    ALL,
    BUY,
    DO,
    GOODS,
    MONEY,
    PEOPLE,
    Problem,
    banknote,
    choice,
    closing,
    spelled,
    whole,
)


def shopping(rng: random.Random) -> Problem:
    name, sub, cap, _ = choice(rng, PEOPLE)
    pre, post, unit = choice(rng, MONEY)
    t = int(rng.random() * 2)
    buy, do = choice(rng, BUY)[t], DO[t]
    variant = int(rng.random() * 6)
    (one, many), (one2, many2) = choice(rng, GOODS), choice(rng, GOODS)
    while one2 == one:
        one2, many2 = choice(rng, GOODS)
    count, price = whole(rng, 2, 12), whole(rng, 2, 40)
    tag = f"{pre}{price}{post}"
    num = spelled(rng, count)
    if rng.random() < 0.65:
        first = f"{count}*{price}"
        text = choice(
            rng,
            (
                f"{name} {buy} {num} {many} at {tag} each.",
                f"{name} {buy} {num} {many} for {tag} each.",
                f"{name} {buy} {num} {many} that cost {tag} apiece.",
                f"{name} {buy} {num} {many} at a price of {tag} per {one}.",
                f"At the shop, {name} {buy} {num} {many} priced at {tag} each.",
                f"{name} {('goes', 'went')[t]} to the store and {buy} {num} {many}. "
                f"Each {one} {('costs', 'cost')[t]} {tag}.",
                f"{name} {buy} {num} {many}, and every {one} {('costs', 'cost')[t]} {tag}.",
                f"Yesterday {name} bought {num} {many} at {tag} each.",
            )
            if t
            else (
                f"{name} {buy} {num} {many} at {tag} each.",
                f"{name} {buy} {num} {many} for {tag} apiece.",
                f"{name} {buy} {num} {many}. Each {one} costs {tag}.",
                f"{name} wants to buy {num} {many} that cost {tag} each.",
                f"At the market, {name} {buy} {num} {many} at {tag} per {one}.",
            ),
        )
    else:
        first = f"{price}*{count}"
        text = choice(
            rng,
            (
                f"One {one} {('costs', 'cost')[t]} {tag}. {name} {buy} {num} of them.",
                f"A store {('sells', 'sold')[t]} {many} for {tag} each. {name} {buy} {num} {many}.",
                f"At a shop, {many} cost {tag} each, and {name} {buy} {num} {many}.",
                f"The price of one {one} {('is', 'was')[t]} {tag}. {name} {buy} {num} {many}.",
                f"Each {one} in the shop {('costs', 'cost')[t]} {tag}. {name} {buy} {num} of them.",
            ),
        )
    total = count * price
    lines = [f"#1={first}"]
    spend = ("spend", "pay", "need to pay")[int(rng.random() * 3)]
    if variant in (0, 3):
        count2, price2 = whole(rng, 2, 12), whole(rng, 2, 30)
        tag2 = f"{pre}{price2}{post}"
        num2 = spelled(rng, count2)
        text += " " + choice(
            rng,
            (
                f"{cap} also {buy} {num2} {many2} at {tag2} each.",
                f"{cap} also {buy} {num2} {many2} for {tag2} apiece.",
                f"Then {sub} {buy} {num2} {many2} that cost {tag2} each.",
                f"After that {sub} {buy} {num2} {many2} at {tag2} per {one2}.",
                f"In addition, {sub} {buy} {num2} {many2} for {tag2} each.",
            ),
        )
        total += count2 * price2
        lines += [f"#2={count2}*{price2}", "#3=#1+#2"]
    elif variant == 1:
        extra = whole(rng, 2, 90)
        tag2 = f"{pre}{extra}{post}"
        text += " " + choice(
            rng,
            (
                f"{cap} also {buy} one {one2} for {tag2}.",
                f"{cap} also {buy} a single {one2} that cost {tag2}.",
                f"Delivery {('costs', 'cost')[t]} another {tag2}.",
                f"{cap} also {('pays', 'paid')[t]} {tag2} for shipping.",
                f"Then {sub} {buy} one {one2} for {tag2}.",
            ),
        )
        lines.append(f"#2=#1+{extra}")
    elif variant == 2:
        off = whole(rng, 2, min(total - 1, 50))
        cut = f"{pre}{off}{post}"
        text += " " + choice(
            rng,
            (
                f"{cap} {('has', 'had')[t]} a coupon for {cut} off the total.",
                f"The shopkeeper {('gives', 'gave')[t]} {name} a discount of {cut}.",
                f"A voucher {('takes', 'took')[t]} {cut} off the bill.",
                f"The store {('takes', 'took')[t]} {cut} off the total price.",
            ),
        )
        lines.append(f"#2=#1-{off}")
    if variant < 3:
        return (
            text
            + " "
            + choice(
                rng,
                (
                    f"How much {do} {name} {spend} {choice(rng, ALL)}?",
                    f"How many {unit} {do} {name} {spend} {choice(rng, ALL)}?",
                    f"How much money {do} {sub} {spend}?",
                    f"What {('is', 'was')[t]} the total cost?",
                    f"What {('is', 'was')[t]} the total amount {name} {('pays', 'paid')[t]}?",
                    "Find the total cost.",
                ),
            ),
            lines,
        )
    bank = banknote(rng, total)
    purse = f"{pre}{bank}{post}"
    lines.append(f"#{len(lines) + 1}={bank}-#{len(lines)}")
    pay = ("pays", "paid")[t]
    if rng.random() < 0.6:
        coin = "a {} bill" if pre else "{}"
        paid = choice(
            rng,
            (
                f"{name} {pay} with {coin}",
                f"{name} {('hands', 'handed')[t]} over {{}}",
                f"{name} {('gives', 'gave')[t]} the cashier {{}}",
                f"{name} {('uses', 'used')[t]} {{}} to pay",
            ),
        ).format(purse)
        question = choice(
            rng,
            (
                f"How much change {do} {name} get?",
                f"How much change {do} {sub} receive?",
                f"How much change should {sub} get back?",
                f"What {('is', 'was')[t]} the change?",
                f"How many {unit} of change {do} {name} get back?",
                f"How much money {do} {sub} get back?",
            ),
        )
        return f"{text} {closing(rng, paid, question)}", lines
    had = choice(
        rng,
        (
            f"{name} {('has', 'had')[t]} {purse}",
            f"{name} {('starts', 'started')[t]} with {purse}",
            f"{name} {('has', 'had')[t]} {purse} to spend",
        ),
    )
    question = choice(
        rng,
        (
            f"How much money {do} {name} have left?",
            f"How much money {('is', 'was')[t]} left?",
            f"How many {unit} {do} {sub} have left?",
            f"How much {do} {name} still have after shopping?",
        ),
    )
    if text.startswith(name) and rng.random() < 0.6:
        return f"{had}. {cap}{text[len(name) :]} {question}", lines
    return f"{text} {closing(rng, had, question)}", lines
