// SPDX-License-Identifier: Apache-2.0
// A disk that is full after so many bytes, for every number of bytes that makes another write fail:
// the failure is told, and what is under the name is whole or not there. A limit on the size of
// files is that disk.
#include "bench.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { FRAMES = 12 };

static const struct {
    const char *output, *file; // what is asked for, and one file that it makes
    rlim_t step;
    int width, height;
} rows[] = {
    {"jsonl:out", "out", 64, 64, 48},
    {"csv:out", "out", 64, 64, 48},
    {"coco:out", "out", 64, 64, 48},
    {"mot:out", "out", 32, 64, 48},
    {"hash:out", "out", 8, 64, 48},
    {"a.mp4", "a.mp4", 97, 64, 48},
    {"a.mkv", "a.mkv", 97, 64, 48},
    {"a.webm", "a.webm", 197, 64, 48},
    {"a.mov", "a.mov", 20011, 64, 48},
    {"folder/", "folder/clip.mp4", 197, 64, 48},
    {"a.png", "a.png", 16, 64, 48},
    {"a.jpg", "a.jpg", 16, 64, 48},
    {"crops:folder", "folder/clip_000000_00_cat.jpg", 16, 64, 48},
};

static void limit(rlim_t bytes)
{
    struct rlimit limits;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limits), 0);
    limits.rlim_cur = bytes < limits.rlim_max ? bytes : limits.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limits), 0);
}

static bool is_picture(const char *output)
{
    return ct__ends_with(output, ".png") || ct__ends_with(output, ".jpg");
}

// One run of a sink; the first error it had.
static int run(const char *output, int width, int height)
{
    struct ct__sink *sink = NULL;
    struct ct__sink_params params = {.draw = true, .encoder_threads = 1, .input_count = 1};
    bool picture = is_picture(output);
    int error = ct__sink_open(&sink, output, &params);
    if (error)
        return error;
    for (uint64_t i = 0; i < (picture ? 1 : FRAMES); i++) {
        int wrote = bench_write(sink, "clip", 0, i, picture ? 0 : 25, width, height);
        error = error ? error : wrote;
    }
    int closed = ct__sink_close(&sink, true);
    return error ? error : closed;
}

static void clean(void)
{
    assert_int_equal(system("rm -rf out a.* folder"), 0);
    bench_log[0] = 0;
    bench_messages = 0;
}

// What is in the folder under hidden names: temporaries that were left behind.
static int count_hidden(const char *folder)
{
    int count = 0;
    DIR *names = opendir(folder);
    for (struct dirent *entry; names && (entry = readdir(names));)
        count += entry->d_name[0] == '.' && entry->d_name[1] && entry->d_name[1] != '.';
    if (names)
        closedir(names);
    return count;
}

static void a_full_disk_is_told_and_leaves_no_half_file(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stat whole, seen;
        assert_int_equal(run(rows[i].output, rows[i].width, rows[i].height), CT_OK);
        assert_int_equal(stat(rows[i].file, &whole), 0);
        for (rlim_t bytes = 0; bytes < (rlim_t)whole.st_size; bytes += rows[i].step) {
            clean();
            limit(bytes);
            int error = run(rows[i].output, rows[i].width, rows[i].height);
            limit(RLIM_INFINITY);
            bool there = stat(rows[i].file, &seen) == 0;
            assert_true(error == CT_ERROR_IO || error == CT_ERROR_INVALID);
            assert_true(!there);
            assert_non_null(strstr(bench_log, "File too large"));
            assert_true(bench_messages == 1 || ct__ends_with(rows[i].file, ".jpg"));
            assert_int_equal(count_hidden(".") + count_hidden("folder"), 0);
        }
        clean();
    }
}

// Without a handler the limit is the end of the process, in the middle of a write.
static void a_crash_leaves_no_half_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stat whole;
        assert_int_equal(run(rows[i].output, rows[i].width, rows[i].height), CT_OK);
        assert_int_equal(stat(rows[i].file, &whole), 0);
        clean();
        pid_t child = fork();
        if (child == 0) {
            signal(SIGXFSZ, SIG_DFL);
            limit((rlim_t)whole.st_size / 2);
            run(rows[i].output, rows[i].width, rows[i].height);
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
        assert_int_equal(access(rows[i].file, F_OK), -1);
        clean();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_full_disk_is_told_and_leaves_no_half_file),
        BENCH_TEST(a_crash_leaves_no_half_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
