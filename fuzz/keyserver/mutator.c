/* Mutations that keep what makes a sequence of requests one: units stay units, lengths fit, ids and
 * handshakes are kept or repeated on purpose, and a field that is changed leaves the rest of its message as
 * it was. */
#include "fuzz/keyserver/good.h"
#include "fuzz/keyserver/units.h"
#include "fuzz/target.h"
#include "lurk/wire/lurk_header.h"

enum { MOST_UNITS = 48, ROOM = 1 << 16 };

/* Of libFuzzer; other engines have none, and never call what needs it. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2,
                                 uint8_t *out, size_t max_out, unsigned seed);

struct sequence {
  struct unit units[MOST_UNITS];
  size_t count;
  uint64_t state;     /* of the numbers */
  uint8_t body[ROOM]; /* of the unit that is changed */
};

static uint32_t below(struct sequence *sequence, uint32_t bound) {
  return fuzz_next(&sequence->state) % bound;
}

static void insert(struct sequence *sequence, size_t place, const struct unit *unit) {
  const struct unit added = *unit; /* it may be one of those that move */
  if (sequence->count == MOST_UNITS)
    return;
  memmove(&sequence->units[place + 1], &sequence->units[place],
          (sequence->count - place) * sizeof *sequence->units);
  sequence->units[place] = added;
  sequence->count++;
}

static void take_out(struct sequence *sequence, size_t place) {
  sequence->count--;
  memmove(&sequence->units[place], &sequence->units[place + 1],
          (sequence->count - place) * sizeof *sequence->units);
}

/* --- one message --- */

static void fix_length(struct unit *unit, uint8_t *body) {
  if (unit->kind != UNIT_LURK || unit->len < LURK_HEADER_LEN)
    return;
  for (int i = 0; i < 4; i++)
    body[12 + i] = (uint8_t)(unit->len >> (24 - 8 * i));
}

/* Somewhere in its octets; of LURK mostly behind the header, so that the id is kept. */
static void bend(struct sequence *sequence, struct unit *unit) {
  size_t kept =
      unit->kind == UNIT_LURK && unit->len > LURK_HEADER_LEN && below(sequence, 4) != 0 ? LURK_HEADER_LEN : 0;
  memcpy(sequence->body, unit->data, unit->len);
  size_t room = unit->len - kept + 64;
  unit->len = kept + LLVMFuzzerMutate(sequence->body + kept, unit->len - kept, room);
  if (below(sequence, 8) != 0)
    fix_length(unit, sequence->body);
  unit->data = sequence->body;
}

static void bend_input(struct sequence *sequence, struct lurk_octets *input) {
  uint8_t octets[2048];
  if (input->len > sizeof octets - 8)
    return;
  if (input->len > 0)
    memcpy(octets, input->data, input->len);
  size_t len = LLVMFuzzerMutate(octets, input->len,
                                below(sequence, 2) == 0 ? input->len + (input->len == 0) : input->len + 8);
  lurk_octets_clear(input);
  FUZZ_CHECK(lurk_octets_copy(input, octets, len));
}

static void bend_member(struct sequence *sequence, struct lurk_ski_request *request) {
  static const uint16_t schemes[] = {0x0403, 0x0503, 0x0401, 0x0804, 0x0807, 0x0201, 0x0203, 0};
  switch (below(sequence, 6)) {
  case 0:
    request->protocol = below(sequence, LURK_SKI_TLS_1_3 + 1);
    break;
  case 1:
    request->method = below(sequence, 2);
    request->method_present = true;
    break;
  case 2:
    request->hash = below(sequence, LURK_SKI_SHA512 + 1);
    request->scheme_present = false;
    break;
  case 3:
    request->scheme_present = true;
    request->hash = LURK_SKI_HASH_ABSENT;
    request->scheme = schemes[below(sequence, sizeof schemes / sizeof *schemes)];
    break;
  case 4:
    memcpy(request->spki, lab_keys[below(sequence, KEY_COUNT)].spki, sizeof request->spki);
    break;
  default:
    bend_input(sequence, &request->input);
  }
}

