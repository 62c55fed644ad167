#include "lurk/wire/bytes.h"
#include "lurk/wire/ski_object.h"

#include <string.h>

enum { PROTOCOLS, METHODS, HASHES, SCHEMES, FORMATS, KEYS, STATE, MEMBER_COUNT };

/* The whole object is an addition to the draft. */
static const struct lurk_ski_member members_of_capabilities[MEMBER_COUNT] = {
    [PROTOCOLS] = {.name = "protocols", .kind = LURK_SKI_KIND_TEXT, .is_list = true, .required = true},
    [METHODS] = {.name = "methods", .kind = LURK_SKI_KIND_TEXT, .is_list = true, .required = true},
    [HASHES] = {.name = "hashes", .kind = LURK_SKI_KIND_TEXT, .is_list = true, .required = true},
    [SCHEMES] = {.name = "schemes", .kind = LURK_SKI_KIND_UINT16, .is_list = true, .required = true},
    [FORMATS] = {.name = "formats", .kind = LURK_SKI_KIND_TEXT, .is_list = true, .required = true},
    [KEYS] = {.name = "keys", .kind = LURK_SKI_KIND_OCTETS, .is_list = true, .required = true},
    [STATE] = {.name = "state", .kind = LURK_SKI_KIND_OCTETS, .required = true},
};

/* The lists of names, which the struct holds as sets. */
struct name_set {
  unsigned member;
  const char *const *names;
  bool *set;
  size_t count;
};
#define NAME_SET_COUNT 4

static void name_sets(struct lurk_ski_capabilities *of, struct name_set sets[NAME_SET_COUNT]) {
#define COUNT(array) (sizeof array / sizeof *array)
  sets[0] = (struct name_set){PROTOCOLS, lurk_ski_protocol_names, of->protocols, COUNT(of->protocols)};
  sets[1] = (struct name_set){METHODS, lurk_ski_method_names, of->methods, COUNT(of->methods)};
  sets[2] = (struct name_set){HASHES, lurk_ski_hash_names, of->hashes, COUNT(of->hashes)};
  sets[3] = (struct name_set){FORMATS, lurk_ski_media_types, of->formats, COUNT(of->formats)};
#undef COUNT
}

/* At least one name; a name that is not known here is what a later server may offer, and no reason to refuse
 * the rest. */
static bool take_names(const struct lurk_ski_member *member, struct name_set *set) {
  for (size_t i = 0; i < member->item_count; i++) {
    int index = lurk_ski_value_index(&member->items[i], set->names, set->count);
    if (index >= 0)
      set->set[index] = true;
  }
  return member->item_count > 0;
}

static bool take_schemes(const struct lurk_ski_member *member, struct lurk_ski_capabilities *out) {
  if (member->item_count == 0)
    return true;
  out->schemes = lurk_wiping_malloc(member->item_count * sizeof *out->schemes);
  if (out->schemes == NULL)
    return false;
  for (size_t i = 0; i < member->item_count; i++)
    out->schemes[i] = member->items[i].number;
  out->scheme_count = member->item_count;
  return true;
}

static lurk_status take_keys(const struct lurk_ski_member *member, struct lurk_ski_capabilities *out,
                             struct lurk_decode_error *error) {
  for (size_t i = 0; i < member->item_count; i++) {
    if (member->items[i].len != LURK_SKI_FINGERPRINT_LEN)
      return lurk_ski_member_malformed(member, error);
  }
  if (member->item_count == 0)
    return LURK_OK;
  out->keys = lurk_wiping_malloc(member->item_count * sizeof *out->keys);
  if (out->keys == NULL)
    return LURK_ERR_MEMORY;
  for (size_t i = 0; i < member->item_count; i++)
    memcpy(out->keys[i], member->items[i].octets, LURK_SKI_FINGERPRINT_LEN);
  out->key_count = member->item_count;
  return LURK_OK;
}

