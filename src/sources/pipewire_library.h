// SPDX-License-Identifier: Apache-2.0
// PipeWire's functions, loaded when the first of its cameras is opened.
#ifndef CT_SOURCES_PIPEWIRE_LIBRARY_H
#define CT_SOURCES_PIPEWIRE_LIBRARY_H

#include <pipewire/pipewire.h>
#include <stdbool.h>

// Under their own names, without "pw_".
struct ct__pipewire {
    __typeof__(pw_init) *init;
    __typeof__(pw_log_set_level) *log_set_level;
    __typeof__(pw_loop_new) *loop_new;
    __typeof__(pw_loop_destroy) *loop_destroy;
    __typeof__(pw_context_new) *context_new;
    __typeof__(pw_context_destroy) *context_destroy;
    __typeof__(pw_context_connect) *context_connect;
    __typeof__(pw_core_disconnect) *core_disconnect;
    __typeof__(pw_properties_new) *properties_new;
    __typeof__(pw_stream_new) *stream_new;
    __typeof__(pw_stream_add_listener) *stream_add_listener;
    __typeof__(pw_stream_connect) *stream_connect;
    __typeof__(pw_stream_update_params) *stream_update_params;
    __typeof__(pw_stream_dequeue_buffer) *stream_dequeue_buffer;
    __typeof__(pw_stream_queue_buffer) *stream_queue_buffer;
    __typeof__(pw_stream_destroy) *stream_destroy;
};

// The library, or NULL where there is none. Any thread.
const struct ct__pipewire *ct__pipewire_load(void);

#endif
