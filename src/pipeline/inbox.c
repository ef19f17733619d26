// SPDX-License-Identifier: Apache-2.0
// The inbox: a small ring between one reader and all lanes.
#include "pipeline/inbox.h"

void ct__inbox_init(struct ct__inbox *inbox)
{
    *inbox = (struct ct__inbox){0};
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&inbox->space, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

bool ct__inbox_put(struct ct__inbox *inbox, pthread_mutex_t *lock, struct ct__item *item)
{
    while (inbox->count == CT__INBOX_DEPTH && !inbox->ended)
        pthread_cond_wait(&inbox->space, lock);
    if (inbox->ended) {
        ct_frame_unref(&item->frame);
        return false;
    }
    inbox->items[(inbox->head + inbox->count++) % CT__INBOX_DEPTH] = *item;
    item->frame = NULL;
    return true;
}

int ct__inbox_renew(struct ct__inbox *inbox, struct ct__item *item)
{
    int count = inbox->count;
    if (inbox->ended) {
        ct_frame_unref(&item->frame);
        return CT_ERROR_END;
    }
    if (count)
        ct_frame_unref(&inbox->items[inbox->head].frame);
    inbox->items[inbox->head] = *item;
    inbox->count = 1;
    item->frame = NULL;
    return count;
}

bool ct__inbox_take(struct ct__inbox *inbox, struct ct__item *item)
{
    if (!inbox->count)
        return false;
    *item = inbox->items[inbox->head];
    inbox->head = (inbox->head + 1) % CT__INBOX_DEPTH;
    if (inbox->count-- == CT__INBOX_DEPTH)
        pthread_cond_signal(&inbox->space);
    return true;
}

void ct__inbox_end(struct ct__inbox *inbox, bool drop)
{
    struct ct__item item;
    inbox->ended = true;
    while (drop && ct__inbox_take(inbox, &item))
        ct_frame_unref(&item.frame);
    pthread_cond_broadcast(&inbox->space);
}

void ct__inbox_finish(struct ct__inbox *inbox)
{
    ct__inbox_end(inbox, true);
    pthread_cond_destroy(&inbox->space);
}
