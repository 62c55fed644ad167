/* The LURK header and the base protocol (draft-mglt-lurk-lurk-01 §5, §6). */
#include "vectors/generator/groups.h"
#include "vectors/generator/lurk.h"

#include <stdio.h>
#include <string.h>

static struct group group;
static struct octets id, random_id;

static struct message header(unsigned designation, unsigned type, unsigned status, struct octets payload) {
  struct message message = {.count = 0};
  message_add(&message, "designation", U8(designation));
  message_add(&message, "version", U8(1));
  message_add(&message, "type", U8(type));
  message_add(&message, "status", U8(status));
  message_add(&message, "id", id);
  message_add(&message, "length", U32(16 + payload.len));
  message_add(&message, "payload", payload);
  return message;
}

struct octets lurk_message(unsigned designation, unsigned type, unsigned status, struct octets message_id,
                           struct octets payload) {
  return CAT(U8(designation), U8(1), U8(type), U8(status), message_id, U32(16 + payload.len), payload);
}

/* --- requests, as a server reads them --- */

static json_t *question(struct octets message, bool counts_header) {
  return json_pack("{s:o, s:b}", "message", json_hex(message), "counts_header", counts_header);
}

static json_t *meaning(const struct message *message) {
  return json_pack("{s:i, s:i, s:o, s:o}", "designation", message_piece(message, "designation").at[0], "type",
                   message_piece(message, "type").at[0], "id", json_hex(message_piece(message, "id")),
                   "payload", json_hex(message_piece(message, "payload")));
}

static void valid(const char *comment, const char *references, const struct message *message) {
  add_valid(&group, comment, references, question(message_octets(message), true), meaning(message));
}

static void control(const char *comment, const char *references, const struct message *message) {
  add_control(&group, comment, references, question(message_octets(message), true), meaning(message));
}

static void refused(const char *comment, const char *references, const struct message *message,
                    const char *status) {
  add_invalid(&group, comment, references, question(message_octets(message), true), status);
}

