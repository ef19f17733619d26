// SPDX-License-Identifier: Apache-2.0
// Results as server-sent events. They are written as JSON once, into a ring of bounded size that
// all clients read; who is too slow for it is told how many events he missed. While no client is
// there the engine is not watched and nothing is written.
#ifndef CT_SERVICE_EVENTS_H
#define CT_SERVICE_EVENTS_H

#include <chiton/engine.h>

#include "service/http.h"

struct ct__events;

// `wake` is called from the engine's threads when there is news. CT_ERROR_MEMORY.
int ct__events_create(struct ct__events **out, ct_engine *engine, void (*wake)(void *opaque),
                      void *opaque);
void ct__events_destroy(struct ct__events **events);

// A feed of the events of one stream, or of all (-1), from now on, or from behind the event `last`
// where the ring still has it. CT_ERROR_MEMORY. The server's thread.
int ct__events_open(struct ct__events *events, int stream, const char *last,
                    struct ct__feed **feed);

// Stops watching when no client has been there for a few seconds, so that one that comes again
// misses nothing; returns whether it still watches without one. The server's thread, once a second.
bool ct__events_tick(struct ct__events *events);

// How many feeds are open. The server's thread.
int ct__events_clients(const struct ct__events *events);

#endif
