// SPDX-License-Identifier: Apache-2.0
// Work in pieces that others may share. This folder starts no thread: who has some idle ones passes
// this interface. Pieces are of a size that does not depend on who does them, and what they add up
// is added in their order, so that a result is the same bits for any number of parts.
#ifndef CT_IMAGE_PARALLEL_H
#define CT_IMAGE_PARALLEL_H

// Calls part(context, 0) to part(context, parts - 1), each once, on any threads and in any order,
// and returns when all have. `parts` is how many are worth having: the threads that help, or a few
// times that. Calls do not nest, and come from one thread at a time.
struct ct__parallel {
    void (*run)(void *opaque, int parts, void (*part)(void *context, int index), void *context);
    void *opaque;
    int parts;
};

// Calls piece(context, 0) to piece(context, count - 1), spread over the parts; with NULL, or one
// part, or one piece, on the calling thread.
void ct__parallel_each(const struct ct__parallel *parallel, int count,
                       void (*piece)(void *context, int index), void *context);

#endif
