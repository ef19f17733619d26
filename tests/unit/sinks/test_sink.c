// SPDX-License-Identifier: Apache-2.0
// Which sink an output belongs to.
#include "bench.h"

static void outputs_find_their_sinks(void **state)
{
    (void)state;
    static const struct {
        const char *output, *name;
    } rows[] = {
        {"a.jsonl", "jsonl"},
        {"A.JSONL", "jsonl"},
        {"jsonl:b", "jsonl"},
        {"jsonl:c.mp4", "jsonl"},
        {"-", "jsonl"},
        {"a.csv", "csv"},
        {"csv:a.jsonl", "csv"},
        {"a.coco.json", "coco"},
        {"coco:a.json", "coco"},
        {"a.mot.txt", "mot"},
        {"mot:a.txt", "mot"},
        {"crops:a", "crops"},
        {"crops:o/", "crops"},
        {"d.mp4", "video"},
        {"e.mkv", "video"},
        {"f.mov", "video"},
        {"g.webm", "video"},
        {"h/", "pictures"},
        {"i.jpg", "pictures"},
        {"j.jpeg", "pictures"},
        {"k.PNG", "pictures"},
        {"folder", "pictures"},
        {"folder.mp4", "pictures"},
        {"null:", "null"},
        {"hash:", "hash"},
        {"hash:l.jsonl", "hash"},
        {"deep/er/m/", "pictures"},
        {"deep/n.jsonl", "jsonl"},
    };
    assert_int_equal(mkdir("folder", 0700), 0);
    assert_int_equal(mkdir("folder.mp4", 0700), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ct__sink *sink = NULL;
        const struct ct__sink_class *const *class = ct__sinks();
        int best = 0;
        const char *name = "";
        for (; *class; class ++) {
            int score = (*class)->match(rows[i].output);
            assert_true(score != best || score == 0);
            name = score > best ? (*class)->name : name;
            best = score > best ? score : best;
        }
        assert_string_equal(name, rows[i].name);
        if (strcmp(rows[i].output, "-") == 0 || strcmp(rows[i].output, "hash:") == 0)
            continue; // would write among the words of the test
        sink = bench_open(rows[i].output, false);
        assert_string_equal(sink->class->name, rows[i].name);
        assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    }
}

static void an_unknown_output_names_all_that_exist(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    struct ct__sink_params params = {0};
    assert_int_equal(ct__sink_open(&sink, "crowd.xyz", &params), CT_ERROR_INVALID);
    assert_null(sink);
    assert_string_equal(bench_log,
                        "crowd.xyz: no output of this kind: .jsonl jsonl:PATH - .csv csv:PATH "
                        ".coco.json coco:PATH .mot.txt mot:PATH .mp4 .mkv .mov .webm DIR/ .jpg "
                        ".jpeg .png crops:DIR cutout:OUT null: hash: hash:PATH\n");
    assert_int_equal(ct__sink_open(&sink, "", &params), CT_ERROR_INVALID);
}

static void null_takes_everything_and_keeps_nothing(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("null:", true);
    assert_false(sink->class->wants_pixels);
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(bench_line(sink, i), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(bench_count("."), 0);
}

static void no_memory_is_told_by_every_sink(void **state)
{
    (void)state;
    static const char *const outputs[] = {"a.jsonl", "a.csv", "a.coco.json", "a.mot.txt", "a.mp4",
                                          "a.png",   "a/",    "crops:a",     "null:",     "hash:x"};
    struct ct__sink_params params = {0};
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        struct ct__sink *sink = NULL;
        ct__mem_fail(1);
        assert_int_equal(ct__sink_open(&sink, outputs[i], &params), CT_ERROR_MEMORY);
        assert_true(ct__mem_failed());
        assert_null(sink);
    }
}

static void lines_tell_every_failed_allocation_and_stay_whole(void **state)
{
    (void)state;
    static const char *const outputs[] = {"a.jsonl", "a.csv", "a.coco.json", "a.mot.txt"};
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        for (uint64_t n = 1;; n++) {
            struct ct__sink *sink = NULL;
            struct ct__sink_params params = {0};
            ct__mem_fail(n);
            int error = ct__sink_open(&sink, outputs[i], &params);
            int wrote = error ? error : bench_line(sink, 0);
            int closed = ct__sink_close(&sink, true);
            int hit = ct__mem_failed();
            ct__mem_fail(0);
            assert_int_equal(wrote ? wrote : closed, hit ? CT_ERROR_MEMORY : CT_OK);
            if (!hit)
                break;
        }
        assert_int_equal(bench_count("."), (int)i + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(outputs_find_their_sinks),
        BENCH_TEST(an_unknown_output_names_all_that_exist),
        BENCH_TEST(null_takes_everything_and_keeps_nothing),
        BENCH_TEST(no_memory_is_told_by_every_sink),
        BENCH_TEST(lines_tell_every_failed_allocation_and_stay_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
