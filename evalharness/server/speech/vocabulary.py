"""What a session leads one to expect in speech: phrases from its tools, texts and hints."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from typing import Any

from evalharness.server.speech.phrasebook import CLOSERS, OPENERS, REQUESTS, SENTENCES, fill, split
from evalharness.server.speech.spoken import sentences_of, spelled, terms_of, words_of
from evalharness.server.speech.tools import Kind, Parameter, Tool, tools_of

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What may be said to have one tool called.

    `acts` end "I would like to ..." ("book a table"); `details` say one thing about it ("for
    {date}") and may follow an act or stand alone. Words in braces are slots of the phrase book.
    """

    acts: tuple[Phrase, ...]
    details: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Phrases to listen for: requests for tools, and running text and terms."""

    requests: tuple[Request, ...] = ()
    texts: tuple[Phrase, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.requests or self.texts)

    @property
    def key(self) -> str:
        """The same for the same phrases, in every process."""
        return hashlib.sha256(repr((self.requests, self.texts)).encode()).hexdigest()


def of_the_model(session: Mapping[str, Any]) -> Vocabulary:
    """What the model itself may expect: its tools and its instructions."""
    tools = tools_of(session)
    instructions = session.get("instructions") or ""
    texts = [*sentences_of(instructions), *_framed(terms_of(instructions))]
    texts += [sentence for tool in tools for sentence in _descriptions(tool)]
    return Vocabulary(requests=tuple(_request(tool) for tool in tools), texts=_unique(texts))


def of_the_transcriber(session: Mapping[str, Any]) -> Vocabulary:
    """What the transcription beside the model may expect: its own prompt and keywords."""
    settings = _transcription(session)
    prompt = settings.get("prompt") or ""
    keywords = [words_of(keyword) for keyword in settings.get("keywords") or ()]
    return Vocabulary(
        texts=_unique([*sentences_of(prompt), *_framed([*terms_of(prompt), *keywords])])
    )


def sentences(vocabulary: Vocabulary, count: int = 12_000, seed: int = 0) -> list[list[str]]:
    """Sample sentences for the language model; the same for the same arguments.

    A half is everyday talk; the rest is shared by what the vocabulary has.
    """
    random = Random(seed)  # noqa: S311 - sampling, not secrecy
    everyday = [split(sentence) for sentence in SENTENCES]
    parts = [(everyday, count // 2)]
    if vocabulary.texts:
        parts.append((list(vocabulary.texts), count // 6))
    made = [
        [*_maybe(OPENERS, random, 0.3), *fill(phrase, random), *_maybe(CLOSERS, random, 0.1)]
        for phrases, share in parts
        for phrase in islice(cycle(phrases), max(share, len(phrases)))
    ]
    if vocabulary.requests:
        turns = islice(cycle(vocabulary.requests), count // 2)
        made.extend(_ask(request, random) for request in turns)
    return made


def _ask(request: Request, random: Random) -> list[str]:
    """An act with some details, or details alone, as an answer to a question would be."""
    words = list(_maybe(OPENERS, random, 0.3))
    with_act = random.random() < 0.6 or not request.details
    if with_act:
        words += [*_maybe(REQUESTS, random, 0.8), *fill(random.choice(request.acts), random)]
    wanted = random.choice((0, 1, 1, 2, 3)) if with_act else random.choice((1, 1, 2))
    for detail in random.sample(request.details, min(wanted, len(request.details))):
        words += fill(detail, random)
    return [*words, *_maybe(CLOSERS, random, 0.1)]


_TERM_FRAMES = ("", "a", "the", "for", "with", "i'd like a", "my")


def _framed(terms: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Terms as callers put them into a sentence."""
    for term in terms:
        yield from ((*frame.split(), *term) for frame in _TERM_FRAMES if term)


def _maybe(choices: Sequence[str], random: Random, chance: float) -> list[str]:
    return random.choice(choices).split() if random.random() < chance else []


def _request(tool: Tool) -> Request:
    return Request(
        acts=_unique(_acts(tool)),
        details=_unique(detail for p in tool.parameters for detail in _details(p)),
    )


