/* SKI responses (SKI §5.2) and capabilities (SKI-P-15, A-63), in both formats. */
#include "vectors/generator/groups.h"
#include "vectors/generator/ski.h"

#include <stdio.h>
#include <string.h>

/* What the two formats write differently. */
struct format {
  const char *name;
  struct octets (*octets_member)(const char *name, struct octets value);
  struct octets (*text_member)(const char *name, const char *value);
  struct octets (*number_member)(const char *name, unsigned value);
  struct octets (*object)(const struct message *members);
};

static struct octets json_octets(const char *name, struct octets value) {
  return ski_json_string(name, ski_base64(value));
}

static struct octets json_number(const char *name, unsigned value) {
  char text[16];
  snprintf(text, sizeof text, "%u", value);
  return ski_json_member(name, text);
}

static struct octets cbor_octets(const char *name, struct octets value) {
  return ski_cbor_member(name, ski_cbor_bytes(value));
}

static struct octets cbor_text(const char *name, const char *value) {
  return ski_cbor_member(name, ski_cbor_text(value));
}

static struct octets cbor_number(const char *name, unsigned value) {
  return ski_cbor_member(name, ski_cbor_head(CBOR_UNSIGNED, value));
}

static const struct format formats[] = {
    {"json", json_octets, ski_json_string, json_number, ski_json_object},
    {"cbor", cbor_octets, cbor_text, cbor_number, ski_cbor_map},
};

static struct group group;
static const struct format *format;

static void refused(const char *comment, const char *references, const struct message *members) {
  add_invalid(&group, comment, references, ski_input(format->name, format->object(members)), "malformed");
}

static struct octets object_of(struct octets member) {
  struct message members = {.count = 0};
  message_add(&members, "", member);
  return format->object(&members);
}

static void refused_member(const char *comment, const char *references, struct octets member) {
  add_invalid(&group, comment, references, ski_input(format->name, object_of(member)), "malformed");
}

/* --- responses --- */

static void add_errors(void) {
  static const struct {
    const char *name, *references;
  } errors[] = {{"malformed request", "SKI-5.2-23 SKI-5.2.1-02"},
                {"request denied", "SKI-5.2-23 SKI-5.2.1-04"},
                {"spki not found", "SKI-5.2-23 SKI-5.2.1-03"},
                {"unspecified error", "SKI-5.2-23 SKI-5.1.1-06 SKI-5.1.2-06"}};
  for (size_t i = 0; i < 4; i++) {
    struct octets member = format->text_member("error", errors[i].name);
    add_control(&group, errors[i].name, errors[i].references, ski_input(format->name, object_of(member)),
                json_pack("{s:s}", "error", errors[i].name));
    char text[40];
    snprintf(text, sizeof text, "%s ", errors[i].name);
    refused_member("with a blank behind it", errors[i].references, format->text_member("error", text));
  }
}

static void refuse_responses(void) {
  refused_member("an error that is none of the four", "SKI-5.2-23 OR-12",
                 format->text_member("error", "denied"));
  refused_member("an error that tells more", "SKI-5.2-23 SKI-REQ-6 OR-12",
                 format->text_member("error", "malformed request: bad padding"));
  refused_member("an error with what was sent", "SKI-5.2-23 JS-17 OR-12",
                 format->text_member("error", "<script>"));
  refused_member("output as a number", "SKI-5.2-20 SKI-P-07", format->number_member("output", 5));
  refused_member("error as a number", "SKI-5.2-23 SKI-P-07", format->number_member("error", 5));
  refused_member("another member alone", "SKI-5.2-20", format->text_member("result", "output"));
  struct message both = {.count = 0};
  message_add(&both, "error", format->text_member("error", "request denied"));
  message_add(&both, "output", format->octets_member("output", U8(1)));
  refused("output and error together", "SKI-5.2-24 SE-01", &both);
  refused("neither output nor error", "SKI-5.2-20 SKI-5.2-24 SE-01", &(struct message){.count = 0});
  struct message twice = {.count = 0};
  message_add(&twice, "output", format->octets_member("output", U8(1)));
  message_add(&twice, "again", format->octets_member("output", U8(2)));
  refused("output twice", "SKI-P-07 SKI-5.2-20", &twice);
}

static void add_output(const char *comment, const char *references, struct octets output) {
  add_control(&group, comment, references,
              ski_input(format->name, object_of(format->octets_member("output", output))),
              json_hex_object("output", output, NULL));
}

