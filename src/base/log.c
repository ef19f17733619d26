// SPDX-License-Identifier: Apache-2.0
// Messages are formatted by the thread that has something to say and delivered under one lock. Each
// thread keeps the sentence of its last failure, for results that carry their reason.
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"

enum { MESSAGE_SIZE = 1024 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int threshold = CT_LOG_NONE; // written under the lock, read without it
static ct_log_fn *receiver;
static void *receiver_opaque;
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

static void deliver(enum ct_log_level level, const char *scope, const char *text)
{
    char place[MESSAGE_SIZE];
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
    deliver(level, scope, text);
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
        deliver(CT_LOG_ERROR, scope, text);
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
