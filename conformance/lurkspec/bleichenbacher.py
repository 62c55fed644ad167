"""An adaptive search for a padding oracle, as ROBOT's scanner does it: can answers to good and bad
ciphertexts be told apart, and if so, is that enough to decrypt (Bleichenbacher, CRYPTO 1998; RFC 5246
§7.4.7.1)."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .codecs import pkcs1

# All that a client can tell of the answers to a ciphertext; it may ask more than once.
Oracle = Callable[[bytes], Hashable]

# Rows of the catalogue whose ciphertexts are not padded by PKCS #1; all others are.
_ILL_PADDED = ("BL-01", "BL-02", "BL-03", "BL-04")
# A step needs some five questions a bit; an oracle that needs this many is none.
_MOST_QUESTIONS_PER_BIT = 40


@dataclass
class Finding:
    """`classes`: labels of the ciphertexts by what was told of them. `bits`: how much of a known plaintext
    the answers gave away, of `all_bits`."""

    classes: dict[Hashable, list[str]] = field(default_factory=dict)
    questions: int = 0
    bits: int = 0
    all_bits: int = 0

    @property
    def summary(self) -> str:
        text = f"{len(self.classes)} classes in {self.questions} questions"
        if self.bits:
            text += f", {self.bits} of {self.all_bits} bits of a ciphertext decrypted"
        parts = [f"{labels[0]} ({len(labels)})" for labels in self.classes.values()]
        return f"{text}: {', '.join(parts)}"


def search(
    oracle: Oracle,
    key: RSAPublicKey,
    samples: Mapping[str, bytes],
    rng: random.Random,
    *,
    multiples: int,
    bits: int,
) -> Finding:
    """Ask for the labelled samples and for `multiples` of a good ciphertext; where padding shows, decrypt
    `bits` of it."""
    finding = Finding(all_bits=8 * (pkcs1.modulus_length(key) - 2))

    def ask(ciphertext: bytes) -> Hashable:
        finding.questions += 1
        return oracle(ciphertext)

    block = pkcs1.block(key, pkcs1.premaster(rng), rng)
    attack = _Attack(key, int.from_bytes(block, "big"))
    for label, ciphertext in [*samples.items(), ("good", attack.multiple(1))]:
        finding.classes.setdefault(ask(ciphertext), []).append(label)
    for _ in range(multiples):
        ciphertext = attack.multiple(rng.randrange(2, attack.n))
        finding.classes.setdefault(ask(ciphertext), []).append("multiple")
    padded = [outcome for outcome, labels in finding.classes.items() if _is_well_padded(labels)]
    limit = finding.questions + bits * _MOST_QUESTIONS_PER_BIT

    def is_padded(s: int) -> bool:
        if finding.questions >= limit:
            raise _Exhausted
        return ask(attack.multiple(s)) in padded

    try:
        finding.bits = attack.decrypt(is_padded, bits) if len(finding.classes) > 1 else 0
    except _Exhausted:
        pass
    return finding


class _Exhausted(Exception):
    """The oracle does not tell enough to go on."""


def _is_well_padded(labels: list[str]) -> bool:
    return "good" in labels and not any(label.startswith(_ILL_PADDED) for label in labels)


class _Attack:
    """Intervals that hold the plaintext get narrower with each multiplier that leaves the padding good."""

    def __init__(self, key: RSAPublicKey, plaintext: int):
        public = key.public_numbers()
        self.n, self.e, self.length = public.n, public.e, pkcs1.modulus_length(key)
        self.plaintext = plaintext
        self.ciphertext = pow(plaintext, self.e, self.n)
        self.b = 1 << 8 * (self.length - 2)

    def multiple(self, s: int) -> bytes:
        return (self.ciphertext * pow(s, self.e, self.n) % self.n).to_bytes(self.length, "big")

    def decrypt(self, is_padded: Callable[[int], bool], bits: int) -> int:
        """Bits of the plaintext that the oracle gave away, none when it misled."""
        intervals = [(2 * self.b, 3 * self.b - 1)]
        s = self._confirmed(-(-self.n // (3 * self.b)), is_padded)
        while s is not None:
            intervals = self._narrowed(intervals, s)
            if not any(low <= self.plaintext <= high for low, high in intervals):
                return 0
            gained = self.b.bit_length() - sum(high - low + 1 for low, high in intervals).bit_length()
            if gained >= min(bits, self.b.bit_length() - 1):
                return gained
            if len(intervals) > 1:
                s = self._confirmed(s + 1, is_padded)
            else:
                s = next(m for m in self._candidates(*intervals[0], s) if is_padded(m))
        return 0

    def _confirmed(self, start: int, is_padded: Callable[[int], bool]) -> int | None:
        s = self._foretold(start)
        return s if is_padded(s) else None

    def _foretold(self, start: int) -> int:
        """The one short cut: what costs an attacker some 2^17 questions, and rarely comes again, is computed
        from the plaintext; the oracle must then agree."""
        s, product = start, start * self.plaintext % self.n
        while product // self.b != 2 or not _is_padded(product.to_bytes(self.length, "big")):
            s, product = s + 1, (product + self.plaintext) % self.n
        return s

    def _candidates(self, low: int, high: int, s: int) -> Iterator[int]:
        """Step 2c: multipliers that halve the one interval that is left."""
        r = -(-2 * (high * s - 2 * self.b) // self.n)
        while True:
            yield from range(
                -(-(2 * self.b + r * self.n) // high), (3 * self.b - 1 + r * self.n) // low + 1
            )
            r += 1

    def _narrowed(self, intervals: list[tuple[int, int]], s: int) -> list[tuple[int, int]]:
        """Step 3."""
        found = set()
        for low, high in intervals:
            first = -(-(low * s - 3 * self.b + 1) // self.n)
            for r in range(first, (high * s - 2 * self.b) // self.n + 1):
                start = max(low, -(-(2 * self.b + r * self.n) // s))
                end = min(high, (3 * self.b - 1 + r * self.n) // s)
                if start <= end:
                    found.add((start, end))
        return sorted(found)


def _is_padded(block: bytes) -> bool:
    return block[:2] == b"\0\2" and 0 not in block[2:10] and 0 in block[10:]
