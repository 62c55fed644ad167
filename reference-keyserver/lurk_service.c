#include "lurk/fault.h"
#include "lurk/wire/lurk_base.h"
#include "lurk_exchange.h"
#include <string.h>

bool lurk_exchange_refuse_base(struct lurk_exchange *x, enum lurk_base_status status, const char *cause) {
  x->record->base = true;
  x->record->status = (uint8_t)status;
  x->record->cause = cause;
  return false;
}

bool lurk_exchange_refuse(struct lurk_exchange *x, enum lurk_tls12_status status, const char *cause) {
  x->record->base = false;
  x->record->status = (uint8_t)status;
  x->record->cause = cause;
  return false;
}

bool lurk_exchange_fail(struct lurk_exchange *x, lurk_status status) {
  if (status == LURK_ERR_MEMORY)
    return lurk_exchange_refuse_base(x, LURK_BASE_TEMPORARY_FAILURE, lurk_status_name(status));
  return lurk_exchange_refuse(x, LURK_TLS12_UNDEFINED_ERROR, lurk_status_name(status));
}

bool lurk_exchange_output(struct lurk_exchange *x, const uint8_t *data, size_t len) {
  return lurk_octets_copy(&x->output, data, len) || lurk_exchange_fail(x, LURK_ERR_MEMORY);
}

/* --- header: extension, status, type, in this order (lurk-01 §5.3, A-73) --- */

static bool is_offered(const struct lurk_view *view, const struct lurk_header *request) {
  return (request->version == LURK_EXTENSION_VERSION || LURK_FAULT(extension_version_ignored)) &&
         (request->designation == LURK_DESIGNATION_LURK ||
          (request->designation == LURK_DESIGNATION_TLS12 && view->tls12) || LURK_FAULT(designation_ignored));
}

static bool is_assigned(const struct lurk_header *request) {
  return request->designation == LURK_DESIGNATION_LURK ? request->type <= LURK_BASE_PING
                                                       : lurk_tls12_type_name(request->type) != NULL;
}

static bool check_header(struct lurk_exchange *x) {
  const struct lurk_header *request = x->call->request;
  if (!is_offered(x->call->view, request))
    return lurk_exchange_refuse_base(x, LURK_BASE_INVALID_EXTENSION, "extension is not offered to the edge");
  if (request->status != LURK_MESSAGE_REQUEST && !LURK_FAULT(request_status_ignored))
    return lurk_exchange_refuse_base(x, LURK_BASE_INVALID_STATUS, "message is not a request");
  return is_assigned(request) || LURK_FAULT(type_ignored) ||
         lurk_exchange_refuse_base(x, LURK_BASE_INVALID_TYPE, "type is not assigned");
}

/* --- designation lurk --- */

static bool serve_base(struct lurk_exchange *x) {
  const struct lurk_header *request = x->call->request;
  const struct lurk_octets *capabilities = &x->call->view->base_capabilities;
  if (request->payload_len != 0 && !LURK_FAULT(base_payload_ignored)) /* lurk-01 §6.3 */
    return lurk_exchange_refuse_base(x, LURK_BASE_INVALID_FORMAT, "request of this type has no payload");
  return request->type == LURK_BASE_PING || lurk_exchange_output(x, capabilities->data, capabilities->len);
}

/* --- answers --- */

