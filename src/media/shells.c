// SPDX-License-Identifier: Apache-2.0
// AVFrames that go round: taken to receive a picture, given back when the last reference to the
// wrapped frame is dropped, which may be on another thread and after the reader is closed.
#include "media/av.h"

#include <pthread.h>

#include "base/log.h"
#include "base/mem.h"

struct ct__shells {
    pthread_mutex_t lock;
    struct ct__shell *free;
    atomic_int references; // the reader's and one for each shell that is out
};

int ct__shells_create(struct ct__shells **out)
{
    struct ct__shells *shells = ct__calloc(1, sizeof(*shells));
    if (!shells)
        return ct__fail_memory("media");
    pthread_mutex_init(&shells->lock, NULL);
    atomic_init(&shells->references, 1);
    *out = shells;
    return CT_OK;
}

static void destroy_shell(struct ct__shell *shell)
{
    av_frame_free(&shell->frame);
    ct__free(shell);
}

void ct__shells_unref(struct ct__shells **shells)
{
    struct ct__shells *owner = *shells;
    *shells = NULL;
    if (!owner || atomic_fetch_sub(&owner->references, 1) > 1)
        return;
    while (owner->free) {
        struct ct__shell *shell = owner->free;
        owner->free = shell->next;
        destroy_shell(shell);
    }
    pthread_mutex_destroy(&owner->lock);
    ct__free(owner);
}

static struct ct__shell *create_shell(struct ct__shells *owner)
{
    struct ct__shell *shell = ct__calloc(1, sizeof(*shell));
    if (!shell)
        return NULL;
    shell->owner = owner;
    shell->frame = av_frame_alloc();
    if (!shell->frame) {
        ct__free(shell);
        return NULL;
    }
    return shell;
}

int ct__shell_take(struct ct__shells *shells, struct ct__shell **out)
{
    pthread_mutex_lock(&shells->lock);
    struct ct__shell *shell = shells->free;
    if (shell)
        shells->free = shell->next;
    pthread_mutex_unlock(&shells->lock);
    if (!shell)
        shell = create_shell(shells);
    if (!shell)
        return ct__fail_memory("media");
    atomic_fetch_add(&shells->references, 1);
    *out = shell;
    return CT_OK;
}

void ct__shell_release(void *opaque)
{
    struct ct__shell *shell = opaque;
    struct ct__shells *owner = shell->owner;
    av_frame_unref(shell->frame);
    pthread_mutex_lock(&owner->lock);
    shell->next = owner->free;
    owner->free = shell;
    pthread_mutex_unlock(&owner->lock);
    ct__shells_unref(&owner);
}