def _acts(tool: Tool) -> Iterator[Sequence[str]]:
    """A tool's name and description as the end of "I would like to ..."."""
    verb, *rest = tool.words or ("",)
    yield tool.words
    if rest:
        for article in ("a", "an", "my", "the", "our"):
            yield [verb, article, *rest]
    if tool.description:
        yield tool.description
        yield ["my" if word in {"a", "an", "the"} else word for word in tool.description]


def _descriptions(tool: Tool) -> Iterator[Sequence[str]]:
    yield from tool.sentences
    for parameter in tool.parameters:
        yield from sentences_of(parameter.description)


_FRAMES: Mapping[Kind, tuple[str, ...]] = {
    Kind.DATE: ("{date}", "on {date}", "for {date}", "on {date}"),
    Kind.TIME: ("{time}", "at {time}", "at {time}", "for {time}"),
    Kind.DATE_TIME: ("on {date} at {time}", "{date} at {time}", "at {time} on {date}"),
    Kind.MONEY: ("{money}", "for {money}", "of {money}"),
    Kind.NUMBER: ("{count}", "for {count}", "for {count} people"),
    Kind.NAME: ("for {name}", "under {name}", "my name is {name}", "the name is {name}",
                "under the name {name}", "under the name of {name}", "it's {name}"),
    Kind.EMAIL: ("my email is {name} at {thing} dot com",),
    Kind.CODE: (),
    Kind.CHOICE: (),
    Kind.FLAG: (),
    Kind.TEXT: (),
}  # fmt: skip
_CODE_FRAMES = ("{}", "number {}", "it's {}", "it is {}", "the number is {}", "for {}", "with {}")
_NAMED_CODE_FRAMES = (
    "{} {}", "{} number {}", "my {} is {}", "my {} number is {}", "the {} is {}",
    "the {} number is {}", "for {} {}", "for {} number {}", "with {} {}",
)  # fmt: skip
_CHOICE_FRAMES = (
    "{}", "{}", "a {}", "the {}", "for {}", "for a {}", "with {}", "to {}", "a {} please", "in {}",
    "it's for {}", "the {} one", "i'd like {}", "make it {}", "speak to {}",
)  # fmt: skip
_GENERIC_CODE_WORDS = frozenset({"id", "number", "code"})


def _details(parameter: Parameter) -> Iterator[Sequence[str]]:
    """Phrases that give a parameter its value."""
    name = " ".join(parameter.words)
    match parameter.kind:
        case Kind.CHOICE:
            for choice in parameter.choices:
                said = " ".join(_choice_words(choice))
                yield from (frame.format(said).split() for frame in _CHOICE_FRAMES)
        case Kind.CODE:
            yield from _code_details(parameter)
        case Kind.NUMBER:
            yield from (split(f"{{count}} {unit}") for unit in parameter.words)
        case Kind.FLAG | Kind.TEXT:
            yield from ((*frame.split(), *parameter.words) for frame in ("", "with", "the"))
    yield from (split(frame) for frame in _FRAMES[parameter.kind])
    for example in parameter.examples:
        yield spelled(example) if parameter.kind is Kind.CODE else words_of(example)
    yield from (split(f"{article} {name}") for article in ("the", "my"))


def _choice_words(choice: object) -> list[str]:
    return words_of(str(choice))


def _code_details(parameter: Parameter) -> Iterator[Sequence[str]]:
    slot = f"{{pattern:{parameter.pattern}}}" if parameter.pattern else "{code}"
    if " " in slot:  # a slot is one word
        slot = "{code}"
    yield from (frame.format(slot).split() for frame in _CODE_FRAMES)
    stem = " ".join(word for word in parameter.words if word not in _GENERIC_CODE_WORDS)
    if stem:
        yield from (frame.format(stem, slot).split() for frame in _NAMED_CODE_FRAMES)


def _transcription(session: Mapping[str, Any]) -> Mapping[str, Any]:
    audio = session.get("audio") or {}
    return (audio.get("input") or {}).get("transcription") or {}


def _unique(phrases: Iterable[Sequence[str]]) -> tuple[Phrase, ...]:
    return tuple(dict.fromkeys(tuple(phrase) for phrase in phrases if phrase))
