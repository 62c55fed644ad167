#include "lurk/fault.h"
#include "lurk/wire/ski_object.h"

#include <string.h>

enum { PROTOCOL, SPKI, METHOD, HASH, SCHEME, INPUT, MEMBER_COUNT };

/* SKI §5.2; `scheme` is an addition. */
static const struct lurk_ski_member members_of_request[MEMBER_COUNT] = {
    [PROTOCOL] = {.name = "protocol", .kind = LURK_SKI_KIND_TEXT, .required = true},
    [SPKI] = {.name = "spki", .kind = LURK_SKI_KIND_OCTETS, .required = true},
    [METHOD] = {.name = "method", .kind = LURK_SKI_KIND_TEXT},
    [HASH] = {.name = "hash", .kind = LURK_SKI_KIND_TEXT},
    [SCHEME] = {.name = "scheme", .kind = LURK_SKI_KIND_UINT16},
    [INPUT] = {.name = "input", .kind = LURK_SKI_KIND_OCTETS, .required = true},
};

static int hex_digit(char digit) {
  static const char digits[] = "0123456789ABCDEFabcdef";
  const char *found = digit != '\0' ? strchr(digits, digit) : NULL;
  if (found == NULL)
    return -1;
  int value = (int)(found - digits);
  return value < 16 ? value : value - 6;
}

/* 40 hex digits of any case. They would also be the base64 of 30 octets, never of a fingerprint. */
static bool take_alias(const struct lurk_ski_value *value, uint8_t *alias) {
  if (value->text == NULL || value->text_len != 2 * LURK_SKI_ALIAS_LEN)
    return false;
  for (size_t i = 0; i < LURK_SKI_ALIAS_LEN; i++) {
    int high = hex_digit(value->text[2 * i]);
    int low = hex_digit(value->text[2 * i + 1]);
    if (high < 0 || low < 0)
      return false;
    alias[i] = (uint8_t)(high << 4 | low);
  }
  return true;
}

static bool take_spki(const struct lurk_ski_value *value, bool allow_alias, struct lurk_ski_request *out) {
  if (value->len == LURK_SKI_FINGERPRINT_LEN ||
      (value->octets != NULL && LURK_FAULT(fingerprint_length_not_checked)) ||
      (value->len > LURK_SKI_FINGERPRINT_LEN && LURK_FAULT(spki_prefix_taken))) {
    memcpy(out->spki, value->octets, LURK_SKI_FINGERPRINT_LEN);
    return true;
  }
  out->spki_is_alias = allow_alias && take_alias(value, out->spki);
  return out->spki_is_alias;
}

/* An absent member leaves *out as it is. False when the text is none of the names. */
static bool take_name(const struct lurk_ski_member *member, const char *const *names, size_t count,
                      int *out) {
  if (!member->present)
    return true;
  *out = lurk_ski_value_index(&member->value, names, count);
  return *out >= 0;
}
#define TAKE_NAME(member, names, out) take_name(member, names, sizeof names / sizeof *names, out)

/* True: a fault puts this value in the place of a name that is none. */
static bool is_bent(bool fault, int value, int *out) {
  if (fault)
    *out = value;
  return fault;
}

static lurk_status take_request(const struct lurk_ski_member *members, bool allow_alias,
                                struct lurk_ski_request *out, struct lurk_decode_error *error) {
  int protocol = -1, method = LURK_SKI_ECDHE, hash = LURK_SKI_HASH_ABSENT;
  if ((!TAKE_NAME(&members[PROTOCOL], lurk_ski_protocol_names, &protocol) &&
       !is_bent(LURK_FAULT(unknown_protocol_means_tls12), LURK_SKI_TLS_1_2, &protocol)) ||
      (protocol == LURK_SKI_DTLS_1_2 && LURK_FAULT(dtls_unknown)))
    return lurk_ski_member_malformed(&members[PROTOCOL], error);
  if (!take_spki(&members[SPKI].value, allow_alias, out))
    return lurk_ski_member_malformed(&members[SPKI], error);
  if ((!TAKE_NAME(&members[METHOD], lurk_ski_method_names, &method) &&
       !is_bent(LURK_FAULT(unknown_method_means_ecdhe), LURK_SKI_ECDHE, &method)) ||
      (!members[METHOD].present && LURK_FAULT(method_required)))
    return lurk_ski_member_malformed(&members[METHOD], error);
  if (!TAKE_NAME(&members[HASH], lurk_ski_hash_names, &hash) &&
      !is_bent(LURK_FAULT(unknown_hash_means_sha256), LURK_SKI_SHA256, &hash))
    return lurk_ski_member_malformed(&members[HASH], error);
  if (members[HASH].present && members[SCHEME].present && !LURK_FAULT(hash_beside_scheme_taken))
    return lurk_ski_member_malformed(&members[SCHEME], error);
  out->protocol = (enum lurk_ski_protocol)protocol;
  out->method = (enum lurk_ski_method)method;
  out->method_present = members[METHOD].present;
  out->hash = (enum lurk_ski_hash)hash;
  out->scheme_present = members[SCHEME].present;
  out->scheme = members[SCHEME].value.number;
  const struct lurk_ski_value *input = &members[INPUT].value;
  return lurk_octets_copy(&out->input, input->octets, input->len) ? LURK_OK : LURK_ERR_MEMORY;
}

