"""Named differences of peers from what this project reads in the drafts; never detected, always asked for
(docs/running.md)."""

from __future__ import annotations

PAYLOAD_LENGTH = "payload-length"
SPKI_KEY_ID = "spki-key-id"
RAW_PREMASTER = "raw-premaster"
NO_TYPE_LIST = "no-type-list"
ECHOED_DESIGNATION = "echoed-designation"
CERTIFICATE_SHA1 = "certificate-sha1"
ERRORS_WITH_200 = "errors-with-200"
ANY_CBOR = "any-cbor"

DIALECTS = {
    PAYLOAD_LENGTH: "LURK: the length of a message does not count the header (A-04)",
    SPKI_KEY_ID: "LURK: ids of RSA keys are made from the SubjectPublicKeyInfo (A-06)",
    RAW_PREMASTER: "LURK: the encrypted premaster of rsa_master has no length in front (A-09)",
    NO_TYPE_LIST: "LURK: capabilities of designation lurk list no types (A-76)",
    ECHOED_DESIGNATION: "LURK: errors about the header carry the designation of the request (A-05)",
    CERTIFICATE_SHA1: "SKI: JSON only, spki is the hex SHA-1 of the key's certificate (A-69)",
    ERRORS_WITH_200: "SKI: error objects come with status 200 (A-67)",
    ANY_CBOR: "SKI: CBOR need not be deterministic (A-66)",
}
# Without these, or with these in vain, not even the good exchange before a run is served.
SENT = {"lurk": (PAYLOAD_LENGTH,), "ski": (CERTIFICATE_SHA1,)}
