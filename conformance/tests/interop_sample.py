"""A run of interop as one could be: every outcome, several reasons, measures, logs; and a hostile one."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from lurkspec.interop.results import (
    Canary,
    Cell,
    ImplementationInfo,
    LogFile,
    Outcome,
    Results,
    Role,
    ScenarioInfo,
)

SCENARIOS = (
    ("tls12-ecdhe-ecdsa", "TLS 1.2 ECDHE-ECDSA"),
    ("tls12-ecdhe-rsa", "TLS 1.2 ECDHE-RSA"),
    ("tls12-rsa", "TLS 1.2 static RSA"),
    ("tls12-no-ems", "TLS 1.2 static RSA, not extended"),
    ("tls12-resumption", "TLS 1.2 resumption"),
    ("tls13-rsa-pss", "TLS 1.3 RSA-PSS"),
    ("tls13-ecdsa", "TLS 1.3 ECDSA"),
    ("tls13-ed25519", "TLS 1.3 Ed25519"),
    ("tls13-hrr", "TLS 1.3 HelloRetryRequest"),
    ("client-auth", "client authentication"),
    ("large-chain", "large certificate chain"),
    ("two-keys", "two names on two key servers"),
    ("fail-over", "key server fail-over"),
    ("slow", "slow key server, 100 ms"),
    ("revoked", "key revoked while connected"),
    ("deploy-cdn", "delegated CDN through a proxying key server"),
)
KEYSERVERS = ("ks-openssl", "ks-gnutls", "ks-boringssl", "ks-example")
EDGES = ("edge-openssl", "edge-gnutls", "edge-boringssl", "nginx")
CLIENTS = ("s_client", "gnutls-cli", "curl", "tstclnt")
OVER = ("ski-json", "ski-cbor", "lurk")


def _cell(out: Path, scenario: str, keyserver: str, edge: str, client: str, over: str) -> Cell:
    outcome, by, reason = Outcome.PASS, "lurkspec", ""
    if over == "lurk" and edge == "edge-boringssl" and scenario.startswith("tls12-rsa"):
        outcome, by = Outcome.UNSUPPORTED, edge
        reason = "BoringSSL takes no master secret from outside"
    elif over == "lurk" and scenario.startswith("tls13"):
        outcome, by, reason = Outcome.UNSUPPORTED, edge, "tls12 has no exchange for TLS 1.3"
    elif client == "tstclnt" and scenario == "tls13-ed25519":
        outcome, by, reason = Outcome.UNSUPPORTED, client, "NSS has no Ed25519 in TLS"
    elif (keyserver, edge, scenario) == ("ks-example", "edge-gnutls", "fail-over"):
        outcome, reason = Outcome.FAIL, "the page came from key server 1, which was stopped: 200 OK"
    elif (keyserver, edge, scenario, client) == ("ks-gnutls", "nginx", "deploy-cdn", "gnutls-cli"):
        outcome, reason = Outcome.ERROR, "the laboratory has no network namespaces"
    folder = f"{keyserver}/{edge}/{over}/{scenario}/{client}"
    (out / folder).mkdir(parents=True, exist_ok=True)
    files = []
    for party in ("client", "edge", "keyserver"):
        (out / folder / f"{party}.txt").write_text(
            f"{party}: {scenario}\n" + "a line of a log, long enough to be one\n" * 8, "utf-8"
        )
        files.append(LogFile(party, f"{folder}/{party}.txt"))
    measures = {"round_trips": 1.0 if over == "lurk" else 2.0, "handshake_ms": 4.0 + len(scenario) / 7}
    name = f"{scenario}.{over}.{keyserver}.{edge}.{client}"
    replay = (f"lurkspec interop --only {name} --out again",)
    return Cell(
        name,
        scenario,
        keyserver,
        edge,
        client,
        over,
        outcome,
        reason,
        by,
        0.21,
        measures if outcome is Outcome.PASS else {},
        ("its own check is off",) if client == "tstclnt" and scenario == "tls12-ecdhe-rsa" else (),
        tuple(files),
        replay,
    )


def sample(out: Path, scenarios: int = len(SCENARIOS)) -> Results:
    chosen = SCENARIOS[:scenarios]
    cells = [
        _cell(out, s, k, e, c, o)
        for (s, _), k, e, c, o in product(chosen, KEYSERVERS, EDGES, CLIENTS, OVER)
        if c in CLIENTS[:2] or (k == "ks-openssl" and o != "ski-json")
    ]
    about = (
        [(k, Role.KEYSERVER, f"reference key server on {k[3:]}", "MIT", "0.4") for k in KEYSERVERS]
        + [(e, Role.EDGE, f"edge {e}", "MIT" if e != "nginx" else "BSD-2-Clause", "1.22.1") for e in EDGES]
        + [(c, Role.CLIENT, c, "Apache-2.0", "3.0.17") for c in CLIENTS]
    )
    return Results(
        "2026-11-21T20:00:00+00:00",
        ["lurkspec", "interop", "--out", "report"],
        412.3,
        [ImplementationInfo(n, r, t, f"https://example.org/{n}", terms, v) for n, r, t, terms, v in about],
        [ScenarioInfo(id, title, f"What {title} must show.") for id, title in chosen],
        cells,
        [Canary(n, role, Outcome.PASS, "canary-8f21c3 is not known") for n, role, *_ in about],
        finished=True,
    )


def hostile(text: str) -> Results:
    """Everything that a peer can say is `text`."""
    cells = [
        Cell(
            f"{number} {text}",
            text,
            text,
            text,
            text,
            text,
            outcome,
            text,
            text,
            0.1,
            {text: 1.0},
            (text,),
            (LogFile(text, text), LogFile(text, f"../{text}"), LogFile("x", "javascript:alert(1)")),
            (text,),
        )
        for number, outcome in enumerate(Outcome)
    ]
    return Results(
        text,
        [text],
        1.0,
        [ImplementationInfo(text, Role.EDGE, text, f"javascript:{text}", text, text, text)],
        [ScenarioInfo(text, text, text, {text: text})],
        cells,
        [Canary(text, Role.EDGE, Outcome.FAIL, text)],
        [text],
    )
