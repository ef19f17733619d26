// SPDX-License-Identifier: Apache-2.0
// Messages are formatted by the thread that has something to say and delivered under one lock. Each
// thread keeps the sentence of its last failure, for results that carry their reason.
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

enum { MESSAGE_SIZE = 1024, COMPLAINTS = 16 };

static const int64_t calm_ns = INT64_C(10000000000);

// What a calm thread said lately.
struct complaint {
    const char *format; // NULL: none
    uint32_t scope;     // a hash of it
    int64_t told_ns;
    unsigned untold; // since then
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int threshold = CT_LOG_NONE; // written under the lock, read without it
static ct_log_fn *receiver;
static void *receiver_opaque;
static _Thread_local bool is_calm;
static _Thread_local struct complaint complaints[COMPLAINTS];
static _Thread_local char last_failure[MESSAGE_SIZE], last_scope[MESSAGE_SIZE];

void ct_log_set(enum ct_log_level level, ct_log_fn *fn, void *opaque)
{
    pthread_mutex_lock(&lock);
    receiver = fn;
    receiver_opaque = opaque;
    atomic_store_explicit(&threshold, fn ? (int)level : CT_LOG_NONE, memory_order_relaxed);
    pthread_mutex_unlock(&lock);
}

static bool wanted(enum ct_log_level level)
{
    return (int)level <= atomic_load_explicit(&threshold, memory_order_relaxed);
}

void ct__log_calm(bool calm)
{
    is_calm = calm;
}

static uint32_t hash(const char *text)
{
    uint32_t value = 2166136261U; // FNV-1a
    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * 16777619U;
    return value;
}

// The thread's note of this complaint: in a new one's place, that of the one which is longest ago.
static struct complaint *find_complaint(const char *scope, const char *format, int64_t now_ns)
{
    struct complaint *oldest = complaints;
    uint32_t place = hash(scope);
    for (int i = 0; i < COMPLAINTS; i++) {
        struct complaint *one = &complaints[i];
        if (one->format == format && one->scope == place)
            return one;
        if (!one->format || (oldest->format && one->told_ns < oldest->told_ns))
            oldest = one;
    }
    *oldest = (struct complaint){format, place, now_ns - calm_ns, 0};
    return oldest;
}

// Whether a message is to be told now; *untold: how many like it were not, before it.
static bool is_due(enum ct_log_level level, const char *scope, const char *format, unsigned *untold)
{
    *untold = 0;
    if (!is_calm || level > CT_LOG_WARN)
        return true;
    int64_t now_ns = ct__now_ns();
    struct complaint *complaint = find_complaint(scope, format, now_ns);
    if (now_ns - complaint->told_ns < calm_ns) {
        complaint->untold++;
        return false;
    }
    *untold = complaint->untold;
    complaint->told_ns = now_ns;
    complaint->untold = 0;
    return true;
}

// File names and metadata are strangers' bytes: a control character in them must not reach a
// terminal or split a message in two.
static void blank_controls(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = ' ';
    }
}

__attribute__((format(printf, 2, 0))) static void
write_message(char text[MESSAGE_SIZE], const char *format, va_list arguments)
{
    vsnprintf(text, MESSAGE_SIZE, format, arguments);
    blank_controls(text);
}

static void deliver(enum ct_log_level level, const char *scope, const char *format,
                    const char *message)
{
    char place[MESSAGE_SIZE], text[MESSAGE_SIZE + 64];
    unsigned untold;
    if (!is_due(level, scope, format, &untold))
        return;
    int length = snprintf(text, sizeof text, "%s", message);
    if (untold)
        snprintf(text + length, sizeof text - (size_t)length, " (and %u times before)", untold);
    ct__copy_text(place, sizeof place, scope);
    blank_controls(place);
    pthread_mutex_lock(&lock);
    if (receiver && wanted(level))
        receiver(receiver_opaque, level, place, text);
    pthread_mutex_unlock(&lock);
}

void ct__log(enum ct_log_level level, const char *scope, const char *format, ...)
{
    if (!wanted(level))
        return;
    char text[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    write_message(text, format, arguments);
    va_end(arguments);
    deliver(level, scope, format, text);
}

int ct__fail(int error, const char *scope, const char *format, ...)
{
    // Not formatted in place: an argument may be the last failure itself.
    char text[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    write_message(text, format, arguments);
    va_end(arguments);
    ct__copy_text(last_failure, sizeof last_failure, text);
    ct__copy_text(last_scope, sizeof last_scope, scope);
    if (wanted(CT_LOG_ERROR))
        deliver(CT_LOG_ERROR, scope, format, text);
    return error;
}

int ct__fail_memory(const char *scope)
{
    return ct__fail(CT_ERROR_MEMORY, scope, "out of memory");
}

void ct__last_failure(char *text, size_t size)
{
    ct__copy_text(text, size, last_failure);
}

void ct__last_failure_scope(char *scope, size_t size)
{
    ct__copy_text(scope, size, last_scope);
}
