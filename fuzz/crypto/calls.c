#include "fuzz/crypto/calls.h"

const struct crypto_calls lurk_crypto_calls = {
    .name = lurk_crypto_name,
    .digest = lurk_digest,
    .hmac = lurk_hmac,
    .private_load = lurk_private_key_load,
    .private_free = lurk_private_key_free,
    .private_type = lurk_private_key_type,
    .private_public = lurk_private_key_public,
    .public_load = lurk_public_key_load,
    .public_free = lurk_public_key_free,
    .public_type = lurk_public_key_type,
    .public_spki = lurk_public_key_spki,
    .modulus_len = lurk_public_key_modulus_len,
    .sign = lurk_sign,
    .verify = lurk_verify,
    .premaster = lurk_rsa_premaster,
    .check_point = lurk_group_check_point,
    .mul_base = lurk_point_mul_base,
    .mul_add = lurk_point_mul_add,
};
