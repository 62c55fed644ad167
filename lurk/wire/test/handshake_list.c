#include "lurk/wire/test/handshake_list.h"

#include "lurk/wire/bytes.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"

void handshake_insert(struct handshake_flight *flight, size_t at, struct handshake_row row) {
  assert_true(flight->count < HANDSHAKE_MAX_ROWS && at <= flight->count);
  for (size_t i = flight->count++; i > at; i--)
    flight->rows[i] = flight->rows[i - 1];
  flight->rows[at] = row;
}

void handshake_remove(struct handshake_flight *flight, size_t at) {
  assert_true(at < flight->count);
  flight->count--;
  for (size_t i = at; i < flight->count; i++)
    flight->rows[i] = flight->rows[i + 1];
}

void handshake_swap(struct handshake_flight *flight, size_t a, size_t b) {
  struct handshake_row row = flight->rows[a];
  flight->rows[a] = flight->rows[b];
  flight->rows[b] = row;
}

size_t handshake_find(const struct handshake_flight *flight, uint8_t type) {
  size_t at = 0;
  while (at < flight->count && flight->rows[at].type != type)
    at++;
  assert_true(at < flight->count);
  return at;
}

struct lurk_octets handshake_octets(const struct handshake_flight *flight, uint16_t first_seq) {
  struct lurk_builder builder;
  struct lurk_octets list;
  uint16_t seq[2] = {first_seq, first_seq};
  lurk_builder_init(&builder, SIZE_MAX);
  for (size_t i = 0; i < flight->count; i++) {
    struct lurk_octets body = octets_of(flight->rows[i].body);
    lurk_add_u8(&builder, flight->rows[i].type);
    lurk_add_u24(&builder, (uint32_t)body.len);
    if (flight->dtls) {
      lurk_add_u16(&builder, seq[flight->rows[i].from_client]++);
      lurk_add_u24(&builder, 0);
      lurk_add_u24(&builder, (uint32_t)body.len);
    }
    lurk_add_octets(&builder, body.data, body.len);
    lurk_octets_clear(&body);
  }
  assert_int_equal(lurk_builder_finish(&builder, &list), LURK_OK);
  struct lurk_octets exact = octets_cut(&list, list.len);
  lurk_octets_clear(&list);
  return exact;
}
