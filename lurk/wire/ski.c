#include "lurk/wire/ski.h"

#include "lurk/wire/ski_object.h"

const char *const lurk_ski_protocol_names[] = {
    [LURK_SKI_TLS_1_0] = "TLS 1.0", [LURK_SKI_TLS_1_1] = "TLS 1.1",   [LURK_SKI_DTLS_1_0] = "DTLS 1.0",
    [LURK_SKI_TLS_1_2] = "TLS 1.2", [LURK_SKI_DTLS_1_2] = "DTLS 1.2", [LURK_SKI_TLS_1_3] = "TLS 1.3",
};

const char *const lurk_ski_method_names[] = {[LURK_SKI_ECDHE] = "ECDHE", [LURK_SKI_RSA] = "RSA"};

const char *const lurk_ski_hash_names[] = {
    [LURK_SKI_HASH_ABSENT] = NULL, [LURK_SKI_SHA224] = "SHA-224", [LURK_SKI_SHA256] = "SHA-256",
    [LURK_SKI_SHA384] = "SHA-384", [LURK_SKI_SHA512] = "SHA-512",
};

const char *const lurk_ski_error_names[] = {
    [LURK_SKI_MALFORMED_REQUEST] = "malformed request",
    [LURK_SKI_REQUEST_DENIED] = "request denied",
    [LURK_SKI_SPKI_NOT_FOUND] = "spki not found",
    [LURK_SKI_UNSPECIFIED_ERROR] = "unspecified error",
};

const char *const lurk_ski_media_types[] = {
    [LURK_SKI_JSON] = "application/json",
    [LURK_SKI_CBOR] = "application/cbor",
};

static const char *name_at(const char *const *names, size_t count, unsigned index) {
  return index < count ? names[index] : NULL;
}
#define NAME_AT(names, index) name_at(names, sizeof names / sizeof *names, (unsigned)(index))

const char *lurk_ski_protocol_name(enum lurk_ski_protocol protocol) {
  return NAME_AT(lurk_ski_protocol_names, protocol);
}

const char *lurk_ski_method_name(enum lurk_ski_method method) {
  return NAME_AT(lurk_ski_method_names, method);
}

const char *lurk_ski_hash_name(enum lurk_ski_hash hash) {
  return NAME_AT(lurk_ski_hash_names, hash);
}

const char *lurk_ski_error_name(enum lurk_ski_error error) {
  return NAME_AT(lurk_ski_error_names, error);
}

const char *lurk_ski_media_type(enum lurk_ski_format format) {
  return NAME_AT(lurk_ski_media_types, format);
}