/* One member of a SKI request that can be read, in this format or the other. */
static bool bend_ski(struct sequence *sequence, struct unit *unit) {
  struct lurk_ski_request request;
  struct lurk_decode_error error;
  struct lurk_octets message = {NULL, 0};
  enum lurk_ski_format format = unit->kind == UNIT_SKI_CBOR ? LURK_SKI_CBOR : LURK_SKI_JSON;
  if (lurk_ski_request_decode(format, unit->data, unit->len, false, &request, &error) != LURK_OK)
    return false;
  bend_member(sequence, &request);
  if (below(sequence, 8) == 0)
    unit->kind = unit->kind == UNIT_SKI_CBOR ? UNIT_SKI_JSON : UNIT_SKI_CBOR;
  format = unit->kind == UNIT_SKI_CBOR ? LURK_SKI_CBOR : LURK_SKI_JSON;
  bool ok = lurk_ski_request_encode(format, &request, &message) == LURK_OK && message.len <= 0xffff;
  if (ok) {
    memcpy(sequence->body, message.data, message.len);
    unit->data = sequence->body;
    unit->len = message.len;
  }
  lurk_octets_clear(&message);
  lurk_ski_request_clear(&request);
  return ok;
}

/* A field of the header, or of what all tls12 requests begin with: key id, freshness, then randoms. */
static bool bend_lurk(struct sequence *sequence, struct unit *unit) {
  enum { KEY_ID = LURK_HEADER_LEN, RANDOMS = KEY_ID + LURK_KEY_ID_LEN + 1 };
  static const uint8_t fields[] = {0, 1, 2, 3, KEY_ID, RANDOMS - 1};
  uint8_t *body = sequence->body;
  if (unit->len < RANDOMS + 1 && unit->len < LURK_HEADER_LEN)
    return false;
  memcpy(body, unit->data, unit->len);
  unit->data = body;
  uint32_t choice = below(sequence, 4);
  if (choice == 0 && unit->len >= RANDOMS) {
    memcpy(body + KEY_ID, lab_keys[below(sequence, KEY_COUNT)].key_id, LURK_KEY_ID_LEN);
  } else if (choice == 1) {
    body[2] = (uint8_t)below(sequence, LURK_TLS12_TYPE_COUNT + 1);
  } else {
    size_t at = fields[below(sequence, unit->len >= RANDOMS ? sizeof fields : 4)];
    body[at] = (uint8_t)(below(sequence, 2) == 0 ? body[at] ^ 1u << below(sequence, 8) : below(sequence, 16));
  }
  return true;
}

static void bend_field(struct sequence *sequence, struct unit *unit) {
  bool done = unit->kind == UNIT_LURK ? bend_lurk(sequence, unit)
                                      : unit->kind <= UNIT_SKI_JSON && bend_ski(sequence, unit);
  if (!done)
    bend(sequence, unit);
}

/* --- the sequence --- */

static void add_good(struct sequence *sequence, size_t place) {
  static const uint8_t types[] = {LURK_TLS12_CAPABILITIES, LURK_TLS12_PING, LURK_TLS12_RSA_MASTER,
                                  LURK_TLS12_ECDHE};
  struct unit unit = {.data = sequence->body};
  enum who who = below(sequence, WHO_C + 1);
  unit.who = (uint8_t)who;
  if (below(sequence, 2) == 0) {
    unit.kind = below(sequence, 2) == 0 ? UNIT_SKI_CBOR : UNIT_SKI_JSON;
    unit.len = good_ski(who, unit.kind == UNIT_SKI_CBOR ? LURK_SKI_CBOR : LURK_SKI_JSON,
                        below(sequence, 4) == 0, &sequence->state, sequence->body);
  } else {
    unit.kind = UNIT_LURK;
    unit.len =
        good_lurk(who, types[below(sequence, sizeof types)], LAB_NOW, &sequence->state, sequence->body);
  }
  insert(sequence, place, &unit);
}

