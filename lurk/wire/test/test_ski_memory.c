/* What the SKI decoders and encoders do with memory: they bear that it is short, they never believe a claim,
 * and they leave no secret behind. The linker puts the two functions below before malloc and free; all
 * allocation of this layer, jansson's included, comes through them. */
#include "lurk/wire/ski.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void __wrap_free(void *block);

static struct {
  unsigned calls_until_failure; /* 0: never */
  size_t largest;
  int blocks;
  const char *secret; /* NULL: not looked for */
  bool secret_was_freed;
} memory;

void *__wrap_malloc(size_t size) {
  if (memory.calls_until_failure > 0 && --memory.calls_until_failure == 0)
    return NULL;
  if (size > memory.largest)
    memory.largest = size;
  void *block = __real_malloc(size);
  if (block != NULL)
    memory.blocks++;
  return block;
}

void __wrap_free(void *block) {
  if (block != NULL) {
    memory.blocks--;
    if (memory.secret != NULL &&
        memmem(block, malloc_usable_size(block), memory.secret, strlen(memory.secret)) != NULL)
      memory.secret_was_freed = true;
  }
  __real_free(block);
}

#define SPKI_TEXT "ERERERERERERERERERERERERERERERERERERERERERE="
#define KEY_TEXT "IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI="

enum family { REQUEST, RESPONSE, CAPABILITIES };

static const struct {
  enum family family;
  enum lurk_ski_format format;
  const char *notation;
} messages[] = {
    {REQUEST, LURK_SKI_JSON,
     "'{\"x\":[{\"y\":\"z\"},1,2.5],\"protocol\":\"TLS 1.2\",\"spki\":\"" SPKI_TEXT
     "\",\"hash\":\"SHA-256\",\"input\":\"wP/u\"}'"},
    {REQUEST, LURK_SKI_CBOR,
     "a4 64'hash' 67'SHA-256' 64'spki' 5820(11*32) 65'input' 43c0ffee 68'protocol' 67'TLS 1.2'"},
    {RESPONSE, LURK_SKI_JSON, "'{\"output\":\"wP/u\"}'"},
    {RESPONSE, LURK_SKI_CBOR, "a1 66'output' 590200(cd*512)"},
    {CAPABILITIES, LURK_SKI_JSON,
     "'{\"protocols\":[\"TLS 1.2\"],\"methods\":[\"RSA\"],\"hashes\":[\"SHA-512\"],\"schemes\":[1027],"
     "\"formats\":[\"application/json\"],\"keys\":[\"" SPKI_TEXT "\",\"" KEY_TEXT
     "\"],\"state\":\"AAAAAQ==\"}'"},
    {CAPABILITIES, LURK_SKI_CBOR,
     "a7 64'keys' 82 5820(11*32) 5820(22*32) 65'state' 4400000001 66'hashes' 81 67'SHA-512' 67'formats' 81 "
     "70'application/cbor' 67'methods' 81 63'RSA' 67'schemes' 81 190403 69'protocols' 81 67'TLS 1.2'"},
};
#define MESSAGE_COUNT (sizeof messages / sizeof *messages)

/* Decodes and encodes again what was decoded. */
static lurk_status there_and_back(enum family family, enum lurk_ski_format format,
                                  const struct lurk_octets *message) {
  struct lurk_decode_error error;
  struct lurk_octets again = {NULL, 0};
  lurk_status status;
  if (family == REQUEST) {
    struct lurk_ski_request request;
    status = lurk_ski_request_decode(format, message->data, message->len, false, &request, &error);
    if (status == LURK_OK)
      status = lurk_ski_request_encode(format, &request, &again);
    lurk_ski_request_clear(&request);
  } else if (family == RESPONSE) {
    struct lurk_ski_response response;
    status = lurk_ski_response_decode(format, message->data, message->len, &response, &error);
    if (status == LURK_OK)
      status = lurk_ski_response_encode(format, &response, &again);
    lurk_ski_response_clear(&response);
  } else {
    struct lurk_ski_capabilities capabilities;
    status = lurk_ski_capabilities_decode(format, message->data, message->len, &capabilities, &error);
    if (status == LURK_OK)
      status = lurk_ski_capabilities_encode(format, &capabilities, &again);
    lurk_ski_capabilities_clear(&capabilities);
  }
  assert_int_equal(status == LURK_OK, again.data != NULL);
  lurk_octets_clear(&again);
  return status;
}

