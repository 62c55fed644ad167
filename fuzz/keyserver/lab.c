#include "fuzz/keyserver/lab.h"

#include "fuzz/embedded.h"
#include "fuzz/memory_file.h"
#include "fuzz/target.h"
#include "lurk/diagnose.h"
#include "lurk/net/channel.h"
#include "lurk/tls/key_id.h"
#include "reference-keyserver/keyserver.h"
#include <stdarg.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct lab_key_facts lab_keys[KEY_COUNT] = {
    [KEY_SIGN] = {.name = "sign", .pem = fuzz_p256_pem},
    [KEY_OTHER] = {.name = "other", .pem = fuzz_other_p256_pem},
    [KEY_DECRYPT] = {.name = "decrypt", .pem = fuzz_rsa2048_pem},
    [KEY_LURK_SIGN] = {.name = "lurk-sign", .pem = fuzz_ed25519_pem},
    [KEY_LURK_OTHER] = {.name = "lurk-other", .pem = fuzz_p384_pem},
    [KEY_LURK_DECRYPT] = {.name = "lurk-decrypt", .pem = fuzz_rsa2050_pem},
};

/* The files in the order of the %s. */
static const char configuration[] =
    "{\"listen\": [\"127.0.0.1:1\", {\"address\": \"127.0.0.1:2\", \"protocol\": \"lurk\"}], \"threads\": 1,"
    "\"channel\": {\"certificate\": \"%s\", \"key\": \"%s\", \"client_ca\": \"%s\"},"
    "\"keys\": ["
    " {\"name\": \"sign\", \"file\": \"%s\", \"usage\": \"ski-ecdhe\"},"
    " {\"name\": \"other\", \"file\": \"%s\", \"usage\": \"ski-ecdhe\"},"
    " {\"name\": \"decrypt\", \"file\": \"%s\", \"usage\": \"ski-rsa\"},"
    " {\"name\": \"lurk-sign\", \"file\": \"%s\", \"usage\": \"tls12-sign\"},"
    " {\"name\": \"lurk-other\", \"file\": \"%s\", \"usage\": \"tls12-sign\"},"
    " {\"name\": \"lurk-decrypt\", \"file\": \"%s\", \"usage\": \"tls12-rsa\"}],"
    "\"edges\": ["
    " {\"identity\": \"uri:urn:example:a\", \"grants\": [{\"key\": \"sign\"}, {\"key\": \"decrypt\"},"
    "  {\"key\": \"lurk-sign\"}, {\"key\": \"lurk-decrypt\"}]},"
    " {\"identity\": \"dns:b.example\", \"rate\": {\"per_second\": 5, \"burst\": 20}, \"grants\": ["
    "  {\"key\": \"other\", \"protocols\": [\"TLS 1.3\"]}, {\"key\": \"lurk-other\"},"
    "  {\"key\": \"lurk-decrypt\", \"types\": [\"rsa_master\"]}]},"
    " {\"identity\": \"spki:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\", \"addresses\": [\"192.0.2.3\"],"
    "  \"grants\": [{\"key\": \"sign\", \"protocols\": [\"TLS 1.2\"]}]}],"
    "\"limits\": {\"header_octets\": 2048, \"body_octets\": 4096, \"connections_per_edge\": 8},"
    "\"ski\": {\"replay_window_seconds\": 60, \"keyserver_dialect\": true},"
    "\"lurk\": {\"time_window_seconds\": 30, \"replay_window_seconds\": 60, \"message_octets\": 8192},"
    "\"audit_log\": \"%s\"}";

/* --- rights --- */

bool fuzz_lab_may_ski(enum who who, enum lab_key key, enum lurk_ski_method method,
                      enum lurk_ski_protocol protocol) {
  const bool old = protocol < LURK_SKI_TLS_1_2, tls13 = protocol == LURK_SKI_TLS_1_3;
  const bool signs = method == LURK_SKI_ECDHE;
  switch (who) {
  case WHO_A:
    return !old && ((key == KEY_SIGN && signs) || (key == KEY_DECRYPT && !signs && !tls13));
  case WHO_B:
    return key == KEY_OTHER && signs && tls13;
  case WHO_C:
    return key == KEY_SIGN && signs && protocol == LURK_SKI_TLS_1_2;
  default:
    return false;
  }
}

bool fuzz_lab_may_lurk(enum who who, enum lab_key key, uint8_t type) {
  const bool decrypts = type >= LURK_TLS12_RSA_MASTER && type <= LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH;
  if (key == KEY_LURK_DECRYPT)
    return (who == WHO_A && decrypts) || (who == WHO_B && type == LURK_TLS12_RSA_MASTER);
  return type == LURK_TLS12_ECDHE &&
         ((who == WHO_A && key == KEY_LURK_SIGN) || (who == WHO_B && key == KEY_LURK_OTHER));
}

enum lab_key fuzz_lab_find_spki(const uint8_t spki[LURK_SKI_FINGERPRINT_LEN]) {
  enum lab_key key = 0;
  while (key < KEY_COUNT && memcmp(lab_keys[key].spki, spki, LURK_SKI_FINGERPRINT_LEN) != 0)
    key++;
  return key;
}

enum lab_key fuzz_lab_find_key_id(const uint8_t key_id[LURK_KEY_ID_LEN]) {
  enum lab_key key = 0;
  while (key < KEY_COUNT && memcmp(lab_keys[key].key_id, key_id, LURK_KEY_ID_LEN) != 0 &&
         memcmp(lab_keys[key].key_id_alias, key_id, LURK_KEY_ID_LEN) != 0)
    key++;
  return key;
}

/* --- peers --- */

