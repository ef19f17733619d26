// SPDX-License-Identifier: Apache-2.0
// A real clip through the whole path: every frame answered, in order, the same bytes for any number
// of lanes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <chiton/chiton.h>

static const char clip[] = CHITON_SHARED "/media/mark_people_1080p.mp4";
static const char model[] = CHITON_SHARED "/models/yolox_nano.onnx";

static void need(const char *path)
{
    if (access(path, R_OK)) {
        print_message("needs %s\n", path);
        skip();
    }
}

// Whole content of a small text file; the caller frees it.
static char *read_text(const char *path)
{
    static const size_t most = 1 << 24;
    char *text = malloc(most);
    FILE *file = fopen(path, "r");
    assert_true(text && file);
    text[fread(text, 1, most - 1, file)] = 0;
    fclose(file);
    return text;
}

static int count_threads(void)
{
    DIR *folder = opendir("/proc/self/task");
    int count = -2; // . and ..
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static int first_threads; // that the process had at first
static int most_threads;

// Threads that were joined may be seen for a moment more.
static void expect_first_threads(void)
{
    for (int looks = 0; looks < 60000 && count_threads() > first_threads; looks++)
        usleep(1000);
    assert_int_equal(count_threads(), first_threads);
}

static int watch_threads(void *opaque, const struct ct_result *result, ct_frame *frame)
{
    (void)opaque;
    (void)frame;
    int count = result->frame % 8 ? 0 : count_threads();
    most_threads = count > most_threads ? count : most_threads;
    return 0;
}

static char *lines_of(int lanes, int64_t frames)
{
    char path[] = "/tmp/chiton-real-XXXXXX.jsonl";
    int file = mkstemps(path, 6);
    assert_true(file >= 0);
    close(file);
    const char *const outputs[] = {path, NULL};
    ct_engine *engine = NULL;
    assert_int_equal(ct_engine_create(&engine, &(struct ct_engine_params){.lanes = lanes}), 0);
    assert_int_equal(ct_engine_add_stream(engine, clip,
                                          ct_stream_params(.model = model, .outputs = outputs,
                                                           .max_frames = frames, .results_only = 1,
                                                           .on_result = watch_threads)),
                     0);
    assert_int_equal(ct_engine_run(engine), 0);
    ct_engine_destroy(&engine);
    char *text = read_text(path);
    unlink(path);
    return text;
}

static void any_number_of_lanes_gives_the_same_bytes(void **state)
{
    (void)state;
    need(clip);
    need(model);
    char *one = lines_of(1, 60);
    assert_true(strlen(one) > 1000);
    for (int lanes = 2; lanes <= 4; lanes++) {
        char *many = lines_of(lanes, 60);
        assert_string_equal(many, one);
        free(many);
    }
    free(one);
}

static void every_frame_has_its_line_in_order(void **state)
{
    (void)state;
    need(clip);
    need(model);
    char *text = lines_of(0, 0), *rest = text, *line;
    int count = 0;
    while ((line = strsep(&rest, "\n")) && *line) {
        char expected[64];
        snprintf(expected, sizeof expected, "\"frame\":%d,", count++);
        assert_non_null(strstr(line, expected));
    }
    assert_int_equal(count, 480);
    free(text);
}

static void no_thread_runs_but_ours(void **state)
{
    (void)state;
    need(clip);
    need(model);
    expect_first_threads();
    most_threads = 0;
    free(lines_of(2, 60));
    assert_int_equal(most_threads, first_threads + 2); // two lanes, which read the file themselves
    expect_first_threads();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_lanes_gives_the_same_bytes),
        cmocka_unit_test(every_frame_has_its_line_in_order),
        cmocka_unit_test(no_thread_runs_but_ours),
    };
    first_threads = count_threads();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
