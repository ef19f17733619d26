// SPDX-License-Identifier: Apache-2.0
// The digest is that of the file which the jsonl sink writes.
#include "bench.h"

#include "base/hash.h"

static char *digest_of(uint64_t first, uint64_t count)
{
    struct ct__sink *sink = bench_open("hash:digest", false);
    for (uint64_t i = 0; i < count; i++)
        assert_int_equal(bench_line(sink, first + i), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    return bench_read("digest");
}

static void it_is_the_digest_of_the_lines(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("lines.jsonl", false);
    for (uint64_t i = 0; i < 5; i++)
        assert_int_equal(bench_line(sink, i), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    char *lines = bench_read("lines.jsonl"), *said = digest_of(0, 5);
    uint8_t digest[CT__HASH_SIZE];
    char text[2 * CT__HASH_SIZE + 1], expected[128];
    ct__hash_bytes(lines, strlen(lines), digest);
    ct__hash_text(digest, text);
    snprintf(expected, sizeof expected, "%s  5 frames\n", text);
    assert_string_equal(said, expected);
    ct__free(lines);
    ct__free(said);
}

static void equal_results_are_equal_and_others_are_not(void **state)
{
    (void)state;
    char *one = digest_of(0, 3), *same = digest_of(0, 3), *other = digest_of(1, 3);
    assert_string_equal(one, same);
    assert_string_not_equal(one, other);
    ct__free(one);
    ct__free(same);
    ct__free(other);
}

static void an_unwritable_digest_is_told(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("hash:/dev/full", false);
    assert_int_equal(bench_line(sink, 0), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_ERROR_IO);
    assert_int_equal(bench_messages, 1);
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct ct__sink *sink = NULL;
        struct ct__sink_params params = {0};
        ct__mem_fail(n);
        int error = ct__sink_open(&sink, "hash:digest", &params);
        int wrote = error ? error : bench_line(sink, 0);
        int hit = ct__mem_failed();
        ct__mem_fail(0);
        ct__sink_close(&sink, true);
        assert_int_equal(wrote, hit ? CT_ERROR_MEMORY : CT_OK);
        if (!hit)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(it_is_the_digest_of_the_lines),
        BENCH_TEST(equal_results_are_equal_and_others_are_not),
        BENCH_TEST(an_unwritable_digest_is_told),
        BENCH_TEST(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
