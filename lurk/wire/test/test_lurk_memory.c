/* What the LURK decoders and encoders do with memory: decoders take none, so that no claim can make them; and
 * encoders bear that it is short. The linker puts the two functions below before malloc and free. */
#include "lurk/wire/handshake_messages.h"
#include "lurk/wire/lurk_tls12_capabilities.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/handshake_list.h"
#include "lurk/wire/test/notation.h"
#include <stdlib.h>

void *__real_malloc(size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void __wrap_free(void *block);

static struct {
  unsigned calls;
  unsigned failing_call; /* 0: none */
  int blocks;
} memory;

void *__wrap_malloc(size_t size) {
  if (++memory.calls == memory.failing_call)
    return NULL;
  void *block = __real_malloc(size);
  memory.blocks += block != NULL;
  return block;
}

void __wrap_free(void *block) {
  memory.blocks -= block != NULL;
  __real_free(block);
}

#define HEAD "00 1a2b3c4d 00 "
#define RANDOMS "(c1*32) (52*32) "

static struct lurk_octets handshake(void) {
  const struct handshake_flight flight = {
      .rows = {{CLIENT_HELLO, CLIENT, "0303 (c1*32) 00 0002 009d 01 00 0004 0017 0000"},
               {SERVER_HELLO, SERVER, "0303 (52*32) 00 009d 00 0004 0017 0000"},
               {CERTIFICATE, SERVER, "000007 000004 1eaf1eaf"},
               {SERVER_HELLO_DONE, SERVER, ""},
               {CLIENT_KEY_EXCHANGE, CLIENT, "0100 (ee*256)"}},
      .count = 5};
  return handshake_octets(&flight, 0);
}

/* Everything that was decoded, to be encoded again. */
static struct {
  struct lurk_base_capabilities base;
  struct lurk_tls12_capabilities tls12;
  struct lurk_tls12_rsa_master master;
  struct lurk_tls12_rsa_handshake handshake;
  struct lurk_tls12_ecdhe ecdhe;
  struct lurk_tls12_signature signature;
  struct lurk_handshake_messages messages;
} decoded;

enum { BASE, TLS12, MASTER, HANDSHAKE, ECDHE, SIGNATURE, MESSAGES, COUNT };

static struct lurk_octets inputs[COUNT];

static bool decode(int kind) {
  const uint8_t *data = inputs[kind].data;
  size_t len = inputs[kind].len;
  struct lurk_decode_error error;
  switch (kind) {
  case BASE:
    return lurk_base_capabilities_decode(data, len, &decoded.base, &error) == LURK_OK;
  case TLS12:
    return lurk_tls12_capabilities_decode(data, len, &decoded.tls12, &error) == LURK_OK;
  case MASTER:
    return lurk_tls12_rsa_master_decode(data, len, &decoded.master, &error) == LURK_TLS12_SUCCESS;
  case HANDSHAKE:
    return lurk_tls12_rsa_handshake_decode(LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, data, len,
                                           &decoded.handshake, &error) == LURK_TLS12_SUCCESS;
  case ECDHE:
    return lurk_tls12_ecdhe_decode(data, len, &decoded.ecdhe, &error) == LURK_TLS12_SUCCESS;
  case SIGNATURE:
    return lurk_tls12_signature_decode(data, len, 0x0403, &decoded.signature, &error) == LURK_OK;
  default:
    return lurk_handshake_messages_decode(LURK_TLS12_RSA_EXTENDED_MASTER, data, len, &decoded.messages,
                                          &error) == LURK_TLS12_SUCCESS;
  }
}

static lurk_status encode(int kind, struct lurk_octets *out) {
  switch (kind) {
  case BASE:
    return lurk_base_capabilities_encode(&decoded.base, out);
  case TLS12:
    return lurk_tls12_capabilities_encode(&decoded.tls12, out);
  case MASTER:
    return lurk_tls12_rsa_master_encode(&decoded.master, out);
  case HANDSHAKE:
    return lurk_tls12_rsa_handshake_encode(&decoded.handshake, out);
  case ECDHE:
    return lurk_tls12_ecdhe_encode(&decoded.ecdhe, out);
  case SIGNATURE:
    return lurk_tls12_signature_encode(&decoded.signature, out);
  default:
    return lurk_handshake_messages_with_random(&decoded.messages, decoded.messages.client_random, out);
  }
}

static int make_inputs(void **state) {
  (void)state;
  static const char *const notations[] = {
      [BASE] = "0004 0001 0101 0002 00 01 a1a2a3a4",
      [TLS12] = "0000000f 02 01 00 00 01 00 04 009c 009d 03 00 01 02 a1a2a3a4",
      [MASTER] = HEAD "00 " RANDOMS "0200 (ee*512)",
      [HANDSHAKE] = HEAD "0200 (01*512) (f1*12)",
      [ECDHE] = HEAD RANDOMS "0403 03 0017 41 04 (ab*64) 02 41 04 (cd*64) (ef*32)",
      [SIGNATURE] = "0403 0048 (30*72)"};
  for (int kind = BASE; kind < MESSAGES; kind++)
    inputs[kind] = octets_of(notations[kind]);
  inputs[MESSAGES] = handshake();
  return 0;
}

static int clear_inputs(void **state) {
  (void)state;
  for (int kind = BASE; kind < COUNT; kind++)
    lurk_octets_clear(&inputs[kind]);
  return 0;
}

static void decoders_take_no_memory(void **state) {
  (void)state;
  for (int kind = BASE; kind < COUNT; kind++) {
    memory.calls = 0;
    bool taken = decode(kind);
    assert_int_equal(memory.calls, 0);
    assert_true(taken);
  }
}

static void encoders_bear_that_memory_is_short(void **state) {
  (void)state;
  for (int kind = BASE; kind < COUNT; kind++) {
    lurk_status status = LURK_ERR_MEMORY;
    for (unsigned failing_call = 1; status == LURK_ERR_MEMORY; failing_call++) {
      struct lurk_octets out = {NULL, 0};
      memory.calls = 0;
      memory.blocks = 0;
      memory.failing_call = failing_call;
      status = encode(kind, &out);
      memory.failing_call = 0;
      assert_int_equal(status, memory.calls < failing_call ? LURK_OK : LURK_ERR_MEMORY);
      assert_int_equal(out.data != NULL, status == LURK_OK);
      lurk_octets_clear(&out);
      assert_int_equal(memory.blocks, 0);
    }
    assert_true(memory.calls > 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(decoders_take_no_memory),
      cmocka_unit_test(encoders_bear_that_memory_is_short),
  };
  return cmocka_run_group_tests(tests, make_inputs, clear_inputs);
}
