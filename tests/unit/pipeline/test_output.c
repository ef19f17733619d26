// SPDX-License-Identifier: Apache-2.0
// An output of a live stream breaks and cannot be opened again: the stream goes on.
#include "files.h"

#include <sched.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "pipeline/output.h"

#include <chiton/log.h>

static atomic_int full, refused; // messages

static void listen(void *opaque, enum ct_log_level level, const char *scope, const char *text)
{
    (void)opaque, (void)level, (void)scope;
    full += strstr(text, "No space left") != NULL;
    refused += strstr(text, "not a file") != NULL;
}

static int enter(void **state)
{
    (void)state;
    ct_log_set(CT_LOG_ERROR, listen, NULL);
    return mkdtemp(folder) && symlink("/dev/full", in_folder("a.jsonl")) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    char command[64];
    ct__clock_release();
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static int write_line(struct ct__output *output)
{
    const struct ct_result result = {.source = "door", .pts_ns = CT_NO_TIME, .wall_ns = CT_NO_TIME};
    const struct ct__sink_item item = {.result = &result};
    return ct__output_write(output, &item, (struct ct__mark){0});
}

static void an_output_that_cannot_be_opened_again_wants_what_it_wanted(void **state)
{
    (void)state;
    const struct ct__sink_params params = {.live = true, .rotate_bytes = 1 << 20};
    struct ct__output *output = NULL;
    uint64_t failed = 0;
    ct__clock_hold(INT64_C(1000000000));
    assert_int_equal(ct__output_open(&output, in_folder("a.jsonl"), &params, NULL), CT_OK);
    assert_int_equal(write_line(output), CT_OK);
    while (!ct__output_is_dead(output))
        sched_yield();
    assert_int_equal(full, 1);
    assert_int_equal(write_line(output), 1); // no room, for a while
    assert_int_equal(unlink(in_folder("a.jsonl")), 0);
    assert_int_equal(mkdir(in_folder("a.jsonl"), 0700), 0);
    ct__clock_advance(INT64_C(11000000000));
    assert_int_equal(write_line(output), CT_OK);
    while (!refused)
        sched_yield();
    assert_true(ct__output_wants(output, "b.mp4"));
    assert_int_equal(ct__output_close(&output, true, NULL, &failed), CT_ERROR_IO);
    assert_int_equal(failed, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_output_that_cannot_be_opened_again_wants_what_it_wanted,
                                        enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