/* Octets have one text, but its solidus may be escaped (RFC 8259 §7). */
static void add_json_forms(void) {
  add_control(&group, "an escaped solidus in the base64", "SKI-5.2-07 SE-06",
              ski_input("json", octets_text("{\"output\":\"\\/\\/8A\"}")),
              json_hex_object("output", octets_hex("ffff00"), NULL));
  refused_member("base64 without padding", "SKI-5.2-07 SE-06 JS-09", ski_json_member("output", "\"AA\""));
  refused_member("a solidus with two backslashes", "SKI-5.2-07 SE-06",
                 ski_json_member("output", "\"\\\\/\\\\/8A\""));
}

static void add_cbor_forms(void) {
  add_control(&group, "an output of 24 octets, the first with a length behind its head",
              "SKI-5.2-08 SE-06 CB-07",
              ski_input("cbor", object_of(cbor_octets("output", octets_repeat(7, 24)))),
              json_hex_object("output", octets_repeat(7, 24), NULL));
  struct octets wide = CAT(ski_cbor_wide_head(CBOR_BYTES, 24, 2), octets_repeat(7, 24));
  refused_member("the same with its length in two octets", "SKI-5.2-08 SE-06 CB-07",
                 ski_cbor_member("output", wide));
}

static void make_responses(struct collection *collection) {
  char name[40];
  snprintf(name, sizeof name, "ski_response_%s", format->name);
  group_open(collection, &group, name, "ski_response", "SKI responses");
  add_errors();
  add_output("an output of one octet", "SKI-5.2-20", U8(0x7f));
  struct octets premaster = CAT(U16(0x0303), drbg_octets(&group.drbg, 46));
  add_output("a premaster secret", "SKI-5.2-01 SKI-5.2-20 SKI-5.2-21 SKI-5.1.1-07", premaster);
  struct octets message = object_of(format->octets_member("output", premaster));
  add_invalid(&group, "cut short", "SKI-5.2-20 SKI-5.2-21 SKI-5.1.1-07",
              ski_input(format->name, octets_without_last(message, 2)), "malformed");
  add_output("a signature of 256 octets", "SKI-5.2-20 SKI-5.2-22 SKI-5.1.2-07",
             drbg_octets(&group.drbg, 256));
  message = object_of(format->octets_member("output", drbg_octets(&group.drbg, 72)));
  add_invalid(&group, "an octet behind the object", "SKI-5.2-01 SKI-5.2-22 SKI-5.1.2-07",
              ski_input(format->name, CAT(message, U8('}'))), "malformed");
  if (format == &formats[0])
    add_json_forms();
  else
    add_cbor_forms();
  struct message extra = {.count = 0};
  message_add(&extra, "unknown", format->text_member("note", "x"));
  message_add(&extra, "output", format->octets_member("output", U8(1)));
  add_control(&group, "an unknown member beside it", "SKI-P-08 SKI-5.2-24 SKI-REQ-6",
              ski_input(format->name, format->object(&extra)), json_hex_object("output", U8(1), NULL));
  refuse_responses();
}

/* --- capabilities --- */

static struct octets list_of(const char *name, const struct octets *items, size_t count) {
  bool json = strcmp(format->name, "json") == 0;
  struct octets out = json ? octets_text("[") : ski_cbor_head(CBOR_ARRAY, count);
  for (size_t i = 0; i < count; i++)
    out = CAT(out, octets_text(json && i > 0 ? "," : ""), items[i]);
  if (!json)
    return ski_cbor_member(name, out);
  return CAT(ski_json_member(name, ""), out, octets_text("]"));
}

static struct octets text_item(const char *text) {
  if (strcmp(format->name, "json") == 0)
    return CAT(octets_text("\""), octets_text(text), octets_text("\""));
  return ski_cbor_text(text);
}

static struct octets octets_item(struct octets value) {
  return strcmp(format->name, "json") == 0 ? text_item(ski_base64(value)) : ski_cbor_bytes(value);
}

static struct octets number_item(unsigned number) {
  char text[16];
  snprintf(text, sizeof text, "%u", number);
  return strcmp(format->name, "json") == 0 ? octets_text(text) : ski_cbor_head(CBOR_UNSIGNED, number);
}

static struct octets texts(const char *name, const char *first, const char *second, const char *third) {
  struct octets items[3] = {text_item(first)};
  size_t count = 1;
  if (second != NULL)
    items[count++] = text_item(second);
  if (third != NULL)
    items[count++] = text_item(third);
  return list_of(name, items, count);
}

