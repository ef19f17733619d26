// SPDX-License-Identifier: Apache-2.0
// How frames come out of a pool and go back, for frame.c alone: what others need stands in frame.h.
#ifndef CT_FRAME_POOL_H
#define CT_FRAME_POOL_H

#include "frame/frame.h"

// A frame of undefined content with at least `size` bytes of its own, 0: a bare shell. From the
// pool, or from the heap where `pool` is NULL or has none. NULL: no memory. Any thread.
struct ct_frame *ct__pool_get(struct ct__pool *pool, size_t size);

// Takes back a frame that nobody holds any more. Any thread.
void ct__pool_put(struct ct_frame *frame);

#endif
