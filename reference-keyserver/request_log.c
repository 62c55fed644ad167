#include "request_log.h"

#include "audit.h"
#include "lurk/fault.h"
#include <stdio.h>

/* Sets a member whose value was made just now. False when memory is short. */
static bool set(json_t *object, const char *name, json_t *value) {
  return json_object_set_new(object, name, value) == 0;
}

/* A peer that is no edge: all names that its certificate could have been known by. */
static bool set_peer(json_t *object, const struct lurk_peer *peer) {
  json_t *names = json_array();
  bool ok = names != NULL;
  for (size_t i = 0; ok && i < peer->uri_count; i++)
    ok = json_array_append_new(names, lurk_audit_text(peer->uris[i])) == 0;
  for (size_t i = 0; ok && i < peer->dns_name_count; i++)
    ok = json_array_append_new(names, lurk_audit_text(peer->dns_names[i])) == 0;
  return set(object, "peer_names", names) && ok &&
         set(object, "peer_spki", lurk_audit_octets(peer->spki, sizeof peer->spki));
}

static bool set_suspicion(json_t *object, uint64_t ciphertext_edge) {
  return ciphertext_edge == 0 || set(object, "suspicion", json_string("ciphertext was sent by another edge"));
}

static bool set_ski(json_t *object, const struct lurk_ski_record *ski) {
  bool ok = set(object, "protocol", json_string(lurk_ski_protocol_name(ski->protocol))) &&
            set(object, "method", json_string(lurk_ski_method_name(ski->method)));
  if (ski->scheme_present)
    ok = ok && set(object, "scheme", json_integer(ski->scheme));
  else if (ski->hash != LURK_SKI_HASH_ABSENT)
    ok = ok && set(object, "hash", json_string(lurk_ski_hash_name(ski->hash)));
  if (ski->key != NULL)
    ok = ok && set(object, "key", json_string(ski->key->name)) &&
         set(object, "spki", lurk_audit_octets(ski->key->spki, sizeof ski->key->spki));
  else
    ok = ok && set(object, ski->spki_is_alias ? "alias" : "spki",
                   lurk_audit_octets(ski->spki, ski->spki_is_alias ? LURK_SKI_ALIAS_LEN : sizeof ski->spki));
  ok = ok && set_suspicion(object, ski->ciphertext_edge);
#ifdef LURK_FAULTS
  if (LURK_FAULT(secret_in_log) && ski->leak[0] != '\0')
    ok = ok && set(object, "output", json_string(ski->leak));
#endif
  return ok;
}

/* Identifiers are written in hexadecimal, as header and key ids are in dumps. */
static json_t *hex(const char *format, unsigned long long value) {
  char text[17];
  snprintf(text, sizeof text, format, value);
  return json_string(text);
}

static bool set_lurk(json_t *object, const struct lurk_header *header,
                     const struct lurk_call_record *record) {
  const uint8_t *id = record->key_id + 1;
  bool ok = set(object, "designation", json_integer(header->designation)) &&
            set(object, "type", json_integer(header->type)) && set(object, "id", hex("%016llx", header->id));
  if (record->has_key_id)
    ok = ok && set(object, "key_id",
                   hex("%08llx", (unsigned long long)id[0] << 24 | id[1] << 16 | id[2] << 8 | id[3]));
  if (record->key != NULL)
    ok = ok && set(object, "key", json_string(record->key->name));
  if (record->has_scheme)
    ok = ok && set(object, "scheme", json_integer(record->scheme)) &&
         set(object, "poo_prf", json_integer(record->poo_prf));
  return ok && set_suspicion(object, record->ciphertext_edge);
}

static bool set_cause(json_t *object, const char *cause, const struct lurk_decode_error *where) {
  bool ok = set(object, "cause", lurk_audit_text(cause));
  if (where->field != NULL)
    ok = ok && set(object, "field", lurk_audit_text(where->field));
  if (where->field != NULL && where->offset != LURK_NO_OFFSET)
    ok = ok && set(object, "offset", json_integer((json_int_t)where->offset));
  return ok;
}

json_t *lurk_request_event(const struct lurk_request_event *event) {
  json_t *object = lurk_audit_event("request");
  if (object == NULL)
    return NULL;
  bool ok = set(object, "number", json_integer((json_int_t)event->number)) &&
            set(object, "edge", event->edge != NULL ? json_string(event->edge) : json_null()) &&
            set(object, "address", lurk_audit_text(event->address)) &&
            set(object, "operation", json_string(event->operation)) &&
            set(object, "format", json_string(event->format)) &&
            set(object, "status", json_integer(event->status)) &&
            set(object, "verdict", json_string(event->verdict));
  if (event->edge == NULL)
    ok = ok && set_peer(object, event->peer);
  if (event->cause != NULL)
    ok = ok && set_cause(object, event->cause, event->lurk != NULL ? &event->lurk->where : &event->ski.where);
  if (event->lurk != NULL)
    ok = ok && set_lurk(object, event->header, event->lurk);
  if (event->ski.decoded)
    ok = ok && set_ski(object, &event->ski);
  ok = ok && set(object, "duration_us", json_integer((json_int_t)(event->ended_ns - event->began_ns) / 1000));
  if (ok)
    return object;
  json_decref(object);
  return NULL;
}
