// SPDX-License-Identifier: Apache-2.0
// Graphs of libavfilter. The library is loaded when the first graph is opened: it brings thirty
// others with it, which cost each start of the program 17 ms, and few runs need it.
#ifndef CT_MEDIA_FILTER_H
#define CT_MEDIA_FILTER_H

#include "media/av.h"

// One thread at a time.
struct ct__filter;

// Whether libavfilter can be loaded; loads it.
bool ct__filter_ready(void);

// Makes a graph of libavfilter's own syntax, with one video output. With `like`, its one input
// takes pictures of that size and format whose times count in `unit`; NULL: it has no input, it
// makes its pictures. Starts no thread. CT_ERROR_UNSUPPORTED without a libavfilter,
// CT_ERROR_INVALID with libav's reason, logged under `scope`.
int ct__filter_open(struct ct__filter **out, const char *scope, const char *graph,
                    const AVFrame *like, AVRational unit);

// Gives it a picture, whose reference it takes over, or NULL at the end. libav's code.
int ct__filter_send(struct ct__filter *filter, AVFrame *frame);

// The next picture into an empty frame: 0, AVERROR(EAGAIN), AVERROR_EOF or another of libav's
// codes.
int ct__filter_receive(struct ct__filter *filter, AVFrame *frame);

// Of what it gives.
AVRational ct__filter_unit(const struct ct__filter *filter);
AVRational ct__filter_rate(const struct ct__filter *filter); // 0/1: unknown
void ct__filter_size(const struct ct__filter *filter, int *width, int *height);

// Accepts NULL; sets the pointer to NULL.
void ct__filter_close(struct ct__filter **filter);

#endif
