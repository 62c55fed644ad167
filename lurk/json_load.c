#include "lurk/json_load.h"

#include "lurk/secret.h"
#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* Of failed allocations jansson reports some as syntax errors, with some it loses values, and when a string
 * cannot grow it writes beyond the string's end (2.14). So a parse in which memory is short is left on the
 * spot, and what it holds is freed here. */
static _Thread_local struct {
  bool running;
  jmp_buf leave;
  void **blocks;
  size_t count, room;
} parse;

static bool note_block(void *block) {
  if (parse.count == parse.room) {
    size_t room = parse.room == 0 ? 64 : 2 * parse.room;
    void **blocks = malloc(room * sizeof *blocks);
    if (blocks == NULL)
      return false;
    if (parse.count > 0)
      memcpy(blocks, parse.blocks, parse.count * sizeof *blocks);
    free(parse.blocks);
    parse.blocks = blocks;
    parse.room = room;
  }
  parse.blocks[parse.count++] = block;
  return true;
}

static void *allocate(size_t size) {
  void *block = lurk_wiping_malloc(size);
  if (!parse.running || (block != NULL && note_block(block)))
    return block;
  lurk_wiping_free(block);
  longjmp(parse.leave, 1);
}

/* What is freed is mostly what came last. */
static void release(void *block) {
  for (size_t i = parse.running && block != NULL ? parse.count : 0; i > 0; i--)
    if (parse.blocks[i - 1] == block) {
      parse.blocks[i - 1] = parse.blocks[--parse.count];
      break;
    }
  lurk_wiping_free(block);
}

static void end_parse(void) {
  parse.running = false;
  free(parse.blocks);
  parse.blocks = NULL;
  parse.count = parse.room = 0;
}

/* A file, or else a text. */
struct source {
  FILE *file;
  const char *text;
  size_t len;
};

static bool load(const struct source *source, size_t flags, json_t **out, json_error_t *error) {
  if (setjmp(parse.leave) == 0) {
    parse.running = true;
    *out = source->file != NULL ? json_loadf(source->file, flags, error)
                                : json_loadb(source->text, source->len, flags, error);
    end_parse();
    return true;
  }
  for (size_t i = 0; i < parse.count; i++)
    lurk_wiping_free(parse.blocks[i]);
  end_parse();
  *out = NULL;
  return false;
}

bool lurk_json_load(const char *text, size_t len, size_t flags, json_t **out, json_error_t *error) {
  return load(&(struct source){.text = text, .len = len}, flags, out, error);
}

bool lurk_json_load_file(const char *path, size_t flags, json_t **out, json_error_t *error) {
  FILE *file = fopen(path, "rbe");
  *out = NULL;
  if (file == NULL) {
    *error = (json_error_t){.line = -1};
    snprintf(error->text, sizeof error->text, "unable to open %s: %s", path, strerror(errno));
    return true;
  }
  bool loaded = load(&(struct source){.file = file}, flags, out, error);
  fclose(file);
  return loaded;
}

/* The premaster secret passes through jansson's strings. Its allocators are one setting for the process and
 * must not change while it holds a block, hence before main. */
__attribute__((constructor)) static void use_wiping_allocators(void) {
  json_set_alloc_funcs(allocate, release);
}
