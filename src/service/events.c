// SPDX-License-Identifier: Apache-2.0
// The ring: bytes of lines one behind the other, and an entry for each. Writing a line drops the
// oldest ones that stand where it goes. A client copies what is new into a buffer of its own, so
// that a line stays whole however slowly it leaves.
#include "service/events.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define SCOPE "events"

enum {
    ENTRIES = 4096,
    BYTES = 2097152,
    LONGEST = BYTES / 8, // a longer line is left out
    BATCH = 16384,       // about so much is copied for a client at once
    LINGER_S = 5,
};

static const int64_t heartbeat_ns = INT64_C(10000000000);

struct entry {
    int stream;
    size_t offset, length; // of the line; length 0: it was left out
};

struct ct__events {
    ct_engine *engine;
    void (*wake)(void *opaque);
    void *opaque;
    ct_watch *watch;
    int clients, lonely_s; // lonely_s: for so many seconds nobody has been there
    pthread_mutex_t lock;  // of what follows
    char *bytes;
    struct entry entries[ENTRIES]; // that of event n is n % ENTRIES
    uint64_t first;                // the oldest event that is there
    atomic_uint_least64_t next;    // the number of the next
    size_t head;                   // where its line goes
};

struct client {
    struct ct__feed feed;
    struct ct__events *events;
    int stream;
    uint64_t next, lost;
    int64_t spoke_ns;
    struct ct__text out;
    size_t sent; // of `out`
};

// ---- the ring

static struct entry *entry_at(struct ct__events *events, uint64_t number)
{
    return &events->entries[number % ENTRIES];
}

// Drops the oldest events while they lie in [from, to), an empty line counting as a point.
static void drop(struct ct__events *events, uint64_t next, size_t from, size_t to)
{
    while (events->first < next) {
        const struct entry *oldest = entry_at(events, events->first);
        if (oldest->offset < from || oldest->offset >= to)
            break;
        events->first++;
    }
}

// Makes room for a line and returns where it goes.
static size_t reserve(struct ct__events *events, uint64_t next, size_t length)
{
    if (next - events->first >= ENTRIES)
        events->first++;
    if (events->head + length > BYTES) {
        drop(events, next, events->head, BYTES + 1);
        events->head = 0;
    }
    drop(events, next, events->head, events->head + length + 1);
    return events->head;
}

// Writes the result's line in place; what does not fit before the end begins anew at the start.
static void append(struct ct__events *events, int stream, const struct ct_result *result)
{
    uint64_t next = atomic_load(&events->next);
    size_t offset = reserve(events, next, LONGEST);
    int64_t length = ct_result_json(result, events->bytes + offset, LONGEST);
    if (length < 0 || length >= LONGEST)
        length = 0;
    *entry_at(events, next) =
        (struct entry){.stream = stream, .offset = offset, .length = (size_t)length};
    events->head = offset + (size_t)length;
    atomic_store(&events->next, next + 1);
}

static void note(void *opaque, int stream, const struct ct_result *result)
{
    struct ct__events *events = opaque;
    pthread_mutex_lock(&events->lock);
    append(events, stream, result);
    pthread_mutex_unlock(&events->lock);
    events->wake(events->opaque);
}

// ---- a client

static void put_lost(struct client *client)
{
    if (client->lost)
        ct__text_printf(&client->out, "event: lost\ndata: {\"lost\":%llu}\n\n",
                        (unsigned long long)client->lost);
    client->lost = 0;
}

static void put_event(struct client *client, uint64_t number, const struct entry *entry)
{
    if (client->stream >= 0 && client->stream != entry->stream)
        return;
    if (entry->length == 0) {
        client->lost++;
        return;
    }
    put_lost(client);
    ct__text_printf(&client->out, "id: %llu\ndata: ", (unsigned long long)number);
    ct__text_append(&client->out, client->events->bytes + entry->offset, entry->length);
    ct__text_puts(&client->out, "\n\n");
}

static void put_news(struct client *client)
{
    struct ct__events *events = client->events;
    pthread_mutex_lock(&events->lock);
    if (client->next < events->first) {
        client->lost += events->first - client->next;
        client->next = events->first;
    }
    uint64_t end = atomic_load(&events->next);
    for (; client->next < end && client->out.length < BATCH; client->next++)
        put_event(client, client->next, entry_at(events, client->next));
    pthread_mutex_unlock(&events->lock);
}

