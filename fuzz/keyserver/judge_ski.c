#include "fuzz/keyserver/judge.h"

#include "fuzz/keyserver/judge_internal.h"
#include "fuzz/target.h"
#include "lurk/net/http_answer.h"
#include "lurk/wire/handshake.h"
#include <strings.h>

enum { MOST_BODY = 65536 };

/* --- responses --- */

static const char *header_end(const uint8_t *data, size_t len) {
  const char *end = len == 0 ? NULL : memmem(data, len, "\r\n\r\n", 4);
  return end == NULL ? NULL : end + 4;
}

static size_t content_length(const uint8_t *data, size_t header_len) {
  static const char name[] = "\r\nContent-Length: ";
  const char *field = memmem(data, header_len, name, sizeof name - 1);
  return field == NULL ? 0 : strtoul(field + sizeof name - 1, NULL, 10);
}

static bool is_interim(const uint8_t *data, size_t len) {
  return len >= 12 && memcmp(data, "HTTP/1.1 100", 12) == 0;
}

/* Reads the response that stands first, with the decoder of the edge, and returns how long it is. */
static size_t read_response(const uint8_t *data, size_t len, struct lurk_http_reply *reply) {
  const char *end = header_end(data, len);
  FUZZ_CHECK(end != NULL && strncmp((const char *)data, "HTTP/1.1 ", 9) == 0);
  size_t header_len = (size_t)(end - (const char *)data), all = header_len;
  if (is_interim(data, len)) {
    size_t rest = read_response(data + header_len, len - header_len, reply);
    return header_len + rest;
  }
  all += content_length(data, header_len);
  FUZZ_CHECK(all <= len);
  lurk_http_reply_begin(reply, MOST_BODY);
  FUZZ_CHECK(lurk_http_reply_feed(reply, data, all) == LURK_OK && reply->complete);
  FUZZ_CHECK(reply->body.len == all - header_len);
  return all;
}

static enum lurk_ski_format format_of(const struct lurk_http_reply *reply) {
  bool json = strcmp(reply->content_type, lurk_ski_media_type(LURK_SKI_JSON)) == 0;
  FUZZ_CHECK(json || strcmp(reply->content_type, lurk_ski_media_type(LURK_SKI_CBOR)) == 0);
  return json ? LURK_SKI_JSON : LURK_SKI_CBOR;
}

/* A body is a SKI object that fits the status (A-67). */
static void check_object(const struct lurk_http_reply *reply) {
  struct lurk_ski_response response;
  struct lurk_ski_capabilities capabilities;
  struct lurk_decode_error error;
  const uint8_t *body = lurk_buffer_data(&reply->body);
  if (reply->code == 204) {
    FUZZ_CHECK(reply->body.len == 0);
    return;
  }
  enum lurk_ski_format format = format_of(reply);
  if (lurk_ski_response_decode(format, body, reply->body.len, &response, &error) == LURK_OK) {
    FUZZ_CHECK(response.is_error == (reply->code >= 400));
    lurk_ski_response_clear(&response);
    return;
  }
  FUZZ_CHECK(reply->code == 200);
  FUZZ_CHECK(lurk_ski_capabilities_decode(format, body, reply->body.len, &capabilities, &error) == LURK_OK);
  lurk_ski_capabilities_clear(&capabilities);
}

void judge_http(struct judge *judge, enum who who, bool had_head, lurk_connection *connection) {
  judge_show(judge, lurk_buffer_data(&connection->sent), connection->sent.len);
  judge->uncounted |= had_head || judge->short_of_memory;
  while (connection->sent.len > 0 && !had_head && !judge->short_of_memory) {
    const uint8_t *data = lurk_buffer_data(&connection->sent);
    if (is_interim(data, connection->sent.len) &&
        header_end(data, connection->sent.len) == (const char *)data + connection->sent.len)
      break; /* the final one has yet to come */
    struct lurk_http_reply reply;
    size_t len = read_response(data, connection->sent.len, &reply);
    check_object(&reply);
    FUZZ_CHECK(reply.code >= 400 || fuzz_lab_identity(who) != NULL);
    judge->served += reply.code < 400;
    lurk_http_reply_clear(&reply);
    lurk_buffer_consume(&connection->sent, len);
  }
  lurk_buffer_clear(&connection->sent);
}

/* --- successes --- */

static const char *window_of(const struct lurk_ski_request *request) {
  return request->method == LURK_SKI_RSA ? "R" : request->protocol == LURK_SKI_TLS_1_3 ? "3" : "2";
}

static lurk_status find_algorithm(const struct lurk_ski_request *request, enum lurk_key_type type,
                                  struct lurk_signature_algorithm *out) {
  static const enum lurk_hash hashes[] = {[LURK_SKI_SHA224] = LURK_SHA224,
                                          [LURK_SKI_SHA256] = LURK_SHA256,
                                          [LURK_SKI_SHA384] = LURK_SHA384,
                                          [LURK_SKI_SHA512] = LURK_SHA512};
  if (request->scheme_present)
    return lurk_signature_for_scheme(type, request->scheme, request->protocol == LURK_SKI_TLS_1_3, out);
  FUZZ_CHECK(request->hash != LURK_SKI_HASH_ABSENT && request->protocol != LURK_SKI_TLS_1_3);
  return lurk_signature_for_hash(type, hashes[request->hash], out);
}

