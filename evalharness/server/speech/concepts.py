"""Which words mean the same for choosing a tool: stems, a few synonyms, words of no weight."""

from __future__ import annotations

from functools import cache

FUNCTION_WORDS = frozenset((
    "a", "an", "the", "this", "that", "these", "those", "i", "i'm", "i'd", "i'll", "i've", "me",
    "my", "mine", "you", "your", "we", "we're", "our", "us", "he", "she", "it", "it's", "its",
    "they", "them", "their", "is", "am", "are", "was", "were", "be", "been", "being", "do", "does",
    "did", "done", "have", "has", "had", "can", "could", "would", "will", "shall", "should", "may",
    "might", "must", "to", "of", "in", "on", "at", "by", "for", "with", "from", "under", "about",
    "as", "into", "and", "or", "but", "if", "then", "than", "so", "not", "no", "yes", "what",
    "when", "where", "which", "who", "how", "there", "here", "some", "any", "all", "just", "also",
    "too", "very", "really", "please", "like", "want", "need", "going", "get", "got", "let's",
    "let", "one's", "by's", "up", "out", "off", "over", "again", "s", "t", "d", "ll", "re", "ve",
    "m",
))  # fmt: skip
FILLERS = frozenset((
    "um", "uh", "er", "hi", "hello", "hey", "okay", "ok", "well", "oh", "please", "thanks",
    "thank", "you", "yes", "yeah", "yep", "no", "nope", "sorry", "actually", "so", "and", "great",
    "perfect", "right", "sure", "alright", "rather", "instead", "maybe", "just", "it's", "it",
    "is", "that's", "that", "would", "be", "meant", "i", "mean", "make",
))  # fmt: skip
_SYNONYMS: dict[str, str] = {
    word: concept
    for concept, words in {
        "create": "book schedule reserve arrange create make add new register place set",
        "reservation": "booking bookings appointment appointments reservation reservations visit",
        "cancel": "cancel cancels cancelled canceled cancellation delete remove drop",
        "change": "change reschedule move modify update switch amend edit postpone rebook",
        "find": "find lookup look check search show give fetch retrieve query see know",
        "order": "order orders package packages parcel parcels delivery shipment purchase",
        "status": "status track tracking arrived arrive shipped whereabouts",
        "connect": "transfer connect speak talk forward route",
        "price": "price prices cost costs rate rates fee fees charge quote",
        "hours": "hours open opening close closing closed opens closes",
        "refund": "refund refunds reimburse reimbursement",
        "available": "available availability vacancy vacancies openings",
        "message": "message messages tell note notes memo",
        "taxi": "taxi cab taxis cabs",
        "human": "human agent person operator representative someone somebody",
        "phone": "phone telephone mobile cell",
        "email": "email mail e-mail",
    }.items()
    for word in words.split()
}
# What is done to a thing. Two tools for one thing differ by these.
ACTIONS = frozenset({"create", "cancel", "change", "connect", "send", "return", "refund"})
_PHRASES = (
    ("am calling", ""), ("i'm calling", ""), ("was calling", ""), ("tell me", "find"),
    ("put me through", "connect me"), ("put through", "connect"), ("how much", "price"),
    ("call off", "cancel"), ("set up", "create"), ("look up", "find"), ("where is", "status"),
    ("where's", "status"), ("push back", "change"), ("money back", "refund"),
    ("get rid of", "cancel"), ("sign up", "register"),
    ("what time do you open", "hours"), ("when do you", "hours"),
)  # fmt: skip
_ENDINGS = ("ings", "ing", "ies", "ed", "es", "s", "er", "ers")
_SHORTEST_STEM = 3


@cache
def stem(word: str) -> str:
    """A word less its ending: "cleanings" and "cleaned" → "clean"."""
    for ending in _ENDINGS:
        root = word.removesuffix(ending)
        if root != word and len(root) >= _SHORTEST_STEM:
            if ending == "ies":
                return root + "y"
            if root[-1] == root[-2] and root[-1] not in "ls":
                return root[:-1]  # planning → plan
            return root.removesuffix("e") if len(root) > _SHORTEST_STEM else root
    return word.removesuffix("e") if len(word) > _SHORTEST_STEM + 1 else word


def concept(word: str) -> str:
    """What a word stands for when tools are compared."""
    return _SYNONYMS.get(word) or stem(word)


def concepts_in(tokens: list[str]) -> list[str]:
    """The concepts of an utterance, in order, without function words."""
    text = f" {' '.join(tokens)} "
    for said, meant in _PHRASES:
        text = text.replace(f" {said} ", f" {meant} ")
    return [concept(word) for word in text.split() if word not in FUNCTION_WORDS]
