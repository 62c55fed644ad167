/* lurk-edge-openssl, lurk-edge-gnutls, lurk-edge-boringssl: see docs/edge.md. */
#include "lurk/diagnose.h"
#include "lurk/fault.h"
#include "lurk/hardening.h"
#include "lurk/net/listener.h"
#include "reference-edge/edge.h"
#include "reference-edge/service.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

struct program {
  const char *config_file, *upstream, *poh; /* of the command line */
  bool check_only;
  struct lurk_edge_config config;
  struct lurk_certificates certificates;
  lurk_credentials *credentials;
  struct lurk_edge edge;
  uv_signal_t signals[2];
  bool listening, stopping;
  int exit_code;
};

/* --- command line --- */

static void print_help(void) {
  printf("Usage: %s --config FILE [--check]\n"
         "A TLS edge on %s whose private keys are in a key server.\n\n"
         "  --config FILE            configuration, JSON (docs/edge.md)\n"
         "  --upstream ADDRESS:PORT  forward what comes to this address, whatever FILE says\n"
         "  --poh none|audit         proof of handshake after static RSA over LURK, whatever FILE says\n"
         "  --check                  check configuration, certificates and key server, then exit\n"
         "  --abilities              print what this TLS library can do, and how\n"
#ifdef LURK_FAULTS
         "  --fault NAME             lab only: switch a fault on; may be repeated\n"
#endif
         "  --version                print the version\n"
         "  --help                   print this help\n",
         program_invocation_short_name, lurk_stack_name());
#ifdef LURK_FAULTS
  lurk_fault_print(LURK_FAULT_IN_EDGE, stdout);
#endif
}

static void print_abilities(void) {
  const struct lurk_stack_ability *abilities = lurk_stack_abilities();
  for (size_t i = 0; i < LURK_ABILITY_COUNT; i++)
    printf("%-20s %-4s %s\n", abilities[i].name, abilities[i].can ? "yes" : "no", abilities[i].how);
}

/* The exit code, or -1 to go on. */
static int read_options(int argc, char **argv, struct program *program) {
  static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                          {"upstream", required_argument, NULL, 'u'},
                                          {"poh", required_argument, NULL, 'p'},
                                          {"check", no_argument, NULL, 'k'},
                                          {"abilities", no_argument, NULL, 'a'},
#ifdef LURK_FAULTS
                                          {"fault", required_argument, NULL, 'f'},
#endif
                                          {"version", no_argument, NULL, 'v'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  int option = 0;
  opterr = 0;
  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
    switch (option) {
    case 'c':
      program->config_file = optarg;
      break;
    case 'u':
      program->upstream = optarg;
      break;
    case 'p':
      program->poh = optarg;
      break;
    case 'k':
      program->check_only = true;
      break;
#ifdef LURK_FAULTS
    case 'f':
      if (!lurk_fault_option(LURK_FAULT_IN_EDGE, optarg))
        return EXIT_USAGE;
      break;
#endif
    case 'a':
      print_abilities();
      return EXIT_SUCCESS;
    case 'v':
      printf("%s %s (%s %s)\n", program_invocation_short_name, LURK_VERSION, lurk_crypto_name(),
             lurk_crypto_version());
      return EXIT_SUCCESS;
    case 'h':
      print_help();
      return EXIT_SUCCESS;
    default:
      lurk_diagnose("%s is not an option that can be used so; --help lists them", argv[optind - 1]);
      return EXIT_USAGE;
    }
  }
  if (program->config_file != NULL && optind == argc)
    return -1;
  lurk_diagnose(optind < argc ? "%s is too much: the only way to start is --config FILE"
                              : "--config FILE is missing; --help tells more",
                optind < argc ? argv[optind] : "");
  return EXIT_USAGE;
}

/* --- the end --- */

static void keys_closed(void *arg) {
  struct program *program = arg;
  lurk_grants_close(program->edge.grants);
  for (size_t i = 0; i < 2; i++)
    uv_close((uv_handle_t *)&program->signals[i], NULL);
}

/* The loop, and with it the program, ends when the last handle is closed. */
static void stop(struct program *program, int exit_code) {
  if (program->stopping)
    return;
  program->stopping = true;
  program->exit_code = exit_code;
  if (program->listening)
    lurk_edge_close(&program->edge);
  lurk_key_client_close(program->edge.keys, keys_closed, program);
}