/* Whichever allocation fails, the status says so and nothing is lost. */
static void each_allocation_may_fail(void **state) {
  (void)state;
  for (size_t i = 0; i < MESSAGE_COUNT; i++) {
    struct lurk_octets message = octets_of(messages[i].notation);
    assert_int_equal(there_and_back(messages[i].family, messages[i].format, &message), LURK_OK);
    lurk_status status = LURK_ERR_MEMORY;
    unsigned n = 0;
    while (status != LURK_OK) {
      assert_true(++n < 1000);
      int blocks_before = memory.blocks;
      memory.calls_until_failure = n;
      status = there_and_back(messages[i].family, messages[i].format, &message);
      memory.calls_until_failure = 0;
      assert_int_equal(memory.blocks, blocks_before);
      assert_true(status == LURK_OK || status == LURK_ERR_MEMORY);
    }
    assert_true(n > 2);
    lurk_octets_clear(&message);
  }
}

/* CB-11, CB-12: no block is larger than a small multiple of the message, whatever it claims to hold. */
static void claims_allocate_nothing(void **state) {
  (void)state;
  static const struct {
    enum family family;
    const char *notation;
  } rows[] = {
      {REQUEST, "a3 64'spki' 5b7fffffffffffffff"},
      {REQUEST, "a3 64'spki' 5820(11*32) 65'input' 5affffffff"},
      {REQUEST, "bb8000000000000000"},
      {REQUEST, "a3 61'x' 9bffffffffffffffff"},
      {REQUEST, "a3 61'x' 9affffffff"},
      {REQUEST, "a3 61'x' (81*100000)"},
      {RESPONSE, "a1 66'output' 5b0000000100000000"},
      {CAPABILITIES, "a7 64'keys' 9affffffff (40*100)"},
      {CAPABILITIES, "a7 64'keys' 9bffffffffffffffff (40*100)"},
      {CAPABILITIES, "a7 64'keys' 9b0400000000000000 (40*100)"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets message = octets_of(rows[i].notation);
    memory.largest = 0;
    assert_int_equal(there_and_back(rows[i].family, LURK_SKI_CBOR, &message), LURK_ERR_MALFORMED);
    assert_true(memory.largest < 1024);
    lurk_octets_clear(&message);
  }
}

static bool holds(const struct lurk_octets *octets, const char *needle) {
  return memmem(octets->data, octets->len, needle, strlen(needle)) != NULL;
}

/* Eight octets of the premaster, or of its base64, in a block that is freed would be a copy left behind. */
static void no_secret_is_left_behind(void **state) {
  (void)state;
  static const char premaster[] = "\x03\x03premaster-secret-of-forty-eight-octets-in-all!";
  static const struct {
    enum lurk_ski_format format;
    const char *needle;
  } rows[] = {
      {LURK_SKI_CBOR, "premaste"}, {LURK_SKI_CBOR, "eight-oc"}, {LURK_SKI_JSON, "premaste"},
      {LURK_SKI_JSON, "eight-oc"}, {LURK_SKI_JSON, "cmVtYXN0"}, {LURK_SKI_JSON, "Z2h0LW9j"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_ski_response response = {0}, back;
    struct lurk_octets message = {NULL, 0};
    struct lurk_decode_error error;
    assert_true(lurk_octets_copy(&response.output, (const uint8_t *)premaster, 48));
    memory.secret = rows[i].needle;
    memory.secret_was_freed = false;
    assert_int_equal(lurk_ski_response_encode(rows[i].format, &response, &message), LURK_OK);
    assert_int_equal(lurk_ski_response_decode(rows[i].format, message.data, message.len, &back, &error),
                     LURK_OK);
    assert_memory_equal(back.output.data, premaster, 48);
    assert_true(holds(&message, memory.secret) || holds(&back.output, memory.secret));
    lurk_ski_response_clear(&response);
    lurk_ski_response_clear(&back);
    lurk_octets_clear(&message);
    assert_false(memory.secret_was_freed);
    memory.secret = NULL;
  }
}

/* The search above finds what is there: a block that is freed without care. */
static void a_secret_left_behind_is_found(void **state) {
  (void)state;
  memory.secret = "premaste";
  memory.secret_was_freed = false;
  char *careless = __wrap_malloc(64);
  assert_non_null(careless);
  memcpy(careless, "the premaster", 14);
  __wrap_free(careless);
  assert_true(memory.secret_was_freed);
  memory.secret = NULL;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_allocation_may_fail),
      cmocka_unit_test(claims_allocate_nothing),
      cmocka_unit_test(no_secret_is_left_behind),
      cmocka_unit_test(a_secret_left_behind_is_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
