#include "schemes.h"

const uint16_t lurk_schemes[LURK_SCHEME_COUNT] = {
    0x0401, 0x0501, 0x0601, /* rsa_pkcs1_sha256, 384, 512 */
    0x0403, 0x0503, 0x0603, /* ecdsa_secp256r1_sha256, secp384r1_sha384, secp521r1_sha512 */
    0x0804, 0x0805, 0x0806, /* rsa_pss_rsae_sha256, 384, 512 */
    0x0807,                 /* ed25519 */
};