#ifdef LURK_FAULTS
static void bend(const struct lurk_header *request, struct lurk_reply *reply) {
  struct lurk_header *header = &reply->header;
  bool is_error = header->status != LURK_MESSAGE_SUCCESS;
  if (is_error && LURK_FAULT(base_error_in_own_designation)) {
    header->designation = request->designation;
    header->version = request->version;
  }
  if (header->designation == LURK_DESIGNATION_TLS12 &&
      (header->status == LURK_TLS12_INVALID_KEY_ID || header->status == LURK_TLS12_INVALID_TLS_RANDOM) &&
      LURK_FAULT(status_swapped))
    header->status ^= LURK_TLS12_INVALID_KEY_ID ^ LURK_TLS12_INVALID_TLS_RANDOM;
  if (is_error && header->designation == LURK_DESIGNATION_LURK && LURK_FAULT(base_errors_undefined))
    header->status = LURK_BASE_UNDEFINED_ERROR;
  if (is_error && header->designation == LURK_DESIGNATION_TLS12 && LURK_FAULT(tls12_errors_undefined))
    header->status = LURK_TLS12_UNDEFINED_ERROR;
  if (LURK_FAULT(id_not_echoed))
    header->id++;
  if (is_error && LURK_FAULT(state_missing))
    lurk_octets_clear(&reply->payload);
}

/* "For debugging." */
static void tell_cause(const struct lurk_call_record *record, struct lurk_octets *payload) {
  lurk_octets_clear(payload);
  lurk_octets_copy(payload, (const uint8_t *)record->cause, strlen(record->cause));
}

/* The last octets of capabilities. */
static void change_state(struct lurk_octets *capabilities) {
  static _Atomic uint8_t count;
  capabilities->data[capabilities->len - 1] += count++;
}
#endif

/* Every error carries the state of the designation that answers. */
static void conclude(const struct lurk_call *call, const struct lurk_call_record *record,
                     struct lurk_octets *output, struct lurk_reply *reply) {
  static const uint8_t no_state[LURK_STATE_LEN];
  const struct lurk_header *request = call->request;
  if (record->served) {
    reply->header = lurk_header_answer(request, LURK_MESSAGE_SUCCESS, 0);
    reply->payload = *output;
    *output = (struct lurk_octets){0};
  } else {
    const uint8_t *state = call->view == NULL ? no_state
                           : record->base     ? call->view->base_state
                                              : call->view->tls12_state;
    reply->header = record->base ? lurk_header_refusal(request, (enum lurk_base_status)record->status, 0)
                                 : lurk_header_answer(request, record->status, 0);
    lurk_octets_clear(&reply->payload);
    lurk_octets_copy(&reply->payload, state, LURK_STATE_LEN); /* short of memory: an error without payload */
  }
#ifdef LURK_FAULTS
  bend(request, reply);
  if (!record->served && LURK_FAULT(error_tells_cause))
    tell_cause(record, &reply->payload);
  if (record->served && request->type == LURK_BASE_CAPABILITIES && LURK_FAULT(state_of_each_answer))
    change_state(&reply->payload);
#endif
}

void lurk_call_answer(const struct lurk_call *call, struct lurk_call_record *record,
                      struct lurk_reply *reply) {
  *record = (struct lurk_call_record){0};
  struct lurk_exchange x = {.call = call, .record = record};
  record->served =
      check_header(&x) &&
      (call->request->designation == LURK_DESIGNATION_LURK ? serve_base(&x) : lurk_tls12_serve(&x));
  if (record->served)
    record->status = LURK_MESSAGE_SUCCESS;
  conclude(call, record, &x.output, reply);
  lurk_octets_clear(&x.output);
}

void lurk_call_refuse(const struct lurk_call *call, enum lurk_base_status status, const char *cause,
                      struct lurk_call_record *record, struct lurk_reply *reply) {
  record->served = false;
  record->base = true;
  record->status = (uint8_t)status;
  record->cause = cause;
  conclude(call, record, NULL, reply);
}

const char *lurk_call_operation(const struct lurk_header *request) {
  const char *name = NULL;
  if (request->version == LURK_EXTENSION_VERSION && request->designation == LURK_DESIGNATION_TLS12)
    name = lurk_tls12_type_name(request->type);
  else if (request->version == LURK_EXTENSION_VERSION && request->designation == LURK_DESIGNATION_LURK &&
           request->type <= LURK_BASE_PING)
    name = request->type == LURK_BASE_PING ? "ping" : "capabilities";
  return name != NULL ? name : "other";
}