static void refuse_fields(const struct message *ping) {
  static const struct {
    const char *comment, *references, *field;
    uint8_t value;
    const char *status;
  } table[] = {
      {"designation 3", "LURK-4.3-01 LURK-5.3-01 LURK-5.3-07 LURK-8-01 LN-10", "designation", 3,
       "invalid_extension"},
      {"designation 255", "LURK-5.3-01 LURK-5.3-16 LURK-8-01 LN-10", "designation", 255, "invalid_extension"},
      {"version 0", "LURK-5.1-02 LURK-5.3-01 DG-17", "version", 0, "invalid_extension"},
      {"version 2", "LURK-5.1-02 LURK-6-01 LURK-5.3-01 DG-17", "version", 2, "invalid_extension"},
      {"version 255", "LURK-5.3-01 DG-17", "version", 255, "invalid_extension"},
      {"status success", "LURK-5.3-02 LURK-5.1-07 LURK-8-03 LN-10 LN-17", "status", 1, "invalid_status"},
      {"status of an error", "LURK-5.3-02 LURK-5.4-01 LN-10 LN-17", "status", 2, "invalid_status"},
      {"status 255", "LURK-5.3-02 LURK-5.4-01 LN-10", "status", 255, "invalid_status"},
      {"type 2 of designation lurk (A-84)", "LURK-5.1-04 LURK-5.3-03 LN-10 LN-18", "type", 2, "invalid_type"},
      {"type 255", "LURK-5.1-03 LURK-5.3-03 LURK-5.3-05 LN-10", "type", 255, "invalid_type"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct message changed = message_with(ping, table[i].field, U8(table[i].value));
    refused(table[i].comment, table[i].references, &changed, table[i].status);
  }
}

/* Two faults at once: the first in the order extension, status, type. */
static void refuse_several(const struct message *ping) {
  struct message changed = message_with(ping, "designation", U8(9));
  changed = message_with(&changed, "status", U8(3));
  refused("designation and status", "LURK-5.3-04 LN-16", &changed, "invalid_extension");
  changed = message_with(ping, "status", U8(1));
  changed = message_with(&changed, "type", U8(9));
  refused("status and type", "LURK-5.3-04 LN-16", &changed, "invalid_status");
  changed = message_with(&changed, "version", U8(7));
  refused("version, status and type", "LURK-5.3-04 LN-16", &changed, "invalid_extension");
}

static void refuse_lengths(const struct message *ping) {
  static const struct {
    const char *comment, *references;
    uint32_t length;
  } table[] = {
      {"length 0, which is that of the payload", "LURK-5.1-05 LURK-5.1-06 LN-02 LN-04", 0},
      {"length 15", "LURK-5.1-06 LURK-5.3-05 LN-02", 15},
      {"length 17 of a message of 16", "LURK-5.1-05 LURK-5.2-04 LN-02", 17},
      {"length 2^32-1", "LURK-P-03 LN-03", 0xffffffff},
      {"length 2^31", "LURK-P-03 LN-03", 0x80000000},
      {"length one beyond the limit of 65536", "LURK-P-03 LN-03", 65537},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct message changed = message_with(ping, "length", U32(table[i].length));
    refused(table[i].comment, table[i].references, &changed, "invalid_format");
  }
  struct message changed = message_with(ping, "length", octets_reversed(U32(16)));
  refused("length in little-endian order", "LURK-5.1-01 TLS12-3-04 LN-15", &changed, "invalid_format");
  changed = message_with(ping, "payload", octets_text("LURK"));
  refused("four octets behind the message", "LURK-5.1-05 LURK-P-02 LN-08", &changed, "invalid_format");
  changed = message_with(&changed, "length", U32(20));
  refused("ping with a payload", "LURK-6.2.1-01 LURK-6.3-01 LURK-5.3-05 LN-09", &changed, "invalid_format");
  changed = message_with(&changed, "type", U8(0));
  refused("capabilities with a payload", "LURK-6.1.1-01 LURK-6.3-01 LN-09", &changed, "invalid_format");
  for (size_t len = 0; len < 16; len += 5) {
    char comment[40];
    snprintf(comment, sizeof comment, "%zu octets of a header", len);
    add_invalid(&group, comment, "LURK-5.1-01 LURK-4.3-03 LURK-P-01 LN-01",
                question(octets_first(message_octets(ping), len), true), "invalid_format");
  }
}

/* the other convention is a dialect of a listener. */
static void add_dialect(void) {
  struct message ping = header(0, 1, 0, octets_text(""));
  struct message other = message_with(&ping, "length", U32(0));
  add_control(&group, "dialect whose length is that of the payload: ping", "LURK-5.1-05 LN-04",
              question(message_octets(&other), false), meaning(&ping));
  add_invalid(&group, "dialect: length counts the header after all", "LURK-5.1-05 LN-04",
              question(message_octets(&ping), false), "invalid_format");
}

static void make_requests(struct collection *collection) {
  group_open(collection, &group, "lurk_request", "lurk_request", "LURK messages as a server reads them");
  id = random_id = drbg_octets(&group.drbg, 8);
  struct message message = header(0, 0, 0, octets_text(""));
  control("capabilities of lurk", "LURK-4.3-01 LURK-4.3-02 LURK-5.1-02 LURK-5.1-04 LURK-6-01 LURK-6.1.1-01",
          &message);
  message = header(1, 0, 0, octets_text(""));
  valid("capabilities of tls12", "LURK-4.3-01 TLS12-3-01 TLS12-3-02 TLS12-7.1-01", &message);
  message = header(1, 1, 0, octets_text(""));
  control("ping of tls12", "TLS12-3-01 TLS12-3-02 TLS12-3-05 TLS12-8.1-01", &message);
  struct message changed = message_with(&message, "type", U8(7));
  refused("type 7 of tls12", "TLS12-3-02 TLS12-3-06 TLS12-10-01 LN-10", &changed, "invalid_type");
  changed = message_with(&message, "version", U8(2));
  refused("version 2 of tls12", "TLS12-3-01 DG-17", &changed, "invalid_extension");
  changed = message_with(&message, "status", U8(1));
  refused("success of tls12", "TLS12-3-05 TLS12-3-07 LN-17", &changed, "invalid_status");
  for (unsigned type = 2; type <= 6; type++) {
    message = header(1, type, 0, drbg_octets(&group.drbg, 24));
    valid("header of an exchange of tls12; the payload is not looked at", "TLS12-3-02 LURK-4.3-01", &message);
  }
  static const uint8_t ids[] = {0x00, 0xff};
  for (size_t i = 0; i < 2; i++) {
    id = octets_repeat(ids[i], 8);
    message = header(0, 1, 0, octets_text(""));
    valid(i == 0 ? "id 0" : "id 2^64-1", "LURK-5.1-08 LN-11", &message);
  }
  id = random_id;
  message = header(1, 6, 0, octets_repeat(0, 65536 - 16));
  valid("a message as long as the limit of 65536", "LURK-P-03 LN-03", &message);
  message = header(0, 1, 0, octets_text(""));
  control("ping of lurk",
          "LURK-4.3-03 LURK-5.1-01 LURK-5.1-05 LURK-5.1-07 LURK-5.2-04 LURK-6.2.1-01 LURK-8-03", &message);
  refuse_fields(&message);
  refuse_several(&message);
  refuse_lengths(&message);
  add_dialect();
}

/* --- answers, as a client reads them --- */

static json_t *pair(struct octets request, const struct message *answer) {
  return json_pack("{s:o, s:o}", "request", json_hex(request), "message", json_hex(message_octets(answer)));
}

static void add_errors(struct octets request) {
  struct message answer = header(0, 6, 5, octets_hex("0badcafe"));
  add_control(
      &group, "an error of lurk for a request of tls12: its status is one of lurk",
      "LURK-5.2-12 LURK-5.3-07 LURK-5.3-10 LURK-5.1-03 LURK-5.4-10", pair(request, &answer),
      json_pack("{s:s, s:s, s:s}", "kind", "base_error", "status", "invalid_type", "state", "0badcafe"));
  struct message changed = message_with(&answer, "designation", U8(2));
  add_invalid(&group, "an error of a third designation", "LURK-5.2-12 LURK-5.3-10 LC-04 LC-12",
              pair(request, &changed), "foreign");
  changed = message_with(&answer, "version", U8(2));
  add_invalid(&group, "an error of lurk in a version that was not asked",
              "LURK-5.3-08 LURK-5.3-09 LURK-5.3-07", pair(request, &changed), "foreign");
  answer = header(0, 6, 7, octets_hex("0badcafe"));
  add_valid(
      &group, "temporary_failure is 7 (A-78)", "LURK-5.1-03", pair(request, &answer),
      json_pack("{s:s, s:s, s:s}", "kind", "base_error", "status", "temporary_failure", "state", "0badcafe"));
  answer = header(0, 6, 4, octets_text(""));
  add_valid(&group, "an error without a payload", "LURK-5.4-02 LURK-7-02", pair(request, &answer),
            json_pack("{s:s, s:s}", "kind", "base_error", "status", "invalid_extension"));
  answer = header(0, 6, 3, octets_hex("0badcafe00"));
  add_valid(&group, "an error payload of five octets is no state (A-77)",
            "LURK-5.4-10 LURK-5.4-03 LURK-P-05 LC-09", pair(request, &answer),
            json_pack("{s:s, s:s}", "kind", "base_error", "status", "invalid_format"));
  answer = header(0, 6, 200, octets_text(""));
  add_valid(&group, "a status that nobody assigned is an error", "LURK-5.4-01 LURK-8-01",
            pair(request, &answer), json_pack("{s:s, s:s}", "kind", "base_error", "status", "unassigned"));
  for (unsigned status = 2; status <= 14; status++) {
    static const char *const names[] = {"undefined_error",
                                        "invalid_payload_format",
                                        "invalid_key_id_type",
                                        "invalid_key_id",
                                        "invalid_tls_random",
                                        "invalid_freshness_funct",
                                        "invalid_encrypted_premaster",
                                        "invalid_finished",
                                        "invalid_ec_type",
                                        "invalid_ec_curve",
                                        "invalid_poo_prf",
                                        "invalid_poo",
                                        "invalid_cipher_or_prf_hash"};
    struct message error = header(1, 6, status, octets_hex("0badcafe"));
    add_control(
        &group, names[status - 2], "TLS12-3-03 LURK-5.3-13", pair(request, &error),
        json_pack("{s:s, s:s, s:s}", "kind", "error", "status", names[status - 2], "state", "0badcafe"));
  }
  struct message error = header(1, 6, 15, octets_text(""));
  add_control(&group, "status 15 of tls12", "TLS12-10-01 TLS12-3-03", pair(request, &error),
              json_pack("{s:s, s:s}", "kind", "error", "status", "unassigned"));
  error = message_with(&error, "length", U32(15));
  add_invalid(&group, "an error with a length of 15",
              "TLS12-3-03 TLS12-10-01 LURK-P-05 LC-09 LURK-5.4-02 LURK-5.4-03 LURK-7-02 LURK-5.3-11 "
              "LURK-5.3-13 LURK-5.1-06",
              pair(request, &error), "malformed");
}

static void refuse_answers(struct octets request, const struct message *good) {
  static const struct {
    const char *comment, *references, *field;
    uint8_t value;
    const char *status;
  } table[] = {
      {"a request with the id of the own one", "LURK-5.2-06 LURK-5.1-07 LC-02 LC-14", "status", 0, "foreign"},
      {"success of another type", "LURK-5.2-07 LURK-5.3-12 LC-03", "type", 2, "mismatched"},
      {"success of another designation", "LURK-5.2-07 LURK-5.3-12 LC-03", "designation", 0, "mismatched"},
      {"success of another version", "LURK-5.2-07 LURK-5.3-12", "version", 2, "mismatched"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct message changed = message_with(good, table[i].field, U8(table[i].value));
    add_invalid(&group, table[i].comment, table[i].references, pair(request, &changed), table[i].status);
  }
  struct message changed = message_with(good, "id", octets_changed(message_piece(good, "id"), 7, 1));
  add_invalid(&group, "another id", "LURK-5-01 LURK-5.1-08 LURK-5.2-05 RP-12 LC-01", pair(request, &changed),
              "foreign");
  changed = message_with(good, "id", octets_reversed(message_piece(good, "id")));
  add_invalid(&group, "id in the other order of octets", "LURK-5.1-08 LN-11", pair(request, &changed),
              "foreign");
  changed = message_with(good, "length", U32(8));
  add_invalid(&group, "length that is that of the payload", "LURK-5.1-05 LURK-5.3-12 LC-11",
              pair(request, &changed), "malformed");
  changed = message_with(good, "payload", octets_text("one octet too many"));
  add_invalid(&group, "length and payload that differ", "LURK-5.3-12 LURK-5.2-08", pair(request, &changed),
              "malformed");
}

static void make_answers(struct collection *collection) {
  group_open(collection, &group, "lurk_answer", "lurk_answer", "LURK messages as a client reads them");
  id = drbg_octets(&group.drbg, 8);
  struct octets request = lurk_message(1, 6, 0, id, drbg_octets(&group.drbg, 4));
  request = octets_patched(octets_first(request, 16), 12, U32(160));
  struct octets payload = drbg_octets(&group.drbg, 8);
  struct message good = header(1, 6, 1, payload);
  add_control(&group, "success",
              "LURK-5-01 LURK-5.1-07 LURK-5.1-08 LURK-5.2-07 LURK-5.2-08 LURK-5.3-12 LURK-8-03 LN-11",
              pair(request, &good), json_pack("{s:s, s:o}", "kind", "success", "payload", json_hex(payload)));
  refuse_answers(request, &good);
  struct octets ping = lurk_message(0, 1, 0, id, octets_text(""));
  struct message pong = header(0, 1, 1, octets_text(""));
  add_control(&group, "answer to a ping", "LURK-6.2.2-01 LURK-6.2.4-01 LURK-4.3-03 TLS12-8.2-01",
              pair(ping, &pong), json_pack("{s:s, s:s}", "kind", "success", "payload", ""));
  pong = message_with(&pong, "status", U8(0));
  add_invalid(&group, "the ping itself, reflected",
              "LURK-5.2-06 LURK-6.2.2-01 LURK-6.2.4-01 TLS12-8.2-01 LN-17", pair(ping, &pong), "foreign");
  add_errors(request);
}

/* --- capabilities --- */

static void refuse_capabilities(const struct message *good) {
  static const struct {
    const char *comment, *references, *field, *hex;
  } table[] = {
      {"no extension", "LURK-6.1.2-01 LN-13", "extensions", "0000"},
      {"extensions of odd size", "LURK-6.1.2-02 LN-13 LC-10", "extensions", "0003 0001 01"},
      {"extensions without lurk itself", "LURK-6.1.2-02 LURK-4.3-02", "extensions", "0002 0101"},
      {"extensions beyond the payload", "LURK-6.1.2-01 LN-05", "extensions", "00ff 0001"},
      {"no type in the list", "LURK-6.1.2-03 LN-13", "types", "0000"},
      {"types beyond the payload", "LURK-6.1.2-03 LN-05 LC-10", "types", "0009 0001"},
      {"state of three octets", "LURK-6.1.2-04 LURK-5.4-10", "state", "010203"},
      {"state of five octets", "LURK-6.1.2-04 LURK-5.4-10", "state", "0102030405"},
      {"extensions with a length of one octet", "LURK-6.1.2-01 LN-05", "extensions", "04 0001 0101"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct message changed = message_with(good, table[i].field, octets_hex(table[i].hex));
    add_invalid(&group, table[i].comment, table[i].references,
                json_hex_object("payload", message_octets(&changed), NULL), "malformed");
  }
  add_invalid(&group, "extensions alone", "LURK-6.1.2-01 LURK-6.1.2-04",
              json_hex_object("payload", message_piece(good, "extensions"), NULL), "malformed");
  add_invalid(&group, "empty payload", "LURK-6.1.2-01", json_hex_object("payload", octets_text(""), NULL),
              "malformed");
}

static void make_capabilities(struct collection *collection) {
  group_open(collection, &group, "lurk_capabilities", "lurk_capabilities", "Payload of capabilities of lurk");
  struct octets state = drbg_octets(&group.drbg, 4);
  struct message good = {.count = 0};
  message_add(&good, "extensions", octets_hex("0004 0001 0101"));
  message_add(&good, "types", octets_hex("0002 0001"));
  message_add(&good, "state", state);
  struct message peer = message_without(&good, "types");
  add_valid(&group, "the form of a peer without types (A-76)", "LURK-6.1.2-03",
            json_hex_object("payload", message_octets(&peer), NULL),
            json_pack("{s:[[ii][ii]], s:o}", "extensions", 0, 1, 1, 1, "state", json_hex(state)));
  add_flag(&group, "no-type-list");
  struct message more = message_with(&good, "extensions", octets_hex("0008 0001 0101 0201 fe07"));
  add_valid(&group, "extensions that are not known", "LURK-6.1.2-02 LURK-8-01",
            json_hex_object("payload", message_octets(&more), NULL),
            json_pack("{s:[[ii][ii][ii][ii]], s:[ii], s:o}", "extensions", 0, 1, 1, 1, 2, 1, 254, 7, "types",
                      0, 1, "state", json_hex(state)));
  add_control(&group, "lurk and tls12",
              "LURK-6.1.2-01 LURK-6.1.2-02 LURK-6.1.2-03 LURK-6.1.2-04 LURK-4.3-02 LURK-5.4-10",
              json_hex_object("payload", message_octets(&good), NULL),
              json_pack("{s:[[ii][ii]], s:[ii], s:o}", "extensions", 0, 1, 1, 1, "types", 0, 1, "state",
                        json_hex(state)));
  refuse_capabilities(&good);
}

void make_lurk_base(struct collection *collection) {
  make_requests(collection);
  make_answers(collection);
  make_capabilities(collection);
}
