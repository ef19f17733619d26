// SPDX-License-Identifier: Apache-2.0
// Threads have names, take no signals, and say when there is no more of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

struct seen {
    pthread_mutex_t go; // held by the test until the thread has its name
    char name[16];
    sigset_t blocked;
};

static void *look(void *argument)
{
    struct seen *seen = argument;
    pthread_mutex_lock(&seen->go);
    pthread_getname_np(pthread_self(), seen->name, sizeof seen->name);
    pthread_sigmask(SIG_SETMASK, NULL, &seen->blocked);
    pthread_mutex_unlock(&seen->go);
    return argument;
}

static void start_and_look(const char *name, struct seen *seen)
{
    pthread_t thread;
    void *answer = NULL;
    pthread_mutex_init(&seen->go, NULL);
    pthread_mutex_lock(&seen->go);
    assert_int_equal(ct__thread_start(&thread, name, look, seen), CT_OK);
    pthread_mutex_unlock(&seen->go);
    pthread_join(thread, &answer);
    pthread_mutex_destroy(&seen->go);
    assert_ptr_equal(answer, seen);
}

static void a_thread_shows_its_name(void **state)
{
    (void)state;
    struct seen seen = {0};
    start_and_look("lane 0", &seen);
    assert_string_equal(seen.name, "lane 0");
}

static void a_long_name_is_cut(void **state)
{
    (void)state;
    struct seen seen = {0};
    start_and_look("reader of the front door", &seen);
    assert_string_equal(seen.name, "reader of the f");
}

static void a_thread_blocks_signals_and_its_starter_does_not(void **state)
{
    (void)state;
    struct seen seen = {0};
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    start_and_look("quiet", &seen);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int signal = 1; signal < 32; signal++)
        assert_int_equal(sigismember(&before, signal), sigismember(&after, signal));
    assert_true(sigismember(&seen.blocked, SIGINT));
    assert_true(sigismember(&seen.blocked, SIGTERM));
    assert_true(sigismember(&seen.blocked, SIGHUP));
}

static void the_lack_of_threads_is_an_error(void **state)
{
    (void)state;
#ifdef SANITIZED
    skip(); // the sanitizer itself needs memory for a thread and gives up without
#else
    // No address space is left for a stack of this size.
    pthread_attr_t usual, huge;
    pthread_getattr_default_np(&usual);
    pthread_attr_init(&huge);
    pthread_attr_setstacksize(&huge, (size_t)1 << 48);
    assert_int_equal(pthread_setattr_default_np(&huge), 0);
    pthread_t thread;
    char why[128];
    int error = ct__thread_start(&thread, "one too many", look, NULL);
    pthread_setattr_default_np(&usual);
    pthread_attr_destroy(&huge);
    pthread_attr_destroy(&usual);
    assert_int_equal(error, CT_ERROR_LIMIT);
    ct__last_failure(why, sizeof why);
    assert_string_equal(why, "cannot start a thread: Resource temporarily unavailable");
#endif
}

static atomic_bool over, admitted;

static void do_nothing(int signal)
{
    (void)signal;
}

static void *block(void *argument)
{
    ct__thread_admit(SIGURG);
    ct__thread_admit(0);
    atomic_store(&admitted, true);
    while (!atomic_load(&over))
        pause();
    return argument;
}

static void a_thread_that_blocks_is_woken_until_it_has_ended(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = do_nothing}, before;
    pthread_t thread;
    assert_int_equal(sigaction(SIGURG, &action, &before), 0);
    assert_int_equal(ct__thread_start(&thread, "blocks", block, NULL), CT_OK);
    while (!atomic_load(&admitted))
        sched_yield();
    atomic_store(&over, true);
    ct__thread_join_waking(thread, SIGURG);
    assert_int_equal(ct__thread_start(&thread, "ends", block, NULL), CT_OK);
    ct__thread_join_waking(thread, 0);
    sigaction(SIGURG, &before, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_shows_its_name),
        cmocka_unit_test(a_long_name_is_cut),
        cmocka_unit_test(a_thread_blocks_signals_and_its_starter_does_not),
        cmocka_unit_test(the_lack_of_threads_is_an_error),
        cmocka_unit_test(a_thread_that_blocks_is_woken_until_it_has_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
