// SPDX-License-Identifier: Apache-2.0
// Queues of packets under one lock. Each listener has bytes of its own: libav's counts of shared
// ones are nothing that a thread sanitizer sees.
#include "media/spool.h"

#include <libavutil/fifo.h>
#include <pthread.h>

#include "base/log.h"
#include "base/mem.h"

enum { MOST_LISTENERS = 16, FIRST_PACKETS = 64 };

struct queue {
    AVFifo *packets; // AVPacket *
    size_t bytes;
    bool joined, left;
};

struct ct__spool {
    struct ct__company company; // the first: it is one and the same
    pthread_mutex_t lock;       // of the queues and flags
    struct queue queues[MOST_LISTENERS];
    int count;
    bool ended, warned;
    AVCodecParameters *parameters;
    AVRational time_base;
    int64_t start;
    char *scope;
};

static void empty(struct queue *queue)
{
    AVPacket *packet = NULL;
    while (queue->packets && av_fifo_read(queue->packets, &packet, 1) >= 0)
        av_packet_free(&packet);
    queue->bytes = 0;
}

static void destroy(struct ct__company *company)
{
    struct ct__spool *spool = (struct ct__spool *)company;
    for (int i = 0; i < spool->count; i++) {
        empty(&spool->queues[i]);
        av_fifo_freep2(&spool->queues[i].packets);
    }
    avcodec_parameters_free(&spool->parameters);
    pthread_mutex_destroy(&spool->lock);
    ct__free(spool->scope);
    ct__free(spool);
}

static bool make_queues(struct ct__spool *spool)
{
    bool made = true;
    for (int i = 0; i < spool->count; i++) {
        AVFifo *packets = av_fifo_alloc2(FIRST_PACKETS, sizeof(AVPacket *), AV_FIFO_FLAG_AUTO_GROW);
        spool->queues[i].packets = packets;
        made = made && packets;
    }
    return made;
}

int ct__spool_create(struct ct__spool **out, const AVStream *stream, int64_t start, int listeners,
                     const char *scope)
{
    struct ct__spool *spool = ct__calloc(1, sizeof *spool);
    if (!spool)
        return ct__fail_memory(scope);
    atomic_init(&spool->company.references, 1);
    spool->company.destroy = destroy;
    pthread_mutex_init(&spool->lock, NULL);
    spool->count = listeners < MOST_LISTENERS ? listeners : MOST_LISTENERS;
    spool->time_base = stream->time_base;
    spool->start = start;
    spool->scope = ct__strdup(scope);
    spool->parameters = avcodec_parameters_alloc();
    if (!spool->scope || !spool->parameters || !make_queues(spool) ||
        avcodec_parameters_copy(spool->parameters, stream->codecpar) < 0) {
        destroy(&spool->company);
        return ct__fail_memory(scope);
    }
    *out = spool;
    return CT_OK;
}

struct ct__company *ct__spool_company(struct ct__spool *spool)
{
    return &spool->company;
}

struct ct__spool *ct__spool_of(struct ct__company *company)
{
    return company && company->destroy == destroy ? (struct ct__spool *)company : NULL;
}

// Whether a queue took a packet; who listens no more needs none.
static bool push(struct queue *queue, const AVPacket *packet)
{
    if (queue->left)
        return true;
    if (queue->bytes + (size_t)packet->size > CT__SPOOL_BYTES)
        return false;
    AVPacket *copy = av_packet_clone(packet);
    if (!copy || av_packet_make_writable(copy) < 0 || av_fifo_write(queue->packets, &copy, 1) < 0) {
        av_packet_free(&copy);
        return false;
    }
    queue->bytes += (size_t)packet->size;
    return true;
}

void ct__spool_put(struct ct__spool *spool, const AVPacket *packet)
{
    bool all = true;
    pthread_mutex_lock(&spool->lock);
    for (int i = 0; i < spool->count; i++)
        all &= push(&spool->queues[i], packet);
    bool warn = !all && !spool->warned;
    spool->warned |= warn;
    pthread_mutex_unlock(&spool->lock);
    if (warn)
        ct__log(CT_LOG_WARN, spool->scope,
                "more than %d bytes of sound wait for pictures: some is left out", CT__SPOOL_BYTES);
}

void ct__spool_end(struct ct__spool *spool)
{
    pthread_mutex_lock(&spool->lock);
    spool->ended = true;
    pthread_mutex_unlock(&spool->lock);
}

int ct__spool_join(struct ct__spool *spool)
{
    int found = -1;
    pthread_mutex_lock(&spool->lock);
    for (int i = 0; i < spool->count && found < 0; i++)
        found = spool->queues[i].joined ? -1 : i;
    if (found >= 0)
        spool->queues[found].joined = true;
    pthread_mutex_unlock(&spool->lock);
    return found;
}

void ct__spool_leave(struct ct__spool *spool, int queue)
{
    pthread_mutex_lock(&spool->lock);
    spool->queues[queue].left = true;
    empty(&spool->queues[queue]);
    pthread_mutex_unlock(&spool->lock);
}

int ct__spool_take(struct ct__spool *spool, int queue, AVPacket *packet)
{
    AVPacket *taken = NULL;
    pthread_mutex_lock(&spool->lock);
    bool ended = spool->ended;
    if (av_fifo_read(spool->queues[queue].packets, &taken, 1) >= 0)
        spool->queues[queue].bytes -= (size_t)taken->size;
    pthread_mutex_unlock(&spool->lock);
    if (!taken)
        return ended ? -1 : 0;
    av_packet_move_ref(packet, taken);
    av_packet_free(&taken);
    return 1;
}

const AVCodecParameters *ct__spool_parameters(const struct ct__spool *spool)
{
    return spool->parameters;
}

AVRational ct__spool_time_base(const struct ct__spool *spool)
{
    return spool->time_base;
}

int64_t ct__spool_start(const struct ct__spool *spool)
{
    return spool->start;
}
