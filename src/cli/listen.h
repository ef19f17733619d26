// SPDX-License-Identifier: Apache-2.0
// What the commands share that serve HTTP.
#ifndef CT_CLI_LISTEN_H
#define CT_CLI_LISTEN_H

#include <chiton/service.h>

#include "cli/common.h"

extern const struct ct__option ct__listen_options[]; // --listen --token-file --tls-cert ...

// What the options say, listening where --listen says, else at `preset`.
struct ct_service_params ct__listen_params(const struct ct__common *common, const char *preset);

// Tells an address on standard error.
void ct__listen_tell(const char *address);

// Starts to serve the engine where --listen says, else at `preset`, and tells the address on
// standard error. Where both are empty nothing is started and *out stays as it is.
int ct__listen_start(ct_service **out, ct_engine *engine, const struct ct__common *common,
                     const char *preset);

#endif
