/* The other half of the targets of lurk/wire: what they decode and encode, with each allocation failing in
 * turn. The first octet chooses the decoder. Memory stays within a bound that follows from the length of the
 * input; when it is short, that is what is said, there is no result, and nothing is left behind. */
#include "fuzz/failing_memory.h"
#include "fuzz/lurk_tls12.h"
#include "lurk/net/http_answer.h"
#include "lurk/wire/handshake_messages.h"
#include "lurk/wire/lurk_base.h"
#include "lurk/wire/lurk_tls12_capabilities.h"
#include "lurk/wire/ski.h"
#include <malloc.h>

enum { MOST_FAILURES = 24, BOUND = 16384, BOUND_PER_OCTET = 256 };

/* Decodes, and encodes what was found into *out. */
typedef lurk_status operation(const uint8_t *data, size_t size, struct lurk_octets *out);

static struct lurk_decode_error error;

/* --- SKI --- */

static lurk_status ski_request(enum lurk_ski_format format, const uint8_t *data, size_t size,
                               struct lurk_octets *out) {
  struct lurk_ski_request request;
  lurk_status status = lurk_ski_request_decode(format, data, size, false, &request, &error);
  if (status == LURK_OK)
    status = lurk_ski_request_encode(format, &request, out);
  lurk_ski_request_clear(&request);
  return status;
}

static lurk_status ski_response(enum lurk_ski_format format, const uint8_t *data, size_t size,
                                struct lurk_octets *out) {
  struct lurk_ski_response response;
  lurk_status status = lurk_ski_response_decode(format, data, size, &response, &error);
  if (status == LURK_OK)
    status = lurk_ski_response_encode(format, &response, out);
  lurk_ski_response_clear(&response);
  return status;
}

static lurk_status ski_capabilities(enum lurk_ski_format format, const uint8_t *data, size_t size,
                                    struct lurk_octets *out) {
  struct lurk_ski_capabilities capabilities;
  lurk_status status = lurk_ski_capabilities_decode(format, data, size, &capabilities, &error);
  if (status == LURK_OK)
    status = lurk_ski_capabilities_encode(format, &capabilities, out);
  lurk_ski_capabilities_clear(&capabilities);
  return status;
}

#define OF_FORMAT(object, name, format)                                                                      \
  static lurk_status object##_##name(const uint8_t *data, size_t size, struct lurk_octets *out) {            \
    return object(format, data, size, out);                                                                  \
  }
OF_FORMAT(ski_request, cbor, LURK_SKI_CBOR)
OF_FORMAT(ski_request, json, LURK_SKI_JSON)
OF_FORMAT(ski_response, cbor, LURK_SKI_CBOR)
OF_FORMAT(ski_response, json, LURK_SKI_JSON)
OF_FORMAT(ski_capabilities, cbor, LURK_SKI_CBOR)
OF_FORMAT(ski_capabilities, json, LURK_SKI_JSON)

/* --- LURK --- */

static lurk_status ecdhe(const uint8_t *data, size_t size, struct lurk_octets *out) {
  struct lurk_tls12_ecdhe request;
  if (lurk_tls12_ecdhe_decode(data, size, &request, &error) != LURK_TLS12_SUCCESS)
    return LURK_ERR_MALFORMED;
  return lurk_tls12_ecdhe_encode(&request, out);
}

static lurk_status rsa_master(const uint8_t *data, size_t size, struct lurk_octets *out) {
  struct lurk_tls12_rsa_master request;
  if (lurk_tls12_rsa_master_decode(data, size, &request, &error) != LURK_TLS12_SUCCESS)
    return LURK_ERR_MALFORMED;
  return lurk_tls12_rsa_master_encode(&request, out);
}

/* The request, and the list of messages in it with another random. */
static lurk_status handshake(const uint8_t *data, size_t size, struct lurk_octets *out) {
  static const uint8_t random[LURK_RANDOM_LEN] = {1};
  struct lurk_handshake_messages messages;
  if (size == 0 || lurk_handshake_messages_decode(chosen_type(data[0]), data + 1, size - 1, &messages,
                                                  &error) != LURK_TLS12_SUCCESS)
    return LURK_ERR_MALFORMED;
  return lurk_handshake_messages_with_random(&messages, random, out);
}

