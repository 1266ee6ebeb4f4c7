"""What people commonly say to someone who takes bookings, orders, messages and questions.

Written by hand for the language model of the recogniser. Words in braces are slots, filled with
spoken dates, times, codes and the like; nothing here comes from any one set of tools.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from evalharness.server.speech.code_pattern import sample_codes
from evalharness.server.speech.spoken import (
    LETTERS,
    MONTHS,
    ONES,
    WEEKDAYS,
    cardinal,
    ordinal,
    spelled,
)

OPENERS = (
    "hi", "hello", "hi there", "hello there", "good morning", "good afternoon", "good evening",
    "yes", "yeah", "yes please", "okay", "ok", "right", "well", "so", "and", "also", "and also",
    "oh", "um", "uh", "no", "no sorry", "sorry", "actually", "please", "great", "thanks",
    "thank you", "perfect", "oh and", "hi yes", "sure", "alright", "excuse me", "then",
)  # fmt: skip
CLOSERS = (
    "please", "thanks", "thank you", "if possible", "if you can", "for me", "today", "then",
    "instead", "as well", "too", "thank you very much", "if that's okay", "right now",
)  # fmt: skip
REQUESTS = (
    "i would like to", "i'd like to", "i want to", "i need to", "can i", "could i", "may i",
    "can you", "could you", "would you", "can you please", "could you please", "please",
    "i'm calling to", "i am calling to", "i was hoping to", "i have to", "is it possible to",
    "help me", "let me", "i wanted to", "we would like to", "we need to", "i'm looking to",
    "we'd like to", "i was wondering if i could", "i'd love to", "i am trying to",
    "could somebody", "could someone", "can someone", "i want you to", "would it be possible to",
    "is there any way to", "i wish to",
)  # fmt: skip
SENTENCES = (
    "my name is {name}", "the name is {name}", "it's {name}", "this is {name}", "i am {name}",
    "under the name {name}", "under the name of {name}", "for {name}", "under {name}",
    "this is {name} speaking", "{name}", "the last name is {surname}", "for doctor {surname}",
    "can i speak to {name}", "with doctor {surname}", "tell {name} that", "mister {surname}",
    "it's for {name}", "the booking is under {surname}", "a message for {name}",
    "my number is {code}", "the number is {code}", "it's {code}", "it is {code}", "{code}",
    "the code is {code}", "the reference is {code}", "my reference number is {code}",
    "reference {code}", "number {code}", "the order number is {code}", "order {code}",
    "order number {code}", "my account number is {code}", "my phone number is {digits}",
    "you can reach me on {digits}", "my booking reference is {code}", "booking {code}",
    "the confirmation code is {code}", "that's {code}", "that is {code}", "room {digits}",
    "my order is {code}", "the id is {code}", "my zip code is {digits}",
    "the last four are {code}", "where is my order", "where is my order {code}",
    "where's my package", "has it arrived yet", "what is the status of my order",
    "what's the status of order {code}", "track my order", "on {date}", "for {date}", "{date}",
    "{date} at {time}", "on {date} at {time}", "at {time}", "for {date} at {time}",
    "make it {date}", "make that {date}", "make it {time}", "{time}", "make that {time}",
    "can we do {date}", "how about {date}", "how about {time}", "around {time}",
    "is {date} available", "do you have anything on {date}", "is {time} free", "from {date}",
    "until {date}", "from {date} to {date}", "let's say {date}", "let's do {time}", "by {date}",
    "no i meant {date}", "sorry i meant {date}", "i meant {time}", "i said {date}", "no {date}",
    "no make it {date}", "not {date} but {date}", "not {date} {date}", "on {date} instead",
    "{date} would be great", "{time} works for me", "{date} is fine", "before {time}",
    "after {time}", "between {time} and {time}", "{date} in the morning", "in the afternoon",
    "move it to {date}", "change it to {date}", "to {date} at {time}", "starting at {time}",
    "a table for {count}", "for {count} people", "for {count}", "there will be {count} of us",
    "party of {count}", "for {count} nights", "{count} nights", "{count} tickets",
    "{count} adults", "{count} of them", "i need {count}", "i'd like {count}", "i'll take {count}",
    "{number}", "just {count}", "{count} please", "{number} percent", "for {count} hours",
    "{count} days", "a refund of {money}", "it was {money}", "it cost {money}", "{money}",
    "pay {money}", "send {money} to {name}", "transfer {money}", "my budget is {money}",
    "the amount is {money}", "book a room", "book a table", "book an appointment",
    "make an appointment", "order a taxi", "make a reservation", "cancel my booking",
    "cancel my appointment", "cancel my reservation", "cancel it", "cancel that",
    "change my booking", "change my appointment", "move my appointment",
    "reschedule my appointment", "check my order", "return an item", "get a refund",
    "place an order", "schedule a delivery", "leave a message", "take a message",
    "speak to someone", "speak to a person", "talk to someone in {place}",
    "put me through to {place}", "transfer me to {place}", "connect me with {place}",
    "speak to {place}", "send me an email", "send me a text", "send me a confirmation",
    "call me back", "give me a call", "wake me up at {time}", "book a call for {date}",
    "set a reminder for {time}", "check the weather", "turn on the lights",
    "what time do you open", "what time do you close", "when do you open on {weekday}",
    "are you open on {weekday}", "what are your opening hours", "what are your hours on {weekday}",
    "how much does it cost", "how much is it", "how much is a {thing}",
    "what is the price of that", "do you have a {thing}", "do you have any {thing}s",
    "is there a {thing}", "where is the {thing}", "where are you located", "what's your address",
    "is breakfast included", "can i bring my dog", "what do you have available",
    "do you have free parking", "what's the wifi password", "i have a question about my bill",
    "i have a problem with my order", "it doesn't work", "the {thing} is broken",
    "i lost my {thing}", "i forgot my {thing}", "it never arrived", "i would like a {thing}",
    "can i have a {thing}", "can i get a {thing}", "we need more {thing}s",
    "could i get some {thing}s", "send a {thing} to my room", "to room {digits}", "yes",
    "yes please", "yes that's right", "yes that's correct", "yes that would be great", "no",
    "no thanks", "no thank you", "no that's all", "that's all", "that's all thank you",
    "that's it", "that's everything", "nothing else", "not really", "okay great", "okay thank you",
    "sounds good", "perfect thank you", "great thanks", "thanks", "thank you",
    "thank you very much", "thanks very much", "thank you so much", "thanks a lot",
    "thanks for your help", "bye", "goodbye", "bye bye", "have a nice day", "thanks bye",
    "thank you goodbye", "see you then", "hello", "hi", "is anybody there", "can you hear me",
    "are you still there", "i'm fine", "how are you", "what can you do", "could you repeat that",
    "can you say that again", "pardon", "sorry what was that", "wait", "wait a moment", "hold on",
    "one moment", "just a second", "no wait", "no that's wrong", "that's not right",
    "that is not what i said", "stop", "never mind", "forget it", "i changed my mind",
    "let me think", "i don't know", "i'm not sure", "go ahead", "the first one", "the second one",
    "the other one", "the same as last time", "whatever you have", "is that okay", "is that right",
    "is that all", "what else do you need", "you're welcome",
    "my email is {name} at {thing} dot com", "that the {thing} will be late", "i'm running late",
    "i will be {count} minutes late", "it's about my {thing}", "it's for my {thing}",
    "it's urgent", "we'd like a {thing}", "i'd like a {thing}", "i would like {count} {thing}s",
    "we'd like a table for {count}", "dinner for {count}", "lunch for {count}",
    "a room for {count}", "dinner for {count} on {date}", "a table for {count} at {time}",
    "{count} extra {thing}s", "bring {count} {thing}s", "could somebody bring a {thing}",
    "could someone send up {count} {thing}s", "can i get another one", "can i get another {thing}",
    "i'm in room {digits}", "in room {digits}", "i am staying in room {digits}",
    "room number {digits}", "my room number is {digits}", "wake me at {time}",
    "a wake up call at {time}", "set an alarm for {time}",
    "i need a taxi to the {thing} at {time}", "call me a taxi", "a cab to the {thing}",
    "can you tell {name} that i will be late", "please tell {place} that the {thing} is ready",
    "let {name} know that i called", "my {thing} is broken", "my {thing} is leaking",
    "my {thing} doesn't work", "there is no {thing} in my room", "i can't find my {thing}",
    "i have a reservation", "i have a booking", "i have a reservation under {name}",
    "can you look up my reservation", "can you look up my order", "can you check my booking",
    "could you check on order {code}", "the confirmation number is {code}",
    "what is the weather like today", "that's wonderful", "that's great", "that is perfect",
    "lovely", "i was told to call you", "i called earlier", "i'm calling about my {thing}",
    "i'm calling about order {code}", "do you know when it will arrive",
    "when will it be delivered", "how long will it take", "how long does it take",
    "is it ready yet", "can you confirm that", "could you confirm the time",
    "so that's {date} at {time}", "and the time is {time}", "and the name is {name}",
    "and my number is {digits}", "i'd prefer {date}", "i'd rather have {time}",
    "{date} doesn't work for me", "can we make it {time} instead", "could you change it to {date}",
    "i need to move it to {date}", "hang on it's {code}", "let me check it's {code}",
    "no it's {code}", "no that's {code}", "no {code}", "not {code} {code}", "sorry that's {code}",
    "i meant {code}", "that should be {time}", "sorry i said {name}", "do you take credit cards",
    "can i pay by card", "can i get a receipt", "is there anything available on {date}",
    "who am i speaking to", "can i talk to a human", "speak to a real person",
    "i want to complain about my {thing}", "it's {count} people now", "make it {count} people",
    "there are {count} of us now", "when are you open", "when are you open on {weekday}",
    "what are the opening hours", "what are the opening hours on {weekday}",
    "what are your opening hours on {weekday}", "{date} no {date}", "{time} no {time}",
    "{code} no {code}", "{count} no {count}", "order {code} no {code}", "{date} sorry {date}",
    "the {thing} no the {thing}", "good thank you", "good thanks", "okay thanks",
    "great thank you", "check order {code}", "please check order {code}", "cancel order {code}",
    "where is order {code}", "return order {code}", "change order {code}",
    "a refund of {money} on order {code}", "refund {money} on order {code}", "hello how are you",
    "hello how are you today", "good morning how are you",
    "a table for {count} on {date} at {time}", "a table for {count} {date} at {time}",
    "book a table for {count}",
)  # fmt: skip

FIRST_NAMES = (
    "james", "mary", "john", "patricia", "robert", "jennifer", "michael", "linda", "william",
    "elizabeth", "david", "barbara", "richard", "susan", "joseph", "jessica", "thomas", "sarah",
    "charles", "karen", "christopher", "lisa", "daniel", "nancy", "matthew", "betty", "anthony",
    "margaret", "mark", "sandra", "paul", "emily", "andrew", "anna", "joshua", "emma", "kevin",
    "amanda", "brian", "laura", "george", "rebecca", "edward", "helen", "ronald", "amy", "jason",
    "rachel", "jeff", "maria", "ryan", "kate", "jacob", "julia", "gary", "alice", "eric", "grace",
    "peter", "sophie", "simon", "olivia", "adam", "lucy", "henry", "martin", "frank", "ben", "sam",
    "tom", "alex", "chris", "jack", "jane", "jordan", "max", "carlos", "luis", "ahmed", "ali",
    "priya", "ravi", "mei", "chen", "ivan", "olga", "nina", "eva", "leo", "hugo", "oscar",
    "victor", "diana", "clara",
)  # fmt: skip
SURNAMES = (
    "smith", "johnson", "williams", "brown", "jones", "garcia", "miller", "davis", "rodriguez",
    "martinez", "hernandez", "lopez", "wilson", "anderson", "thomas", "taylor", "moore", "jackson",
    "martin", "lee", "perez", "thompson", "white", "harris", "clark", "lewis", "robinson",
    "walker", "young", "allen", "king", "wright", "scott", "torres", "nguyen", "hill", "flores",
    "green", "adams", "nelson", "baker", "hall", "rivera", "campbell", "mitchell", "carter",
    "roberts", "phillips", "evans", "turner", "parker", "collins", "edwards", "stewart", "morris",
    "murphy", "cook", "rogers", "morgan", "cooper", "peterson", "bailey", "reed", "kelly",
    "howard", "kim", "cox", "ward", "richardson", "watson", "brooks", "wood", "bennett", "gray",
    "hughes", "price", "sanders", "patel", "myers", "long", "ross", "foster", "powell", "jenkins",
    "perry", "russell", "sullivan", "bell", "coleman", "butler", "henderson", "barnes", "fisher",
    "simmons", "graham", "jordan", "reynolds", "hamilton", "wallace", "chen", "wang", "singh",
    "khan", "ali", "cohen", "schmidt", "weber", "silva", "santos", "rossi", "murray", "shaw",
    "grant", "hunt", "stone", "fox",
)  # fmt: skip
_PLACES = (
    "sales", "support", "billing", "reception", "the front desk", "the manager", "a manager",
    "accounts", "customer service", "technical support", "housekeeping", "the kitchen",
    "human resources", "an agent", "the billing department", "the sales department", "a doctor",
    "a nurse", "room service", "security",
)  # fmt: skip
_THINGS = (
    "room", "table", "ticket", "towel", "pillow", "key", "card", "phone", "bag", "taxi", "car",
    "coffee", "tea", "water", "menu", "pool", "gym", "restaurant", "doctor", "delivery", "package",
    "parcel", "order", "booking", "appointment", "reservation", "meeting", "bill", "invoice",
    "payment", "refund", "password", "account", "address", "haircut", "cleaning", "checkup",
    "massage", "pizza", "salad", "sandwich", "breakfast", "lunch", "dinner", "blanket", "lamp",
    "heater", "shower", "window", "door", "discount", "voucher", "passport", "driver", "train",
    "flight", "airport", "station", "shuttle", "suitcase", "luggage", "bed", "sink", "toilet",
    "iron", "hairdryer", "remote", "television", "light", "kettle", "fridge", "alarm", "suite",
    "visit", "consultation", "receipt", "statement", "charger", "laptop", "printer", "cable",
    "shoe", "shirt", "jacket", "dress", "chair", "desk", "book", "cake", "flower", "glass",
    "bottle", "wine", "burger", "soup",
)  # fmt: skip


def fill(template: Sequence[str], random: Random) -> list[str]:
    """A template's words with each slot, such as {date}, replaced by spoken words."""
    words: list[str] = []
    for word in template:
        words.extend(_fill_slot(word[1:-1], random) if word.startswith("{") else [word])
    return words