static lurk_status take_capabilities(const struct lurk_ski_member *members, struct lurk_ski_capabilities *out,
                                     struct lurk_decode_error *error) {
  struct name_set sets[NAME_SET_COUNT];
  name_sets(out, sets);
  for (size_t i = 0; i < NAME_SET_COUNT; i++) {
    const struct lurk_ski_member *member = &members[sets[i].member];
    if (!take_names(member, &sets[i]))
      return lurk_ski_member_malformed(member, error);
  }
  const struct lurk_ski_value *state = &members[STATE].value;
  if (state->len != LURK_SKI_STATE_LEN)
    return lurk_ski_member_malformed(&members[STATE], error);
  memcpy(out->state, state->octets, LURK_SKI_STATE_LEN);
  if (!take_schemes(&members[SCHEMES], out))
    return LURK_ERR_MEMORY;
  return take_keys(&members[KEYS], out, error);
}

lurk_status lurk_ski_capabilities_decode(enum lurk_ski_format format, const uint8_t *data, size_t len,
                                         struct lurk_ski_capabilities *out, struct lurk_decode_error *error) {
  struct lurk_ski_member members[MEMBER_COUNT];
  memcpy(members, members_of_capabilities, sizeof members);
  struct lurk_ski_object object = {.members = members, .member_count = MEMBER_COUNT};
  *out = (struct lurk_ski_capabilities){0};
  lurk_status status = lurk_ski_object_decode(format, data, len, &object, error);
  if (status == LURK_OK)
    status = take_capabilities(members, out, error);
  if (status != LURK_OK)
    lurk_ski_capabilities_clear(out);
  lurk_ski_object_clear(&object);
  return status;
}

static lurk_status put_names(struct lurk_ski_member *member, const struct name_set *set) {
  if (!lurk_ski_member_reserve(member, set->count))
    return LURK_ERR_MEMORY;
  member->item_count = 0;
  for (size_t i = 0; i < set->count; i++) {
    if (set->set[i] && set->names[i] != NULL)
      member->items[member->item_count++] = lurk_ski_text_value(set->names[i]);
  }
  return member->item_count > 0 ? LURK_OK : LURK_ERR_MALFORMED;
}

static lurk_status put_members(struct lurk_ski_member *members, const struct lurk_ski_capabilities *from) {
  struct lurk_ski_capabilities names = *from; /* sets are written when decoding, so they are not const */
  struct name_set sets[NAME_SET_COUNT];
  name_sets(&names, sets);
  for (size_t i = 0; i < NAME_SET_COUNT; i++) {
    lurk_status status = put_names(&members[sets[i].member], &sets[i]);
    if (status != LURK_OK)
      return status;
  }
  if (!lurk_ski_member_reserve(&members[SCHEMES], from->scheme_count) ||
      !lurk_ski_member_reserve(&members[KEYS], from->key_count))
    return LURK_ERR_MEMORY;
  for (size_t i = 0; i < from->scheme_count; i++)
    members[SCHEMES].items[i].number = from->schemes[i];
  for (size_t i = 0; i < from->key_count; i++)
    members[KEYS].items[i] = lurk_ski_octets_value(from->keys[i], LURK_SKI_FINGERPRINT_LEN);
  members[STATE].value = lurk_ski_octets_value(from->state, LURK_SKI_STATE_LEN);
  for (size_t i = 0; i < MEMBER_COUNT; i++)
    members[i].present = true;
  return LURK_OK;
}

lurk_status lurk_ski_capabilities_encode(enum lurk_ski_format format,
                                         const struct lurk_ski_capabilities *capabilities,
                                         struct lurk_octets *out) {
  struct lurk_ski_member members[MEMBER_COUNT];
  memcpy(members, members_of_capabilities, sizeof members);
  struct lurk_ski_object object = {.members = members, .member_count = MEMBER_COUNT};
  lurk_status status = put_members(members, capabilities);
  if (status == LURK_OK)
    status = lurk_ski_object_encode(format, &object, out);
  lurk_ski_object_clear(&object);
  return status;
}

void lurk_ski_capabilities_clear(struct lurk_ski_capabilities *capabilities) {
  lurk_wiping_free(capabilities->schemes);
  lurk_wiping_free(capabilities->keys);
  *capabilities = (struct lurk_ski_capabilities){0};
}
