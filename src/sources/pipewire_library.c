// SPDX-License-Identifier: Apache-2.0
// Loading PipeWire, once.
#include <pthread.h>

#include "base/load.h"
#include "sources/pipewire_library.h"

static const char *const names[] = {
    "pw_init",
    "pw_log_set_level",
    "pw_loop_new",
    "pw_loop_destroy",
    "pw_context_new",
    "pw_context_destroy",
    "pw_context_connect",
    "pw_core_disconnect",
    "pw_properties_new",
    "pw_stream_new",
    "pw_stream_add_listener",
    "pw_stream_connect",
    "pw_stream_update_params",
    "pw_stream_dequeue_buffer",
    "pw_stream_queue_buffer",
    "pw_stream_destroy",
};

static struct ct__pipewire functions;
static bool is_loaded;

// It talks to standard error by itself; what matters comes back as errors.
static void load(void)
{
    _Static_assert(sizeof functions == sizeof names, "one name for each function");
    is_loaded =
        ct__load("libpipewire-0.3.so.0", names, (void **)&functions, sizeof names / sizeof *names);
    if (!is_loaded)
        return;
    functions.init(NULL, NULL);
    functions.log_set_level(SPA_LOG_LEVEL_NONE);
}

const struct ct__pipewire *ct__pipewire_load(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return is_loaded ? &functions : NULL;
}
