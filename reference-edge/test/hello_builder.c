#include "reference-edge/test/hello_builder.h"

#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <string.h>

static void add_notation(struct lurk_builder *builder, const char *notation) {
  struct lurk_octets octets = octets_of(notation);
  lurk_add_octets(builder, octets.data, octets.len);
  lurk_octets_clear(&octets);
}

static void add_list(struct lurk_builder *builder, uint16_t type, unsigned prefix_octets, const char *list) {
  if (list == NULL)
    return;
  lurk_add_u16(builder, type);
  lurk_builder_open_vector(builder, 2);
  lurk_builder_open_vector(builder, prefix_octets);
  add_notation(builder, list);
  lurk_builder_close_vector(builder);
  lurk_builder_close_vector(builder);
}

static void add_name(struct lurk_builder *builder, const char *name) {
  if (name == NULL)
    return;
  lurk_add_u16(builder, 0);
  lurk_builder_open_vector(builder, 2);
  lurk_builder_open_vector(builder, 2);
  lurk_add_u8(builder, 0);
  lurk_builder_open_vector(builder, 2);
  lurk_add_octets(builder, (const uint8_t *)name, strlen(name));
  lurk_builder_close_vector(builder);
  lurk_builder_close_vector(builder);
  lurk_builder_close_vector(builder);
}

struct lurk_octets hello_body(const struct hello_parts *parts) {
  struct lurk_builder builder;
  struct lurk_octets body = {NULL, 0};
  lurk_builder_init(&builder, 4096);
  add_notation(&builder, parts->version == NULL ? "0303" : parts->version);
  add_notation(&builder, "(c1*32) 00");
  lurk_builder_open_vector(&builder, 2);
  add_notation(&builder, parts->suites);
  lurk_builder_close_vector(&builder);
  add_notation(&builder, "01 00");
  lurk_builder_open_vector(&builder, 2);
  add_name(&builder, parts->name);
  add_list(&builder, 10, 2, parts->groups);
  add_list(&builder, 13, 2, parts->schemes);
  add_list(&builder, 43, 1, parts->versions);
  lurk_builder_close_vector(&builder);
  assert_int_equal(lurk_builder_finish(&builder, &body), LURK_OK);
  struct lurk_octets exact = octets_cut(&body, body.len);
  lurk_octets_clear(&body);
  return exact;
}