def split(template: str) -> tuple[str, ...]:
    """A template's words; `{thing}s` keeps its slot and its ending apart."""
    return tuple(template.replace("{thing}s", "{things}").split())


def _fill_slot(slot: str, random: Random) -> list[str]:
    name, _, detail = slot.partition(":")
    if name == "pattern":
        return _patterned(detail, random)
    return _SLOTS[name](random).split()


def _patterned(pattern: str, random: Random) -> list[str]:
    """A code of the given regular expression, spelled out; any code when it cannot be drawn."""
    codes = sample_codes(pattern, 1, random)
    return _colloquial(spelled(codes[0]), random) if codes else _code(random).split()


def _colloquial(symbols: Sequence[str], random: Random) -> list[str]:
    """Zero is often "oh", and a pair of equals is often "double"."""
    said: list[str] = []
    at = 0
    while at < len(symbols):
        symbol = symbols[at]
        pair = at + 1 < len(symbols) and symbols[at + 1] == symbol
        said_double = pair and random.random() < 0.5
        said.extend(["double"] if said_double else [])
        said.append("oh" if symbol == "zero" and random.random() < 0.5 else symbol)
        at += 2 if said_double else 1
    return said


def _digits(random: Random) -> str:
    count = random.choice((3, 4, 4, 4, 5, 6, 7))
    return " ".join(_colloquial([random.choice(ONES[:10]) for _ in range(count)], random))