static void signalled(uv_signal_t *handle, int number) {
  (void)number;
  stop(handle->data, EXIT_SUCCESS);
}

/* --- the beginning --- */

static void start_listening(struct program *program) {
  char *address = NULL;
  const char *why = "out of memory";
  if (lurk_edge_listen(&program->edge, &address, &why) != LURK_OK) {
    lurk_diagnose("%s: listen: %s", program->config.file, why);
    stop(program, EXIT_USAGE);
    return;
  }
  program->listening = true;
  printf("ready %s\n", address);
  fflush(stdout);
  free(address);
}

/* The key server has been asked, or is away: that mends itself. */
static void grants_known(void *arg, const char *fault) {
  struct program *program = arg;
  if (program->stopping)
    return;
  if (fault != NULL)
    lurk_diagnose("%s", fault);
  if (fault != NULL || program->check_only)
    stop(program, fault != NULL ? EXIT_USAGE : EXIT_SUCCESS);
  else
    start_listening(program);
}

/* The key that authenticates this edge must not authenticate it to TLS clients too. */
static bool channel_key_apart(const struct program *program, char *why, size_t why_len) {
  uint8_t spki[LURK_SKI_FINGERPRINT_LEN];
  lurk_credentials_spki(program->credentials, spki);
  for (size_t i = 0; i < program->certificates.count; i++)
    if (memcmp(program->certificates.list[i].spki, spki, sizeof spki) == 0) {
      snprintf(why, why_len, "%s: certificates[%zu]: %s: its key is the channel key of this edge",
               program->config.file, i, program->certificates.list[i].name);
      return false;
    }
  return true;
}

static bool load_channel(struct program *program, char *why, size_t why_len) {
  const struct lurk_credential_files files = {.certificate = program->config.channel.certificate,
                                              .key = program->config.channel.key,
                                              .ca = program->config.channel.ca,
                                              .no_alpn = program->config.protocol == LURK_EDGE_LURK,
                                              .key_log = program->config.key_log};
  char fault[512] = "";
  if (files.certificate == NULL)
    return true;
  if (lurk_credentials_load(LURK_CHANNEL_CLIENT, &files, &program->credentials, fault, sizeof fault) ==
      LURK_OK)
    return channel_key_apart(program, why, why_len);
  snprintf(why, why_len, "%s: channel: %s", program->config.file, fault);
  return false;
}

static bool override_upstream(struct program *program, char *why, size_t why_len) {
  if (program->upstream == NULL)
    return true;
  program->config.has_upstream = true;
  if (lurk_listen_address(program->upstream, &program->config.upstream))
    return true;
  snprintf(why, why_len, "--upstream: \"%s\" is not ADDRESS:PORT with a numeric address", program->upstream);
  return false;
}

static bool override_poh(struct program *program, char *why, size_t why_len) {
  if (program->poh == NULL)
    return true;
  bool known = lurk_edge_poh_read(program->poh, &program->config.lurk.audit);
  bool lurk = program->config.protocol == LURK_EDGE_LURK;
  if (!known)
    snprintf(why, why_len, "--poh: \"%s\" is neither none nor audit", program->poh);
  else if (!lurk)
    snprintf(why, why_len, "--poh: %s: is for key servers at lurk+tls:// only", program->config.file);
  return known && lurk;
}

/* One line when the library cannot do what the configuration needs. */
static bool needs_ability(const struct program *program, enum lurk_ability ability, const char *member,
                          char *why, size_t why_len) {
  const struct lurk_stack_ability *needed = &lurk_stack_abilities()[ability];
  if (!needed->can)
    snprintf(why, why_len, "%s: %s: no %s with %s: %s", program->config.file, member, needed->name,
             lurk_stack_name(), needed->how);
  return needed->can;
}