static lurk_status rsa_handshake(const uint8_t *data, size_t size, struct lurk_octets *out) {
  struct lurk_tls12_rsa_handshake request;
  if (size == 0 || lurk_tls12_rsa_handshake_decode(chosen_type(data[0]), data + 1, size - 1, &request,
                                                   &error) != LURK_TLS12_SUCCESS)
    return LURK_ERR_MALFORMED;
  return lurk_tls12_rsa_handshake_encode(&request, out);
}

static lurk_status base_capabilities(const uint8_t *data, size_t size, struct lurk_octets *out) {
  struct lurk_base_capabilities capabilities;
  lurk_status status = lurk_base_capabilities_decode(data, size, &capabilities, &error);
  return status == LURK_OK ? lurk_base_capabilities_encode(&capabilities, out) : status;
}

static lurk_status tls12_capabilities(const uint8_t *data, size_t size, struct lurk_octets *out) {
  static struct lurk_tls12_capabilities capabilities;
  lurk_status status = lurk_tls12_capabilities_decode(data, size, &capabilities, &error);
  return status == LURK_OK ? lurk_tls12_capabilities_encode(&capabilities, out) : status;
}

/* --- HTTP --- */

static lurk_status http_answer(const uint8_t *data, size_t size, struct lurk_octets *out) {
  struct lurk_http_reply reply;
  lurk_http_reply_begin(&reply, 4096);
  lurk_status status = lurk_http_reply_feed(&reply, data, size);
  if (status == LURK_OK && !lurk_octets_copy(out, lurk_buffer_data(&reply.body), reply.body.len))
    status = LURK_ERR_MEMORY;
  lurk_http_reply_clear(&reply);
  return status;
}

/* --- memory --- */

static operation *const operations[] = {ski_request_cbor,
                                        ski_request_json,
                                        ski_response_cbor,
                                        ski_response_json,
                                        ski_capabilities_cbor,
                                        ski_capabilities_json,
                                        ecdhe,
                                        rsa_master,
                                        rsa_handshake,
                                        handshake,
                                        base_capabilities,
                                        tls12_capabilities,
                                        http_answer};

static lurk_status run(operation *what, const uint8_t *data, size_t size, size_t fails,
                       struct lurk_octets *out) {
  *out = (struct lurk_octets){NULL, 0};
  fuzz_memory_watch(fails);
  lurk_status status = what(data, size, out);
  fuzz_memory_unwatch();
  FUZZ_CHECK(status == LURK_OK || out->data == NULL);
  /* The result is all that is still held; the allocator may give more than was asked for. */
  FUZZ_CHECK(out->data == NULL ? fuzz_memory_held() == 0
                               : fuzz_memory_held() == (ptrdiff_t)malloc_usable_size(out->data));
  FUZZ_CHECK(fuzz_memory_peak() <= BOUND + BOUND_PER_OCTET * size);
  return status;
}

static void check_failures(operation *what, const uint8_t *data, size_t size, lurk_status expected,
                           const struct lurk_octets *result, size_t count) {
  for (size_t i = 0; i < count && i < MOST_FAILURES; i++) {
    struct lurk_octets out;
    lurk_status status = run(what, data, size, i, &out);
    FUZZ_CHECK(status == expected || status == LURK_ERR_MEMORY);
    FUZZ_CHECK(status != LURK_OK ||
               (out.len == result->len && (out.len == 0 || memcmp(out.data, result->data, out.len) == 0)));
    lurk_octets_clear(&out);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct lurk_octets result;
  if (size == 0)
    return 0;
  operation *what = operations[data[0] % (sizeof operations / sizeof *operations)];
  lurk_status status = run(what, data + 1, size - 1, FUZZ_NEVER, &result);
  const size_t count = fuzz_memory_count();
  check_failures(what, data + 1, size - 1, status, &result, count);
  lurk_octets_clear(&result);
  return 0;
}
