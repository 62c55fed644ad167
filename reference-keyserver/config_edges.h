/* The section "edges" of the configuration: who may use what. */
#ifndef KEYSERVER_CONFIG_EDGES_H
#define KEYSERVER_CONFIG_EDGES_H

#include "config.h"
#include "lurk/config_reader.h"

/* config->keys is read already: grants name them. */
bool lurk_config_read_edges(const struct lurk_config_node *root, struct lurk_config *config);
void lurk_config_clear_edges(struct lurk_config *config);

#endif
