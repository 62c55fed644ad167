#include "request_log.h"

#include "lurk/fault.h"

/* A peer that is no edge: all names that its certificate could have been known by. */
static void add_peer(struct lurk_audit_line *line, const struct lurk_peer *peer) {
  lurk_audit_line_list(line, "peer_names");
  for (size_t i = 0; i < peer->uri_count; i++)
    lurk_audit_line_element(line, peer->uris[i]);
  for (size_t i = 0; i < peer->dns_name_count; i++)
    lurk_audit_line_element(line, peer->dns_names[i]);
  lurk_audit_line_list_end(line);
  lurk_audit_line_octets(line, "peer_spki", peer->spki, sizeof peer->spki);
}

static void add_suspicion(struct lurk_audit_line *line, uint64_t ciphertext_edge) {
  if (ciphertext_edge != 0 && !LURK_FAULT(nothing_suspicious))
    lurk_audit_line_word(line, "suspicion", "ciphertext was sent by another edge");
}

static void add_ski(struct lurk_audit_line *line, const struct lurk_ski_record *ski) {
  lurk_audit_line_word(line, "protocol", lurk_ski_protocol_name(ski->protocol));
  lurk_audit_line_word(line, "method", lurk_ski_method_name(ski->method));
  if (ski->scheme_present)
    lurk_audit_line_number(line, "scheme", ski->scheme);
  else if (ski->hash != LURK_SKI_HASH_ABSENT)
    lurk_audit_line_word(line, "hash", lurk_ski_hash_name(ski->hash));
  if (ski->key != NULL) {
    lurk_audit_line_word(line, "key", ski->key->name);
    lurk_audit_line_octets(line, "spki", ski->key->spki, sizeof ski->key->spki);
  } else {
    lurk_audit_line_octets(line, ski->spki_is_alias ? "alias" : "spki", ski->spki,
                           ski->spki_is_alias ? LURK_SKI_ALIAS_LEN : sizeof ski->spki);
  }
  add_suspicion(line, ski->ciphertext_edge);
#ifdef LURK_FAULTS
  if (ski->leak[0] != '\0')
    lurk_audit_line_word(line, "octets", ski->leak);
#endif
}

/* Identifiers are written in hexadecimal, as header and key ids are in dumps. */
static void add_lurk(struct lurk_audit_line *line, const struct lurk_header *header,
                     const struct lurk_call_record *record) {
  const uint8_t *id = record->key_id + 1;
  lurk_audit_line_number(line, "designation", header->designation);
  lurk_audit_line_number(line, "type", header->type);
  lurk_audit_line_hex(line, "id", header->id, 16);
  if (record->has_key_id)
    lurk_audit_line_hex(line, "key_id", (uint64_t)id[0] << 24 | (uint64_t)id[1] << 16 | id[2] << 8 | id[3],
                        8);
  if (record->key != NULL)
    lurk_audit_line_word(line, "key", record->key->name);
  if (record->has_scheme) {
    lurk_audit_line_number(line, "scheme", record->scheme);
    lurk_audit_line_number(line, "poo_prf", record->poo_prf);
  }
  add_suspicion(line, record->ciphertext_edge);
}

static void add_cause(struct lurk_audit_line *line, const char *cause,
                      const struct lurk_decode_error *where) {
  lurk_audit_line_text(line, "cause", cause);
  if (where->field != NULL)
    lurk_audit_line_text(line, "field", where->field);
  if (where->field != NULL && where->offset != LURK_NO_OFFSET)
    lurk_audit_line_number(line, "offset", where->offset);
}

bool lurk_request_line(const struct lurk_request_event *event, struct lurk_audit_line *line) {
  lurk_audit_line_begin(line, "request");
  lurk_audit_line_number(line, "number", event->number);
  lurk_audit_line_word(line, "edge", event->edge);
  if (!LURK_FAULT(address_not_logged))
    lurk_audit_line_text(line, "address", event->address);
  lurk_audit_line_word(line, "operation", event->operation);
  lurk_audit_line_word(line, "format", event->format);
  lurk_audit_line_number(line, "status", event->status);
  lurk_audit_line_word(line, "verdict", event->verdict);
  if (event->edge == NULL)
    add_peer(line, event->peer);
  if (event->cause != NULL)
    add_cause(line, event->cause, event->lurk != NULL ? &event->lurk->where : &event->ski.where);
  if (event->lurk != NULL)
    add_lurk(line, event->header, event->lurk);
  if (event->ski.decoded)
    add_ski(line, &event->ski);
#ifdef LURK_FAULTS
  if (event->ski.leak[0] != '\0' && LURK_FAULT(path_logged_raw))
    lurk_audit_line_word(line, "path", event->ski.leak);
#endif
  lurk_audit_line_number(line, "duration_us", (event->ended_ns - event->began_ns) / 1000);
  return lurk_audit_line_end(line);
}
