#include "lurk/fault.h"
#include "lurk/wire/ski_object.h"

#include <string.h>

enum {
  OUTPUT,
  ERROR,
#ifdef LURK_FAULTS
  DETAIL,
#endif
  MEMBER_COUNT
};

/* SKI §5.2. */
static const struct lurk_ski_member members_of_response[MEMBER_COUNT] = {
    [OUTPUT] = {.name = "output", .kind = LURK_SKI_KIND_OCTETS},
    [ERROR] = {.name = "error", .kind = LURK_SKI_KIND_TEXT},
#ifdef LURK_FAULTS
    [DETAIL] = {.name = "detail", .kind = LURK_SKI_KIND_TEXT},
#endif
};

static lurk_status take_response(const struct lurk_ski_member *members, struct lurk_ski_response *out,
                                 struct lurk_decode_error *error) {
  if (members[OUTPUT].present && members[ERROR].present && !LURK_FAULT(output_beside_error_taken))
    return lurk_ski_member_malformed(&members[ERROR], error);
  if (!members[OUTPUT].present && !members[ERROR].present)
    return lurk_ski_member_malformed(&members[OUTPUT], error);
  if (members[OUTPUT].present) {
    const struct lurk_ski_value *output = &members[OUTPUT].value;
    return lurk_octets_copy(&out->output, output->octets, output->len) ? LURK_OK : LURK_ERR_MEMORY;
  }
  int name = lurk_ski_value_index(&members[ERROR].value, lurk_ski_error_names,
                                  sizeof lurk_ski_error_names / sizeof *lurk_ski_error_names);
  if (name < 0)
    return lurk_ski_member_malformed(&members[ERROR], error);
  out->is_error = true;
  out->error = (enum lurk_ski_error)name;
  return LURK_OK;
}

lurk_status lurk_ski_response_decode(enum lurk_ski_format format, const uint8_t *data, size_t len,
                                     struct lurk_ski_response *out, struct lurk_decode_error *error) {
  struct lurk_ski_member members[MEMBER_COUNT];
  memcpy(members, members_of_response, sizeof members);
  struct lurk_ski_object object = {.members = members, .member_count = MEMBER_COUNT};
  *out = (struct lurk_ski_response){0};
  lurk_status status = lurk_ski_object_decode(format, data, len, &object, error);
  if (status == LURK_OK)
    status = take_response(members, out, error);
  if (status != LURK_OK)
    lurk_ski_response_clear(out);
  lurk_ski_object_clear(&object);
  return status;
}

lurk_status lurk_ski_response_encode(enum lurk_ski_format format, const struct lurk_ski_response *response,
                                     struct lurk_octets *out) {
  struct lurk_ski_member members[MEMBER_COUNT];
  memcpy(members, members_of_response, sizeof members);
  const struct lurk_ski_object object = {.members = members, .member_count = MEMBER_COUNT};
  if (response->is_error) {
    const char *name = lurk_ski_error_name(response->error);
    if (name == NULL)
      return LURK_ERR_MALFORMED;
    members[ERROR].value = lurk_ski_text_value(name);
  } else {
    members[OUTPUT].value = lurk_ski_octets_value(response->output.data, response->output.len);
  }
  members[response->is_error ? ERROR : OUTPUT].present = true;
#ifdef LURK_FAULTS
  if (response->detail != NULL && LURK_FAULT(cause_told)) {
    members[DETAIL].value = lurk_ski_text_value(response->detail);
    members[DETAIL].present = true;
  }
  if (response->is_error && LURK_FAULT(empty_output_beside_error)) {
    members[OUTPUT].value = lurk_ski_octets_value((const uint8_t *)"", 0);
    members[OUTPUT].present = true;
  }
#endif
  return lurk_ski_object_encode(format, &object, out);
}

void lurk_ski_response_clear(struct lurk_ski_response *response) {
  lurk_octets_clear(&response->output);
  *response = (struct lurk_ski_response){0};
}
