#include "vectors/generator/ski.h"

#include "lurk/wire/base64.h"
#include "vectors/generator/groups.h"
#include <string.h>

struct octets ski_json_object(const struct message *members) {
  struct octets out = octets_text("{");
  bool first = true;
  for (size_t i = 0; i < members->count; i++) {
    struct octets member = members->pieces[i].value;
    if (member.len > 0)
      out = CAT(out, octets_text(first ? "" : ","), member);
    first = first && member.len == 0;
  }
  return CAT(out, octets_text("}"));
}

struct octets ski_json_member(const char *name, const char *text) {
  return CAT(octets_text("\""), octets_text(name), octets_text("\":"), octets_text(text));
}

struct octets ski_json_string(const char *name, const char *value) {
  return CAT(ski_json_member(name, "\""), octets_text(value), octets_text("\""));
}

const char *ski_base64(struct octets octets) {
  size_t len = lurk_base64_encoded_len(octets.len);
  char *text = (char *)octets_new(len);
  lurk_base64_encode(octets.at, octets.len, text);
  text[len] = '\0';
  return text;
}

struct octets ski_cbor_wide_head(unsigned major, uint64_t argument, unsigned width) {
  static const uint8_t info[] = {[1] = 24, [2] = 25, [4] = 26, [8] = 27};
  if (width == 0)
    return U8(major << 5 | (unsigned)argument);
  return CAT(U8(major << 5 | info[width]), octets_number(argument, width));
}

struct octets ski_cbor_head(unsigned major, uint64_t argument) {
  unsigned width = argument < 24 ? 0 : argument <= 0xff ? 1 : argument <= 0xffff ? 2 : 4;
  return ski_cbor_wide_head(major, argument, width);
}

struct octets ski_cbor_text(const char *text) {
  return CAT(ski_cbor_head(CBOR_TEXT, strlen(text)), octets_text(text));
}

struct octets ski_cbor_bytes(struct octets octets) {
  return CAT(ski_cbor_head(CBOR_BYTES, octets.len), octets);
}

struct octets ski_cbor_member(const char *name, struct octets value) {
  return CAT(ski_cbor_text(name), value);
}

struct octets ski_cbor_map(const struct message *members) {
  size_t count = 0;
  for (size_t i = 0; i < members->count; i++)
    count += members->pieces[i].value.len > 0;
  return CAT(ski_cbor_head(CBOR_MAP, count), message_octets(members));
}

json_t *ski_input(const char *format, struct octets message) {
  return json_pack("{s:s, s:o}", "format", format, "message", json_hex(message));
}

void make_ski_requests(struct collection *collection) {
  make_ski_requests_json(collection);
  make_ski_requests_cbor(collection);
}
