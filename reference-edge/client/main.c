/* lurk-client-boringssl: a TLS client for `lurkspec interop`, on the one library for which Debian packages
 * none. Each visit is told as one JSON object per line on stdout. Exit status 1: a visit failed. */
#include "lurk/diagnose.h"
#include "reference-edge/client/visit.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, SECONDS = 30 };

struct program {
  struct lurk_visitor visitor;
  bool resume;
};

static void print_help(void) {
  printf("Usage: %s --connect ADDRESS:PORT --name NAME --ca FILE [options]\n"
         "A TLS client on BoringSSL that tells what was negotiated, as a line of JSON.\n\n"
         "  --connect ADDRESS:PORT   where to, numeric\n"
         "  --name NAME              SNI, and what the certificate must be for\n"
         "  --ca FILE                PEM, who may have issued it\n"
         "  --min 1.2|1.3            lowest version, 1.2\n"
         "  --max 1.2|1.3            highest version, 1.3\n"
         "  --ciphers LIST           suites of TLS 1.2, with colons\n"
         "  --groups LIST            X25519:P-256:P-384:P-521\n"
         "  --schemes LIST           what the server may sign with, e.g. rsa_pss_rsae_sha256:ed25519\n"
         "  --certificate FILE       PEM, the client's own, with --key FILE\n"
         "  --resume                 visit twice, the second time with the session of the first\n"
         "  --exporter LABEL         tell 32 octets of keying material (RFC 5705)\n"
         "  --path PATH              of the page, /page.json\n"
         "  --version, --help\n\n"
         "It ends after %d seconds in any case. SSLKEYLOGFILE names a file for secrets.\n",
         program_invocation_short_name, SECONDS);
}

static bool read_version(const char *text, uint16_t *out) {
  *out = strcmp(text, "1.2") == 0 ? TLS1_2_VERSION : strcmp(text, "1.3") == 0 ? TLS1_3_VERSION : 0;
  if (*out == 0)
    lurk_diagnose("\"%s\" is neither 1.2 nor 1.3", text);
  return *out != 0;
}

/* Options that keep their argument, by their number. */
static const char **place_of(struct lurk_visitor *visitor, int option) {
  switch (option) {
  case 'a':
    return &visitor->address;
  case 'n':
    return &visitor->name;
  case 'c':
    return &visitor->ca;
  case 's':
    return &visitor->ciphers;
  case 'g':
    return &visitor->groups;
  case 'i':
    return &visitor->schemes;
  case 't':
    return &visitor->certificate;
  case 'k':
    return &visitor->key;
  case 'e':
    return &visitor->exporter;
  default:
    return option == 'p' ? &visitor->path : NULL;
  }
}

/* The exit code, or -1 to go on. */
static int check_options(const struct lurk_visitor *visitor, char *const *rest) {
  const char *fault = visitor->address == NULL || visitor->name == NULL || visitor->ca == NULL
                          ? "--connect, --name and --ca are needed; --help tells more"
                      : (visitor->certificate == NULL) != (visitor->key == NULL)
                          ? "--certificate and --key go together"
                      : visitor->lowest > visitor->highest ? "--min is above --max"
                                                           : NULL;
  if (*rest != NULL)
    lurk_diagnose("%s is too much; --help lists the options", *rest);
  else if (fault != NULL)
    lurk_diagnose("%s", fault);
  return *rest != NULL || fault != NULL ? EXIT_USAGE : -1;
}

static int read_options(int argc, char **argv, struct program *program) {
  static const struct option options[] = {
      {"connect", required_argument, NULL, 'a'}, {"name", required_argument, NULL, 'n'},
      {"ca", required_argument, NULL, 'c'},      {"ciphers", required_argument, NULL, 's'},
      {"groups", required_argument, NULL, 'g'},  {"schemes", required_argument, NULL, 'i'},
      {"min", required_argument, NULL, 'l'},     {"max", required_argument, NULL, 'u'},
      {"key", required_argument, NULL, 'k'},     {"certificate", required_argument, NULL, 't'},
      {"path", required_argument, NULL, 'p'},    {"exporter", required_argument, NULL, 'e'},
      {"resume", no_argument, NULL, 'r'},        {"version", no_argument, NULL, 'v'},
      {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
  struct lurk_visitor *visitor = &program->visitor;
  int option = 0;
  opterr = 0;
  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
    const char **place = place_of(visitor, option);
    if (place != NULL) {
      *place = optarg;
    } else if (option == 'l' || option == 'u') {
      if (!read_version(optarg, option == 'l' ? &visitor->lowest : &visitor->highest))
        return EXIT_USAGE;
    } else if (option == 'r') {
      program->resume = true;
    } else if (option == 'v') {
      printf("%s %s (%s)\n", program_invocation_short_name, LURK_VERSION, OPENSSL_VERSION_TEXT);
      return EXIT_SUCCESS;
    } else if (option == 'h') {
      print_help();
      return EXIT_SUCCESS;
    } else {
      lurk_diagnose("%s is not an option that can be used so; --help lists them", argv[optind - 1]);
      return EXIT_USAGE;
    }
  }
  return check_options(visitor, argv + optind);
}

/* However slowly the server answers. */
static void expired(int number) {
  static const char text[] = "lurk-client: the server took too long\n";
  (void)number;
  if (write(STDERR_FILENO, text, sizeof text - 1) >= 0)
    _exit(EXIT_FAILURE);
  _exit(EXIT_FAILURE);
}

static bool visit(struct lurk_visitor *visitor) {
  json_t *seen = lurk_visitor_visit(visitor);
  char *line = seen == NULL ? NULL : json_dumps(seen, JSON_COMPACT);
  json_decref(seen);
  if (line == NULL) {
    lurk_diagnose("%s", visitor->fault[0] == '\0' ? "out of memory" : visitor->fault);
    return false;
  }
  printf("%s\n", line);
  fflush(stdout);
  free(line);
  return true;
}

int main(int argc, char **argv) {
  struct program program = {
      .visitor = {.lowest = TLS1_2_VERSION, .highest = TLS1_3_VERSION, .path = "/page.json"}};
  int code = read_options(argc, argv, &program);
  if (code >= 0)
    return code;
  struct lurk_visitor *visitor = &program.visitor;
  const char *key_log = getenv("SSLKEYLOGFILE");
  signal(SIGPIPE, SIG_IGN);
  signal(SIGALRM, expired);
  alarm(SECONDS);
  if (key_log != NULL && (visitor->key_log = fopen(key_log, "ae")) == NULL) {
    lurk_diagnose("%s: %s", key_log, strerror(errno));
    return EXIT_USAGE;
  }
  bool prepared = lurk_visitor_prepare(visitor), good = prepared && visit(visitor);
  if (!prepared)
    lurk_diagnose("%s", visitor->fault);
  if (good && program.resume && visitor->session == NULL) {
    lurk_diagnose("the server gave no session to resume");
    good = false;
  }
  good = good && (!program.resume || visit(visitor));
  lurk_visitor_clear(visitor);
  if (visitor->key_log != NULL)
    fclose(visitor->key_log);
  return good ? EXIT_SUCCESS : prepared ? EXIT_FAILURE : EXIT_USAGE;
}
