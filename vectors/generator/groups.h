/* Every group of vectors: a function that adds its files to the collection. */
#ifndef LURK_VECTORS_GROUPS_H
#define LURK_VECTORS_GROUPS_H

#include "vectors/generator/emit.h"

void make_ski_requests(struct collection *collection);
void make_ski_answers(struct collection *collection);
void make_handshake_inputs(struct collection *collection);
void make_lurk_base(struct collection *collection);
void make_tls12_requests(struct collection *collection);
void make_tls12_handshakes(struct collection *collection);
void make_tls12_answers(struct collection *collection);
void make_derivations(struct collection *collection);
void make_points(struct collection *collection);
void make_ownership(struct collection *collection);
void make_premasters(struct collection *collection);
void make_exchanges(struct collection *collection);
void make_signatures(struct collection *collection);
void make_algorithms(struct collection *collection);
void make_x509(struct collection *collection);

#endif
