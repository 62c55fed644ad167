/* The command line, signals and the life of the process. */
#include "keyserver.h"
#include "lurk/crypto/crypto.h"
#include "lurk/diagnose.h"
#include "lurk/fault.h"
#include "lurk/hardening.h"
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USAGE_STATUS 2

struct options {
  const char *config_file;
  bool check;
};

static void print_help(void) {
  printf("Usage: %s --config FILE [--check]\n"
         "Key server for remote TLS keys: TLS Session Key Interface over HTTPS, LURK over TLS.\n"
         "\n"
         "  --config FILE  the configuration (docs/key-server.md)\n"
         "  --check        check the configuration with all files that it names, and end\n"
#ifdef LURK_FAULTS
         "  --fault NAME   lab only: switch a fault on; may be repeated\n"
#endif
         "  --help         this text\n"
         "  --version      version and TLS library\n"
         "\n"
         "Prints \"ready ADDRESS:PORT\" for each listener. SIGHUP reloads, SIGTERM and SIGINT stop.\n",
         program_invocation_short_name);
#ifdef LURK_FAULTS
  lurk_fault_print(LURK_FAULT_IN_KEY_SERVER, stdout);
#endif
}

static int complain(const char *fault, const char *what) {
  lurk_diagnose("%s%s; try --help", fault, what);
  return USAGE_STATUS;
}

/* Returns true when the program goes on; otherwise *status is how it ends. */
static bool parse_options(int argc, char **argv, struct options *out, int *status) {
  static const struct option long_options[] = {
      {"config", required_argument, NULL, 'c'}, {"check", no_argument, NULL, 'k'},
#ifdef LURK_FAULTS
      {"fault", required_argument, NULL, 'f'},
#endif
      {"help", no_argument, NULL, 'h'},         {"version", no_argument, NULL, 'v'}, {0}};
  *out = (struct options){0};
  *status = EXIT_SUCCESS;
  int option;
  while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
    switch (option) {
    case 'c':
      out->config_file = optarg;
      break;
    case 'k':
      out->check = true;
      break;
#ifdef LURK_FAULTS
    case 'f':
      if (!lurk_fault_option(LURK_FAULT_IN_KEY_SERVER, optarg)) {
        *status = USAGE_STATUS;
        return false;
      }
      break;
#endif
    case 'h':
      print_help();
      return false;
    case 'v':
      printf("%s %s (%s %s)\n", program_invocation_short_name, LURK_VERSION, lurk_crypto_name(),
             lurk_crypto_version());
      return false;
    case ':':
      *status = complain("an argument is missing after ", argv[optind - 1]);
      return false;
    default:
      *status = complain("unknown option ", argv[optind - 1]);
      return false;
    }
  }
  if (optind < argc)
    *status = complain("unexpected argument ", argv[optind]);
  else if (out->config_file == NULL)
    *status = complain("--config FILE is missing", "");
  return *status == EXIT_SUCCESS;
}

/* Whether the log can be opened for appending, without making it. */
static bool log_is_writable(const char *path) {
  if (access(path, F_OK) == 0)
    return access(path, W_OK) == 0;
  char *copy = strdup(path);
  bool ok = copy != NULL && access(dirname(copy), W_OK | X_OK) == 0;
  free(copy);
  return ok;
}

static int check(const char *config_file) {
  char why[1024] = "memory is short";
  lurk_activity_table *activities = lurk_activity_table_new();
  struct lurk_snapshot *snapshot =
      activities == NULL ? NULL : lurk_snapshot_load(config_file, activities, NULL, why, sizeof why);
  bool ok = snapshot != NULL;
  if (ok && !log_is_writable(snapshot->config.audit_log)) {
    snprintf(why, sizeof why, "%s: audit_log: %s: %s", config_file, snapshot->config.audit_log,
             strerror(errno));
    ok = false;
  }
  if (!ok)
    lurk_diagnose("%s", why);
  lurk_snapshot_unref(snapshot);
  lurk_activity_table_free(activities);
  return ok ? EXIT_SUCCESS : USAGE_STATUS;
}

/* Signals are blocked before the first thread starts, so that only this one takes them. */
static int run(const char *config_file) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGHUP);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  char why[1024];
  lurk_keyserver *server = lurk_keyserver_start(config_file, why, sizeof why);
  if (server == NULL) {
    lurk_diagnose("%s", why);
    return USAGE_STATUS;
  }
  for (size_t i = 0; i < lurk_keyserver_address_count(server); i++)
    printf("ready %s\n", lurk_keyserver_address(server, i));
  fflush(stdout);
  int received;
  while (sigwait(&signals, &received) == 0 && received == SIGHUP)
    lurk_keyserver_reload(server);
  lurk_keyserver_stop(server);
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  struct options options;
  int status;
  lurk_process_harden();
#ifdef LURK_FAULTS
  lurk_fault_begin();
#endif
  if (!parse_options(argc, argv, &options, &status))
    return status;
  return options.check ? check(options.config_file) : run(options.config_file);
}
