"""What the stub can be lax about, by name, and which cases are about that: the others need not be asked."""

from __future__ import annotations

from fnmatch import fnmatchcase

LAXITIES: dict[str, tuple[str, ...]] = {
    # Before and beside TLS.
    "clear_port_open": ("channel-clear-port",),
    "clear_text_answered": ("*channel-clear-text",),
    # Hellos.
    "deflate_negotiated": ("*channel-compression",),
    "fallback_scsv_unknown": ("*channel-fallback-scsv",),
    "foreign_name_served_otherwise": ("*channel-server-name",),
    "renegotiation_info_unknown": ("*channel-renegotiation-info",),
    "small_curve_taken": ("*channel-key-exchange-small",),
    # Who is let in.
    "certificate_asked_for_later": ("*channel-post-handshake-auth",),
    "certificate_optional": ("*channel-certificate-proof",),
    "forgeable_certificate_taken": ("*channel-certificate-weak",),
    "resumed_session_not_verified": ("*channel-resumption-removed-authority",),
    # Handshakes after the first one.
    "early_data_invited": ("*channel-early-data",),
    "renegotiation_taken": ("*channel-renegotiation",),
    "second_hello_ignored": ("*channel-second-hello",),
    # A peer that asks and never reads.
    "requests_taken_endlessly": ("http-slow-reader",),
    # Records.
    "empty_records_endless": ("*channel-record-flood",),
    "malformed_record_skipped": ("*channel-record-malformed",),
    "record_order_ignored": ("*channel-record-order",),
    "record_tag_not_checked": ("*channel-record-changed",),
    "replayed_record_taken": ("*channel-record-replayed",),
}


def concerned(case: str, laxity: str = "") -> bool:
    """Whether the case of this id is about that laxity, or about any."""
    chosen = [LAXITIES[laxity]] if laxity else LAXITIES.values()
    return any(fnmatchcase(case, glob) for globs in chosen for glob in globs)
