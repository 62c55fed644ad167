#include "fuzz/keyserver/units.h"

#include <string.h>

bool fuzz_unit_take(const uint8_t **data, size_t *size, struct unit *out) {
  const uint8_t *head = *data;
  if (*size < UNIT_HEAD)
    return false;
  size_t len = (size_t)(head[3] << 8 | head[4]);
  if (len > *size - UNIT_HEAD)
    len = *size - UNIT_HEAD;
  *out = (struct unit){.kind = (enum unit_kind)(head[0] % UNIT_KINDS),
                       .who = head[1],
                       .cut = head[2],
                       .data = head + UNIT_HEAD,
                       .len = len};
  *data += UNIT_HEAD + len;
  *size -= UNIT_HEAD + len;
  return true;
}

size_t fuzz_unit_put(const struct unit *unit, uint8_t *out, size_t room) {
  if (unit->len > 0xffff || room < UNIT_HEAD || room - UNIT_HEAD < unit->len)
    return 0;
  const uint8_t head[UNIT_HEAD] = {(uint8_t)unit->kind, unit->who, unit->cut, (uint8_t)(unit->len >> 8),
                                   (uint8_t)unit->len};
  memmove(out + UNIT_HEAD, unit->data, unit->len);
  memcpy(out, head, UNIT_HEAD);
  return UNIT_HEAD + unit->len;
}