static struct octets fingerprint;
static struct octets state;

/* In the order of the deterministic encoding. */
static struct message offered(void) {
  struct message members = {.count = 0};
  struct octets schemes[] = {number_item(0x0403), number_item(0x0804)};
  message_add(&members, "keys", list_of("keys", (struct octets[]){octets_item(fingerprint)}, 1));
  message_add(&members, "state", format->octets_member("state", state));
  message_add(&members, "hashes", texts("hashes", "SHA-256", "SHA-512", NULL));
  message_add(&members, "formats", texts("formats", "application/json", "application/cbor", NULL));
  message_add(&members, "methods", texts("methods", "ECDHE", NULL, NULL));
  message_add(&members, "schemes", list_of("schemes", schemes, 2));
  message_add(&members, "protocols", texts("protocols", "TLS 1.2", "TLS 1.3", NULL));
  return members;
}

static json_t *offer(void) {
  return json_pack("{s:[ss], s:[s], s:[ss], s:[ii], s:[ss], s:[o], s:o}", "protocols", "TLS 1.2", "TLS 1.3",
                   "methods", "ECDHE", "hashes", "SHA-256", "SHA-512", "schemes", 0x0403, 0x0804, "formats",
                   "application/json", "application/cbor", "keys", json_hex(fingerprint), "state",
                   json_hex(state));
}

static void refuse_capabilities(const struct message *good) {
  for (size_t i = 0; i < good->count; i++) {
    const char *name = good->pieces[i].name;
    char comment[60];
    struct message changed = message_without(good, name);
    snprintf(comment, sizeof comment, "no %s", name);
    refused(comment, "SKI-P-15", &changed);
    snprintf(comment, sizeof comment, "%s as text", name);
    changed = message_with(good, name, format->text_member(name, "!"));
    refused(comment, "SKI-P-15 SKI-P-07", &changed);
    if (strcmp(name, "keys") == 0 || strcmp(name, "schemes") == 0 || strcmp(name, "state") == 0)
      continue;
    snprintf(comment, sizeof comment, "empty list of %s", name);
    changed = message_with(good, name, list_of(name, NULL, 0));
    refused(comment, "SKI-P-15", &changed);
  }
  struct message changed = message_with(good, "state", format->octets_member("state", octets_repeat(1, 3)));
  refused("state of three octets", "SKI-P-15", &changed);
  changed = message_with(good, "state", format->octets_member("state", octets_repeat(1, 5)));
  refused("state of five octets", "SKI-P-15", &changed);
  struct octets short_key[] = {octets_item(octets_first(fingerprint, 31))};
  changed = message_with(good, "keys", list_of("keys", short_key, 1));
  refused("fingerprint of 31 octets", "SKI-P-15 SKI-5.2-12 JS-18", &changed);
  struct octets schemes[] = {number_item(0x10000)};
  changed = message_with(good, "schemes", list_of("schemes", schemes, 1));
  refused("scheme beyond 16 bits", "SKI-P-15 SKI-P-16", &changed);
}

static void make_capabilities(struct collection *collection) {
  char name[40];
  snprintf(name, sizeof name, "ski_capabilities_%s", format->name);
  group_open(collection, &group, name, "ski_capabilities", "Capabilities of a SKI key server");
  fingerprint = drbg_octets(&group.drbg, 32);
  state = drbg_octets(&group.drbg, 4);
  struct message good = offered();
  struct message other = message_with(&good, "methods", texts("methods", "ECDHE", "FUTURE", NULL));
  add_valid(&group, "a method that is not known yet", "SKI-P-15 SKI-P-08",
            ski_input(format->name, format->object(&other)), offer());
  other = message_with(&good, "keys", list_of("keys", NULL, 0));
  json_t *output = offer();
  json_object_set_new(output, "keys", json_array());
  add_valid(&group, "no key for this edge", "SKI-P-15", ski_input(format->name, format->object(&other)),
            output);
  add_control(&group, "what an edge may use", "SKI-P-15 SKI-5.2-06",
              ski_input(format->name, format->object(&good)), offer());
  refuse_capabilities(&good);
}

void make_ski_answers(struct collection *collection) {
  for (size_t i = 0; i < 2; i++) {
    format = &formats[i];
    make_responses(collection);
    make_capabilities(collection);
  }
}
