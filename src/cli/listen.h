// SPDX-License-Identifier: Apache-2.0
// What the commands share that serve HTTP.
#ifndef CT_CLI_LISTEN_H
#define CT_CLI_LISTEN_H

#include <chiton/service.h>

#include "cli/common.h"

extern const struct ct__option ct__listen_options[]; // --listen --token-file --tls-cert ...

// Starts to serve the engine where --listen says, else at `preset`, and tells the address on
// standard error. Where both are empty nothing is started and *out stays as it is.
int ct__listen_start(ct_service **out, ct_engine *engine, const struct ct__common *common,
                     const char *preset);

#endif