/* Of LURK tls12 each library can do another part. */
static bool prepare_lurk(struct program *program, char *why, size_t why_len) {
  struct lurk_edge_lurk_config *lurk = &program->config.lurk;
  if (!lurk->proof_chosen)
    lurk->proof = lurk_stack_abilities()[LURK_ABILITY_PROOF].can ? LURK_POO_SHA256_256 : LURK_POO_NULL;
  bool can = needs_ability(program, LURK_ABILITY_FRESHNESS, "key_servers", why, why_len) &&
             (lurk->proof == LURK_POO_NULL ||
              needs_ability(program, LURK_ABILITY_PROOF, "lurk.proof_of_ownership", why, why_len)) &&
             (lurk->rsa == LURK_EDGE_RSA_AUTO ||
              needs_ability(program, LURK_ABILITY_MASTER, "lurk.rsa", why, why_len)) &&
             (!lurk->audit || needs_ability(program, LURK_ABILITY_AUDIT, "lurk.poh", why, why_len));
  for (size_t i = 0; i < program->certificates.count && can; i++) {
    char member[64];
    snprintf(member, sizeof member, "certificates[%zu].usage", i);
    can = !program->certificates.list[i].rsa_exchange ||
          needs_ability(program, LURK_ABILITY_MASTER, member, why, why_len);
  }
  return can;
}

static bool load(struct program *program, char *why, size_t why_len) {
  if (!lurk_edge_config_load(program->config_file, true, &program->config, why, why_len) ||
      !override_upstream(program, why, why_len) || !override_poh(program, why, why_len) ||
      !lurk_certificates_load(&program->config, &program->certificates, why, why_len) ||
      !load_channel(program, why, why_len))
    return false;
  if (!program->config.check_signatures)
    lurk_diagnose("warning: %s: lab.check_signatures: no signature is verified", program->config.file);
  if (program->config.key_log != NULL)
    lurk_diagnose("warning: %s: lab.key_log: who reads %s can read the channels", program->config.file,
                  program->config.key_log);
  program->edge.log = lurk_event_log_open(program->config.log);
  if (program->edge.log == NULL) {
    snprintf(why, why_len, "%s: log: %s: %s", program->config.file, program->config.log, strerror(errno));
    return false;
  }
  if (program->config.protocol == LURK_EDGE_LURK && !prepare_lurk(program, why, why_len))
    return false;
  const bool lurk = program->config.protocol == LURK_EDGE_LURK;
  const char *fault = lurk_stack_new(&program->certificates, &program->config.tls,
                                     lurk ? &program->config.lurk : NULL, &program->edge.stack);
  if (fault != NULL)
    snprintf(why, why_len, "%s: %s: %s", program->config.file, lurk_stack_name(), fault);
  return fault == NULL;
}

static bool start(struct program *program, uv_loop_t *loop) {
  struct lurk_edge *edge = &program->edge;
  edge->loop = loop;
  edge->config = &program->config;
  edge->service = program->config.has_upstream ? &lurk_proxy_service : &lurk_answer_service;
  if (lurk_key_client_new(loop, &program->config, program->credentials, edge->log, &edge->keys) != LURK_OK ||
      lurk_grants_new(loop, edge->keys, &program->config, &program->certificates, edge->log, grants_known,
                      program, &edge->grants) != LURK_OK)
    return false;
  const int numbers[] = {SIGTERM, SIGINT};
  for (size_t i = 0; i < 2; i++) {
    uv_signal_init(loop, &program->signals[i]);
    program->signals[i].data = program;
    uv_signal_start(&program->signals[i], signalled, numbers[i]);
  }
  return true;
}

static void clear(struct program *program) {
  lurk_stack_free(program->edge.stack);
  if (program->edge.log != NULL)
    lurk_event_log_close(program->edge.log);
  if (program->credentials != NULL)
    lurk_credentials_unref(program->credentials);
  lurk_certificates_clear(&program->certificates);
  lurk_edge_config_clear(&program->config);
}

int main(int argc, char **argv) {
  struct program program = {0};
  char why[1024] = "";
  uv_loop_t loop;
#ifdef LURK_FAULTS
  lurk_fault_begin();
#endif
  int code = read_options(argc, argv, &program);
  if (code >= 0)
    return code;
  lurk_process_harden();
  if (!load(&program, why, sizeof why)) {
    lurk_diagnose("%s", why);
    program.exit_code = EXIT_USAGE;
  } else if (uv_loop_init(&loop) != 0 || !start(&program, &loop)) {
    lurk_diagnose("out of memory");
    return EXIT_FAILURE;
  } else {
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
  }
  clear(&program);
  return program.exit_code;
}
