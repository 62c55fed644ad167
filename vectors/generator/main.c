/* lurk-vectors: from one seed the published test vectors, the same octets on every machine. */
#include "vectors/check/check.h"
#include "vectors/generator/curve.h"
#include "vectors/generator/groups.h"
#include "vectors/generator/keys.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "Usage: lurk-vectors --seed SEED [--out DIR] [--keys DIR]   write the vectors: files into DIR, or all "
    "of\n"
    "                                                           them to standard output, manifest last\n"
    "       lurk-vectors check                                  answer for each vector on standard input\n"
    "                                                           (docs/vectors.md)\n";

static void (*const makers[])(struct collection *) = {
    make_ski_requests,  make_ski_answers, make_lurk_base,  make_tls12_requests,   make_tls12_handshakes,
    make_tls12_answers, make_derivations, make_points,     make_handshake_inputs, make_ownership,
    make_premasters,    make_signatures,  make_algorithms, make_exchanges,        make_x509,
};

static struct collection make(const char *seed) {
  struct collection collection = {.seed = seed, .files = json_object(), .ids = json_object()};
  for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
    makers[i](&collection);
  return collection;
}

static void write_file(const char *folder, const char *name, const json_t *content) {
  char *text = collection_text(content);
  FILE *file = stdout;
  if (folder != NULL) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    file = fopen(path, "w");
    if (file == NULL)
      die("%s: %s", path, strerror(errno));
  }
  if (fputs(text, file) == EOF || (file == stdout ? fflush(file) : fclose(file)) == EOF)
    die("%s: %s", name, strerror(errno));
  free(text);
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of their names, so that the stream is what `cat json/?*.json manifest.json` gives. */
static void write_all(const struct collection *collection, const char *folder) {
  size_t count = json_object_size(collection->files), i = 0;
  const char **names = calloc(count, sizeof *names), *name;
  char json[4096];
  json_t *file, *manifest = collection_manifest(collection);
  if (names == NULL)
    die("out of memory");
  json_object_foreach(collection->files, name, file) names[i++] = name;
  qsort(names, count, sizeof *names, by_name);
  if (folder != NULL) {
    snprintf(json, sizeof json, "%s/json", folder);
    if ((mkdir(folder, 0777) != 0 && errno != EEXIST) || (mkdir(json, 0777) != 0 && errno != EEXIST))
      die("%s: %s", json, strerror(errno));
  }
  for (i = 0; i < count; i++)
    write_file(folder == NULL ? NULL : json, names[i], json_object_get(collection->files, names[i]));
  write_file(folder, "manifest", manifest);
  json_decref(manifest);
  free(names);
}

static int bad_usage(const char *what) {
  fprintf(stderr, "lurk-vectors: %s; see lurk-vectors --help\n", what);
  return 2;
}

int main(int argc, char **argv) {
  static const struct option options[] = {{"seed", required_argument, NULL, 's'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"keys", required_argument, NULL, 'k'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  const char *seed = NULL, *folder = NULL, *keys = LURK_VECTORS_KEYS;
  if (argc == 2 && strcmp(argv[1], "check") == 0)
    return check_stream();
  opterr = 0;
  for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    if (option == 's')
      seed = optarg;
    else if (option == 'o')
      folder = optarg;
    else if (option == 'k')
      keys = optarg;
    else if (option == 'h')
      return fputs(usage, stdout) == EOF;
    else
      return bad_usage("unknown option, or one without its value");
  }
  if (optind < argc)
    return bad_usage("too many words");
  if (seed == NULL || *seed == '\0')
    return bad_usage("no --seed SEED");
  curves_start();
  keys_load(keys);
  struct collection collection = make(seed);
  write_all(&collection, folder);
  json_decref(collection.files);
  json_decref(collection.ids);
  keys_free();
  curves_end();
  octets_release();
  return 0;
}