def _code(random: Random) -> str:
    letters = random.choice((0, 0, 1, 2, 2, 3))
    head = [random.choice(LETTERS) for _ in range(letters)]
    tail = [random.choice(ONES[:10]) for _ in range(random.choice((2, 3, 4, 4, 5)))]
    return " ".join(_colloquial(head + tail, random))


def _date(random: Random) -> str:
    day = " ".join(ordinal(random.randint(1, 31)))
    month = random.choice(MONTHS)
    weekday = random.choice(WEEKDAYS)
    return random.choice(
        (
            f"the {day} of {month}", f"the {day} of {month}", f"{month} the {day}",
            f"{month} {day}", f"the {day}", weekday, f"next {weekday}", f"this {weekday}",
            f"{weekday} the {day}", f"{weekday} the {day} of {month}", f"{day} of {month}",
            f"{weekday} {month} {day}", f"{weekday} {day} {month}", "today", "tomorrow",
            "the day after tomorrow", "tonight", "next week", "this weekend",
        )
    )  # fmt: skip


def _time(random: Random) -> str:
    hour = ONES[random.randint(1, 12)]
    minute = random.choice(("fifteen", "thirty", "forty five", "twenty", "oh five", "ten", "fifty"))
    return random.choice(
        (
            hour, f"{hour} o'clock", f"half past {hour}", f"quarter past {hour}",
            f"quarter to {hour}", f"a quarter past {hour}", f"a quarter to {hour}",
            f"{hour} {minute}", f"{hour} {minute}", f"{hour} {minute}", f"{hour} p m",
            f"{hour} a m", f"{hour} {minute} p m", f"{hour} {minute} a m",
            f"{hour} in the morning", f"{hour} in the afternoon", f"{hour} in the evening",
            f"{hour} thirty in the morning", f"ten past {hour}", f"twenty to {hour}", "noon",
            "midday", "midnight",
        )
    )  # fmt: skip


def _money(random: Random) -> str:
    amount = " ".join(cardinal(random.choice((5, 10, 12, 20, 25, 40, 50, 75, 99, 100, 150, 250))))
    cents = random.choice(("fifty", "ninety nine", "twenty five", "ninety five"))
    unit = random.choice(("dollars", "pounds", "euros"))
    return random.choice((f"{amount} {unit}", f"{amount} {unit} {cents}", f"{amount} {unit}"))


def _name(random: Random) -> str:
    first, last = random.choice(FIRST_NAMES), random.choice(SURNAMES)
    return random.choice((f"{first} {last}", f"{first} {last}", first, last))


_SLOTS: Mapping[str, Callable[[Random], str]] = {
    "code": _code,
    "digits": _digits,
    "date": _date,
    "time": _time,
    "weekday": lambda random: random.choice(WEEKDAYS),
    "money": _money,
    "name": _name,
    "surname": lambda random: random.choice(SURNAMES),
    "count": lambda random: ONES[random.randint(1, 12)],
    "number": lambda random: " ".join(cardinal(random.randint(1, 120))),
    "place": lambda random: random.choice(_PLACES),
    "thing": lambda random: random.choice(_THINGS),
    "things": lambda random: random.choice(_THINGS) + "s",
}