lurk_status lurk_ski_request_decode(enum lurk_ski_format format, const uint8_t *data, size_t len,
                                    bool allow_alias, struct lurk_ski_request *out,
                                    struct lurk_decode_error *error) {
  struct lurk_ski_member members[MEMBER_COUNT];
  memcpy(members, members_of_request, sizeof members);
  struct lurk_ski_object object = {.members = members, .member_count = MEMBER_COUNT};
  *out = (struct lurk_ski_request){0};
  lurk_status status = lurk_ski_object_decode(format, data, len, &object, error);
  if (status == LURK_OK)
    status = take_request(members, allow_alias, out, error);
  if (status != LURK_OK)
    lurk_ski_request_clear(out);
  lurk_ski_object_clear(&object);
  return status;
}

#define ALIAS_TEXT_LEN (2 * LURK_SKI_ALIAS_LEN)

/* Upper case, as the dialect's peer writes and compares it. */
static void write_alias(const uint8_t *alias, char *text) {
  static const char digits[] = "0123456789ABCDEF";
  for (size_t i = 0; i < LURK_SKI_ALIAS_LEN; i++) {
    text[2 * i] = digits[alias[i] >> 4];
    text[2 * i + 1] = digits[alias[i] & 15];
  }
}

static bool can_be_encoded(enum lurk_ski_format format, const struct lurk_ski_request *request) {
  return lurk_ski_protocol_name(request->protocol) != NULL && lurk_ski_method_name(request->method) != NULL &&
         (request->method_present || request->method == LURK_SKI_ECDHE) &&
         (request->hash == LURK_SKI_HASH_ABSENT ||
          (lurk_ski_hash_name(request->hash) != NULL && !request->scheme_present)) &&
         (!request->spki_is_alias || format == LURK_SKI_JSON);
}

static void put(struct lurk_ski_member *member, struct lurk_ski_value value) {
  member->present = true;
  member->value = value;
}

lurk_status lurk_ski_request_encode(enum lurk_ski_format format, const struct lurk_ski_request *request,
                                    struct lurk_octets *out) {
  if (!can_be_encoded(format, request))
    return LURK_ERR_MALFORMED;
  struct lurk_ski_member members[MEMBER_COUNT];
  memcpy(members, members_of_request, sizeof members);
  const struct lurk_ski_object object = {.members = members, .member_count = MEMBER_COUNT};
  char alias[ALIAS_TEXT_LEN];
  put(&members[PROTOCOL], lurk_ski_text_value(lurk_ski_protocol_name(request->protocol)));
  if (request->spki_is_alias) {
    write_alias(request->spki, alias);
    put(&members[SPKI], (struct lurk_ski_value){.text = alias, .text_len = sizeof alias});
  } else {
    put(&members[SPKI], lurk_ski_octets_value(request->spki, LURK_SKI_FINGERPRINT_LEN));
  }
  if (request->method_present)
    put(&members[METHOD], lurk_ski_text_value(lurk_ski_method_name(request->method)));
  if (request->hash != LURK_SKI_HASH_ABSENT)
    put(&members[HASH], lurk_ski_text_value(lurk_ski_hash_name(request->hash)));
  if (request->scheme_present)
    put(&members[SCHEME], (struct lurk_ski_value){.number = request->scheme});
  put(&members[INPUT], lurk_ski_octets_value(request->input.data, request->input.len));
  return lurk_ski_object_encode(format, &object, out);
}

void lurk_ski_request_clear(struct lurk_ski_request *request) {
  lurk_octets_clear(&request->input);
  *request = (struct lurk_ski_request){0};
}