static void add_event(struct sequence *sequence, size_t place) {
  const bool time = below(sequence, 2) == 0;
  const uint32_t seconds = below(sequence, 2) == 0 ? below(sequence, 4) : below(sequence, 130);
  const uint8_t body[] = {(uint8_t)(seconds >> 8), (uint8_t)seconds};
  memcpy(sequence->body, body, sizeof body);
  const struct unit unit = {.kind = time ? UNIT_TIME : UNIT_END,
                            .who = (uint8_t)below(sequence, WHO_COUNT),
                            .cut = (uint8_t)below(sequence, FUZZ_ENDS),
                            .data = sequence->body,
                            .len = time ? sizeof body : 0};
  insert(sequence, place, &unit);
}

static void change(struct sequence *sequence) {
  size_t place = sequence->count == 0 ? 0 : below(sequence, (uint32_t)sequence->count);
  struct unit *unit = &sequence->units[place];
  uint32_t choice = sequence->count == 0 ? 0 : below(sequence, 16);
  if (choice <= 1)
    add_good(sequence, place);
  else if (choice == 2)
    add_event(sequence, place);
  else if (choice == 3)
    insert(sequence, below(sequence, (uint32_t)sequence->count + 1), unit); /* once more: a replay */
  else if (choice == 4 && sequence->count > 1)
    take_out(sequence, place);
  else if (choice == 5)
    unit->who = (uint8_t)below(sequence, WHO_COUNT);
  else if (choice == 6)
    unit->cut = (uint8_t)(below(sequence, 3) == 0 ? 0 : below(sequence, 40));
  else if (choice == 12) /* where memory fails (keyserver_dispatch.c) */
    unit->who = (uint8_t)(unit->who % WHO_COUNT + WHO_COUNT * below(sequence, 42));
  else if (choice == 7) {
    struct unit *other = &sequence->units[below(sequence, (uint32_t)sequence->count)], kept = *unit;
    *unit = *other;
    *other = kept;
  } else if (choice <= 11)
    bend_field(sequence, unit);
  else
    bend(sequence, unit);
}

static void read_sequence(struct sequence *sequence, const uint8_t *data, size_t size) {
  sequence->count = 0;
  while (sequence->count < MOST_UNITS - 1 && fuzz_unit_take(&data, &size, &sequence->units[sequence->count]))
    sequence->count++;
}

static size_t write_sequence(const struct sequence *sequence, uint8_t *out, size_t room) {
  size_t used = 0;
  for (size_t i = 0; i < sequence->count; i++)
    used += fuzz_unit_put(&sequence->units[i], out + used, room - used);
  return used;
}

static struct sequence sequence;
static uint8_t copy[ROOM], written[ROOM];

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  if (size > sizeof copy - 4096)
    return LLVMFuzzerMutate(data, size, max_size);
  memcpy(copy, data, size);
  sequence.state = seed;
  fuzz_next(&sequence.state);
  if (below(&sequence, 32) == 0)
    return LLVMFuzzerMutate(data, size, max_size);
  read_sequence(&sequence, copy, size);
  change(&sequence);
  size_t len = write_sequence(&sequence, written, max_size < sizeof written ? max_size : sizeof written);
  if (len == 0)
    return LLVMFuzzerMutate(data, size, max_size);
  memcpy(data, written, len);
  return len;
}

/* The beginning of one sequence, then the end of the other. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2,
                                 uint8_t *out, size_t max_out, unsigned seed) {
  static struct sequence second;
  second.state = seed;
  fuzz_next(&second.state);
  read_sequence(&sequence, data1, size1);
  read_sequence(&second, data2, size2);
  uint32_t skipped = second.count == 0 ? 0 : below(&second, (uint32_t)second.count);
  sequence.count = sequence.count == 0 ? 0 : 1 + below(&second, (uint32_t)sequence.count);
  for (size_t i = skipped; i < second.count; i++)
    insert(&sequence, sequence.count, &second.units[i]);
  return write_sequence(&sequence, out, max_out);
}
