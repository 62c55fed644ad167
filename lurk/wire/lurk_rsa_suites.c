#include "lurk/wire/lurk_rsa_suites.h"

/* TLS_RSA_WITH_...: those with SHA384 in their name have it in the PRF, all others SHA-256, those with SHA-1
 * in the MAC too (RFC 5246 §5, RFC 5288 §3, RFC 6209 §2.2, RFC 6367 §2, RFC 6655 §3). */
const uint16_t lurk_rsa_suites[] = {
    0x009c, /* AES_128_GCM_SHA256 */
    0x009d, /* AES_256_GCM_SHA384 */
    0xc09c, /* AES_128_CCM */
    0xc09d, /* AES_256_CCM */
    0xc0a0, /* AES_128_CCM_8 */
    0xc0a1, /* AES_256_CCM_8 */
    0x003c, /* AES_128_CBC_SHA256 */
    0x003d, /* AES_256_CBC_SHA256 */
    0x002f, /* AES_128_CBC_SHA */
    0x0035, /* AES_256_CBC_SHA */
    0xc07a, /* CAMELLIA_128_GCM_SHA256 */
    0xc07b, /* CAMELLIA_256_GCM_SHA384 */
    0x00ba, /* CAMELLIA_128_CBC_SHA256 */
    0x00c0, /* CAMELLIA_256_CBC_SHA256 */
    0x0041, /* CAMELLIA_128_CBC_SHA */
    0x0084, /* CAMELLIA_256_CBC_SHA */
    0xc050, /* ARIA_128_GCM_SHA256 */
    0xc051, /* ARIA_256_GCM_SHA384 */
    0xc03c, /* ARIA_128_CBC_SHA256 */
    0xc03d, /* ARIA_256_CBC_SHA384 */
};
const size_t lurk_rsa_suite_count = sizeof lurk_rsa_suites / sizeof *lurk_rsa_suites;

static bool has_sha384(uint16_t suite) {
  return suite == 0x009d || suite == 0xc07b || suite == 0xc051 || suite == 0xc03d;
}

bool lurk_rsa_suite_prf(uint16_t suite, enum lurk_tls12_prf_hash *out) {
  for (size_t i = 0; i < lurk_rsa_suite_count; i++) {
    if (lurk_rsa_suites[i] == suite) {
      *out = has_sha384(suite) ? LURK_PRF_SHA384 : LURK_PRF_SHA256;
      return true;
    }
  }
  return false;
}