/* The input is what TLS signs and nothing else, and the signature is over it, by the key that was named. */
static void check_signature(struct judge *judge, enum who who, const struct lurk_ski_request *request,
                            const lurk_private_key *key, const struct lurk_octets *output) {
  const struct lurk_octets *input = &request->input;
  struct lurk_ecdhe_input parts;
  struct lurk_decode_error error;
  struct lurk_signature_algorithm algorithm;
  const uint8_t *made_of;
  size_t len = 2 * LURK_RANDOM_LEN;
  if (request->protocol == LURK_SKI_TLS_1_3) {
    FUZZ_CHECK(lurk_certificate_verify_decode(input->data, input->len, &made_of, &len, &error) == LURK_OK);
  } else {
    FUZZ_CHECK(lurk_ecdhe_input_decode(input->data, input->len, &parts, &error) == LURK_OK);
    FUZZ_CHECK(lurk_group_check_point(parts.named_group, parts.point, parts.point_len) == LURK_OK);
    made_of = parts.client_random;
  }
  FUZZ_CHECK(find_algorithm(request, lurk_private_key_type(key), &algorithm) == LURK_OK);
  FUZZ_CHECK(lurk_verify(lurk_private_key_public(key), algorithm, input->data, input->len, output->data,
                         output->len) == LURK_OK);
  judge_handshake(judge, who, window_of(request)[0], made_of, len);
}

static void check_premaster(struct judge *judge, enum who who, const struct lurk_ski_request *request,
                            const lurk_private_key *key, const struct lurk_octets *output) {
  const struct lurk_octets *input = &request->input;
  uint8_t expected[LURK_PREMASTER_LEN];
  uint16_t version = request->protocol == LURK_SKI_DTLS_1_2 ? 0xfefd : 0x0303;
  FUZZ_CHECK(lurk_rsa_premaster(key, input->data, input->len, version, expected) == LURK_OK);
  FUZZ_CHECK(output->len == sizeof expected && memcmp(output->data, expected, sizeof expected) == 0);
  FUZZ_CHECK(lurk_buffer_append(&judge->secret, expected, sizeof expected));
  judge_handshake(judge, who, window_of(request)[0], input->data, input->len);
}

static void check_success(struct judge *judge, enum who who, enum lurk_ski_format format, const uint8_t *body,
                          size_t len, const struct lurk_octets *output) {
  struct lurk_ski_request request;
  struct lurk_decode_error error;
  FUZZ_CHECK(lurk_ski_request_decode(format, body, len, false, &request, &error) == LURK_OK);
  enum lab_key key = fuzz_lab_find_spki(request.spki);
  FUZZ_CHECK(key < KEY_COUNT && fuzz_lab_may_ski(who, key, request.method, request.protocol));
  if (request.method == LURK_SKI_ECDHE)
    check_signature(judge, who, &request, lab_keys[key].key, output);
  else
    check_premaster(judge, who, &request, lab_keys[key].key, output);
  lurk_ski_request_clear(&request);
}

/* Whether it is to be judged like any other: without memory only a success is. */
static bool is_judged(struct judge *judge, const lurk_connection *connection) {
  const uint8_t *data = lurk_buffer_data(&connection->sent);
  const size_t len = connection->sent.len;
  if (!judge->short_of_memory)
    return true;
  const char *end = header_end(data, len);
  judge->uncounted = true;
  return end != NULL && len > 12 && data[9] == '2' &&
         content_length(data, (size_t)(end - (const char *)data)) == len - (size_t)(end - (const char *)data);
}

void judge_ski(struct judge *judge, enum who who, enum lurk_ski_format format, const uint8_t *body,
               size_t len, lurk_connection *connection) {
  struct lurk_http_reply reply;
  struct lurk_ski_response response;
  struct lurk_decode_error error;
  judge_show(judge, lurk_buffer_data(&connection->sent), connection->sent.len);
  if (!is_judged(judge, connection)) {
    lurk_buffer_clear(&connection->sent);
    return;
  }
  size_t used = read_response(lurk_buffer_data(&connection->sent), connection->sent.len, &reply);
  FUZZ_CHECK(used == connection->sent.len);
  FUZZ_CHECK(format_of(&reply) == format);
  FUZZ_CHECK(lurk_ski_response_decode(format, lurk_buffer_data(&reply.body), reply.body.len, &response,
                                      &error) == LURK_OK);
  FUZZ_CHECK(response.is_error == (reply.code != 200));
  judge->served += !response.is_error;
  if (!response.is_error)
    check_success(judge, who, format, body, len, &response.output);
  lurk_ski_response_clear(&response);
  lurk_http_reply_clear(&reply);
  lurk_buffer_clear(&connection->sent);
}