static char *uri_a[] = {"urn:example:a"}, *uri_nobody[] = {"urn:example:nobody"}, *dns_b[] = {"b.example"};

static struct lurk_peer peers[WHO_COUNT] = {
    [WHO_A] = {.uris = uri_a, .uri_count = 1},
    [WHO_B] = {.dns_names = dns_b, .dns_name_count = 1},
    [WHO_BOTH] = {.uris = uri_a, .uri_count = 1, .dns_names = dns_b, .dns_name_count = 1},
    [WHO_NOBODY] = {.uris = uri_nobody, .uri_count = 1},
};

const struct lurk_peer *fuzz_lab_peer(enum who who) {
  return &peers[who];
}

const char *fuzz_lab_address(enum who who) {
  return who == WHO_C ? "192.0.2.3" : "192.0.2.1";
}

const char *fuzz_lab_identity(enum who who) {
  static const char *const identities[WHO_COUNT] = {[WHO_A] = "uri:urn:example:a",
                                                    [WHO_B] = "dns:b.example",
                                                    [WHO_C] =
                                                        "spki:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="};
  return identities[who];
}

static void make_peers(void) {
  for (enum who who = 0; who < WHO_COUNT; who++) {
    peers[who].authenticated = true;
    memset(peers[who].spki, who == WHO_C || who == WHO_C_ELSEWHERE ? 1 : 0xf0 + (int)who,
           sizeof peers[who].spki);
  }
}

/* --- clocks --- */

static bool running;
static uint64_t wall_s, steady_ns = UINT64_C(1000000000000);

int __real_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
time_t __real_time(time_t *out);
time_t __wrap_time(time_t *out);

int __wrap_clock_gettime(clockid_t clock, struct timespec *out) {
  if (!running)
    return __real_clock_gettime(clock, out);
  const bool wall = clock == CLOCK_REALTIME;
  *out = (struct timespec){.tv_sec = (time_t)(wall ? wall_s : steady_ns / 1000000000),
                           .tv_nsec = wall ? 0 : (long)(steady_ns % 1000000000)};
  return 0;
}

time_t __wrap_time(time_t *out) {
  if (!running)
    return __real_time(out);
  if (out != NULL)
    *out = (time_t)wall_s;
  return (time_t)wall_s;
}

void fuzz_lab_begin(void) {
  running = true;
  wall_s = LAB_NOW;
  steady_ns += UINT64_C(86400000000000);
}

void fuzz_lab_end(void) {
  running = false;
}

void fuzz_lab_wait(unsigned seconds) {
  wall_s += seconds;
  steady_ns += seconds * UINT64_C(1000000000);
}

uint64_t fuzz_lab_now_ns(void) {
  return steady_ns;
}

/* --- log --- */

static int log_file;

/* In the place of the one that writes to stderr. */
void lurk_diagnose(const char *format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  int len = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  FUZZ_CHECK(len > 0);
  size_t used = (size_t)len < sizeof line ? (size_t)len : sizeof line - 1;
  line[used == sizeof line - 1 ? used - 1 : used] = '\n';
  off_t end = lseek(log_file, 0, SEEK_END);
  FUZZ_CHECK(pwrite(log_file, line, used + 1, end) > 0);
}

char *fuzz_lab_log(size_t *len) {
  struct stat about;
  FUZZ_CHECK(fstat(log_file, &about) == 0);
  char *text = malloc((size_t)about.st_size + 1);
  FUZZ_CHECK(text != NULL && pread(log_file, text, (size_t)about.st_size, 0) == about.st_size);
  text[about.st_size] = '\0';
  *len = (size_t)about.st_size;
  FUZZ_CHECK(ftruncate(log_file, 0) == 0);
  return text;
}

/* --- start --- */

static void learn(struct lab_key_facts *facts) {
  const uint8_t *der;
  size_t len;
  FUZZ_CHECK(lurk_private_key_load((const uint8_t *)facts->pem, strlen(facts->pem), &facts->key) == LURK_OK);
  const lurk_public_key *public_key = lurk_private_key_public(facts->key);
  lurk_public_key_spki(public_key, &der, &len);
  FUZZ_CHECK(lurk_digest(LURK_SHA256, der, len, facts->spki) == LURK_OK);
  FUZZ_CHECK(lurk_key_id_alias(public_key, facts->key_id_alias) == LURK_OK);
  if (lurk_key_id(public_key, facts->key_id) != LURK_OK)
    memcpy(facts->key_id, facts->key_id_alias, sizeof facts->key_id);
}

static void make_file(const char *text, char path[FUZZ_FILE_PATH_LEN]) {
  fuzz_file_set(fuzz_file_new(path), text, strlen(text));
}

void fuzz_lab_start(void) {
  char paths[KEY_COUNT][FUZZ_FILE_PATH_LEN], certificate[FUZZ_FILE_PATH_LEN], key[FUZZ_FILE_PATH_LEN],
      log[FUZZ_FILE_PATH_LEN], file[FUZZ_FILE_PATH_LEN], text[4096], why[512];
  for (enum lab_key i = 0; i < KEY_COUNT; i++) {
    learn(&lab_keys[i]);
    make_file(lab_keys[i].pem, paths[i]);
  }
  make_peers();
  make_file(fuzz_channel_certificate_pem, certificate);
  make_file(fuzz_channel_key_pem, key);
  log_file = fuzz_file_new(log);
  snprintf(text, sizeof text, configuration, certificate, key, certificate, paths[0], paths[1], paths[2],
           paths[3], paths[4], paths[5], log);
  make_file(text, file);
  lurk_keyserver *server = lurk_keyserver_start(file, why, sizeof why);
  if (server == NULL)
    fprintf(stderr, "%s\n", why);
  FUZZ_CHECK(server != NULL);
}
