// SPDX-License-Identifier: Apache-2.0
// The memory of frames. A frame with pixels of its own is one allocation: the shell, then its
// planes. A pool keeps the frames that came back in two lists: those with memory, for any picture
// that fits in, and bare shells for wrapping.
#include "frame/pool.h"

#include <pthread.h>

#include "base/log.h"
#include "base/mem.h"

enum {
    ALIGN = 64,
    SHELL = (sizeof(struct ct_frame) + ALIGN - 1) / ALIGN * ALIGN,
};

struct ct__pool {
    atomic_int references; // the owner's, and one for every frame that is out
    pthread_mutex_t lock;
    struct ct_frame *buffers, *shells;
};

// Makes a shell with `size` bytes of pixels behind it.
static struct ct_frame *make(size_t size)
{
    struct ct_frame *frame = ct__alloc_aligned(SHELL + size);
    if (!frame)
        return NULL;
    *frame = (struct ct_frame){0};
    frame->memory = size ? (uint8_t *)frame + SHELL : NULL;
    frame->memory_size = size;
    return frame;
}

static void free_frame(struct ct_frame *frame)
{
    if (frame) {
        ct__free(frame->truth.items);
        ct__free(frame->extras.profile);
        ct__free(frame->extras.deep);
    }
    ct__free(frame);
}

static void free_list(struct ct_frame *frame)
{
    while (frame) {
        struct ct_frame *next = frame->next;
        free_frame(frame);
        frame = next;
    }
}

static void drop_pool(struct ct__pool *pool)
{
    if (atomic_fetch_sub_explicit(&pool->references, 1, memory_order_acq_rel) != 1)
        return;
    free_list(pool->buffers);
    free_list(pool->shells);
    pthread_mutex_destroy(&pool->lock);
    ct__free(pool);
}

int ct__pool_create(struct ct__pool **out)
{
    struct ct__pool *pool = ct__calloc(1, sizeof *pool);
    if (!pool)
        return ct__fail_memory("frame");
    atomic_init(&pool->references, 1);
    pthread_mutex_init(&pool->lock, NULL);
    *out = pool;
    return CT_OK;
}

void ct__pool_unref(struct ct__pool **pool)
{
    if (*pool)
        drop_pool(*pool);
    *pool = NULL;
}

void ct__pool_put(struct ct_frame *frame)
{
    struct ct__pool *pool = frame->pool;
    if (!pool) {
        free_frame(frame);
        return;
    }
    struct ct_frame **list = frame->memory ? &pool->buffers : &pool->shells;
    pthread_mutex_lock(&pool->lock);
    frame->next = *list;
    *list = frame;
    pthread_mutex_unlock(&pool->lock);
    drop_pool(pool);
}

static struct ct_frame *unlink_frame(struct ct_frame **at)
{
    struct ct_frame *frame = *at;
    *at = frame->next;
    return frame;
}

// Unlinks the smallest frame with at least `size` bytes of its own, so that pictures of many sizes
// do not each grow to the largest. Where there are only smaller ones, the pictures have grown: one
// of them goes, so that a pool never holds more than were out at once.
static struct ct_frame *take(struct ct__pool *pool, size_t size)
{
    struct ct_frame **fitting = NULL, **other = NULL, *frame = NULL, *small = NULL;
    pthread_mutex_lock(&pool->lock);
    struct ct_frame **at = size ? &pool->buffers : &pool->shells;
    for (; *at; at = &(*at)->next)
        if ((*at)->memory_size < size)
            other = at;
        else if (!fitting || (*at)->memory_size < (*fitting)->memory_size)
            fitting = at;
    if (fitting)
        frame = unlink_frame(fitting);
    else if (other)
        small = unlink_frame(other);
    pthread_mutex_unlock(&pool->lock);
    free_frame(small);
    return frame;
}

struct ct_frame *ct__pool_get(struct ct__pool *pool, size_t size)
{
    struct ct_frame *frame = pool ? take(pool, size) : NULL;
    if (!frame)
        frame = make(size);
    if (!frame)
        return NULL;
    frame->pool = pool;
    if (pool)
        atomic_fetch_add_explicit(&pool->references, 1, memory_order_relaxed);
    return frame;
}