// A comment now and then shows who has gone, and keeps those in between from giving up.
static void refill(struct client *client)
{
    int64_t now_ns = ct__now_ns();
    ct__text_clear(&client->out);
    client->sent = 0;
    put_news(client);
    put_lost(client);
    if (client->out.length == 0 && now_ns - client->spoke_ns >= heartbeat_ns)
        ct__text_puts(&client->out, ": alive\n\n");
    if (client->out.length)
        client->spoke_ns = now_ns;
}

static int64_t client_read(struct ct__feed *feed, char *data, size_t size)
{
    struct client *client = (struct client *)feed;
    if (client->sent == client->out.length)
        refill(client);
    if (client->out.failed)
        return ct__fail_memory(SCOPE), -1;
    size_t length = client->out.length - client->sent;
    if (length > size)
        length = size;
    if (length)
        memcpy(data, client->out.data + client->sent, length);
    client->sent += length;
    return (int64_t)length;
}

static bool client_ready(struct ct__waiter *waiter)
{
    const struct client *client = (const struct client *)waiter;
    return atomic_load(&client->events->next) > client->next;
}

static void client_finish(struct ct__waiter *waiter)
{
    struct client *client = (struct client *)waiter;
    client->events->clients--;
    ct__text_finish(&client->out);
    ct__free(client);
}

// ---- open and close

int ct__events_create(struct ct__events **out, ct_engine *engine, void (*wake)(void *opaque),
                      void *opaque)
{
    struct ct__events *events = ct__calloc(1, sizeof(*events));
    if (!events)
        return ct__fail_memory(SCOPE);
    events->engine = engine;
    events->wake = wake;
    events->opaque = opaque;
    events->first = 1;
    atomic_init(&events->next, 1);
    pthread_mutex_init(&events->lock, NULL);
    *out = events;
    return CT_OK;
}

void ct__events_destroy(struct ct__events **events)
{
    if (!*events)
        return;
    ct_engine_unwatch(&(*events)->watch);
    pthread_mutex_destroy(&(*events)->lock);
    ct__free((*events)->bytes);
    ct__free(*events);
    *events = NULL;
}

// What was not watched counts as one event that is not there any more.
static int watch(struct ct__events *events)
{
    const struct ct_watch_params params = {.stream = -1, .on_result = note, .opaque = events};
    if (events->watch)
        return CT_OK;
    if (!events->bytes && !(events->bytes = ct__alloc(BYTES)))
        return ct__fail_memory(SCOPE);
    if (atomic_load(&events->next) > 1)
        events->first = atomic_fetch_add(&events->next, 1) + 1;
    return ct_engine_watch(events->engine, &params, &events->watch);
}

bool ct__events_tick(struct ct__events *events)
{
    events->lonely_s = events->clients ? 0 : events->lonely_s + 1;
    if (events->watch && events->lonely_s > LINGER_S)
        ct_engine_unwatch(&events->watch);
    return events->watch && !events->clients;
}

int ct__events_clients(const struct ct__events *events)
{
    return events->clients;
}

int ct__events_open(struct ct__events *events, int stream, const char *last, struct ct__feed **feed)
{
    int64_t number;
    int error = watch(events);
    if (error)
        return error;
    struct client *client = ct__calloc(1, sizeof(*client));
    if (!client)
        return ct__fail_memory(SCOPE);
    client->feed = (struct ct__feed){.waiter = {.ready = client_ready, .finish = client_finish},
                                     .read = client_read};
    client->events = events;
    client->stream = stream;
    client->next = atomic_load(&events->next);
    client->spoke_ns = ct__now_ns();
    if (last && ct__parse_int(last, &number) && number >= 0 && (uint64_t)number < client->next)
        client->next = (uint64_t)number + 1;
    // Something at once, so that the client knows that it is heard.
    ct__text_puts(&client->out, "retry: 1000\n\n");
    events->clients++;
    events->lonely_s = 0;
    *feed = &client->feed;
    return CT_OK;
}
