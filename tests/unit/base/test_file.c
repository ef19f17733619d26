// SPDX-License-Identifier: Apache-2.0
// Files are read whole or refused, and written whole or not at all.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

// Every test works in an empty folder of its own.
static char folder[] = "/tmp/chiton-file-XXXXXX";

static int enter(void **state)
{
    (void)state;
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return chdir("/") == 0 ? system(command) : -1;
}

// How many names the folder has.
static int names_in(const char *path)
{
    int count = 0;
    DIR *names = opendir(path);
    assert_non_null(names);
    while (readdir(names))
        count++;
    closedir(names);
    return count - 2;
}

static void write_plain(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void assert_content(const char *path, const char *content)
{
    uint8_t *data = NULL;
    size_t size = 0;
    assert_int_equal(ct__file_read(path, 1 << 20, &data, &size), CT_OK);
    assert_int_equal(size, strlen(content));
    assert_string_equal((char *)data, content);
    ct__free(data);
}

static void assert_failure_says(const char *expected)
{
    char why[256];
    ct__last_failure(why, sizeof why);
    assert_string_equal(why, expected);
}

static void a_file_is_read_with_spare_zeros(void **state)
{
    (void)state;
    uint8_t *data = NULL;
    size_t size = 0;
    write_plain("a", "content");
    assert_int_equal(ct__file_read("a", 7, &data, &size), CT_OK);
    assert_int_equal(size, 7);
    assert_memory_equal(data, "content", 7);
    for (int i = 0; i < 64; i++)
        assert_int_equal(data[7 + i], 0);
    ct__free(data);
    write_plain("empty", "");
    assert_content("empty", "");
}

static void a_file_beyond_the_limit_is_refused(void **state)
{
    (void)state;
    uint8_t *data = NULL;
    size_t size = 5;
    write_plain("a", "content");
    assert_int_equal(ct__file_read("a", 6, &data, &size), CT_ERROR_LIMIT);
    assert_failure_says("7 bytes, more than 6");
    assert_int_equal(ct__file_read("a", 0, &data, &size), CT_ERROR_LIMIT);
    assert_null(data);
    assert_int_equal(size, 5);
}

static void a_stream_without_end_is_refused(void **state)
{
    (void)state;
    uint8_t *data = NULL;
    size_t size = 0;
    assert_int_equal(ct__file_read("/dev/zero", 1000, &data, &size), CT_ERROR_LIMIT);
    assert_int_equal(ct__file_read("/dev/zero", 300000, &data, &size), CT_ERROR_LIMIT);
    assert_failure_says("more than 300000 bytes");
    assert_null(data);
}

static void a_file_of_the_kernel_is_read_though_it_has_no_size(void **state)
{
    (void)state;
    uint8_t *data = NULL;
    size_t size = 0;
    assert_int_equal(ct__file_read("/proc/self/status", SIZE_MAX, &data, &size), CT_OK);
    assert_true(size > 100);
    ct__free(data);
}

static void a_missing_file_is_not_found(void **state)
{
    (void)state;
    uint8_t *data = NULL;
    size_t size = 0;
    assert_int_equal(ct__file_read("none", 10, &data, &size), CT_ERROR_NOT_FOUND);
    assert_failure_says("cannot open: No such file or directory");
    write_plain("a", "");
    assert_int_equal(ct__file_read("a/b", 10, &data, &size), CT_ERROR_NOT_FOUND);
}

static void a_folder_is_no_file(void **state)
{
    (void)state;
    uint8_t *data = NULL;
    size_t size = 0;
    assert_int_equal(ct__file_read(".", 10, &data, &size), CT_ERROR_IO);
    assert_failure_says("cannot read: Is a directory");
}

enum { PIPED = 300000 };

static void *fill_pipe(void *argument)
{
    FILE *file = fdopen(*(int *)argument, "w");
    for (int i = 0; i < PIPED; i++)
        fputc('a' + i % 26, file);
    fclose(file);
    return NULL;
}

static void standard_input_is_a_dash(void **state)
{
    (void)state;
    int ends[2], kept = dup(STDIN_FILENO);
    pthread_t thread;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    assert_int_equal(pthread_create(&thread, NULL, fill_pipe, &ends[1]), 0);
    uint8_t *data = NULL;
    size_t size = 0;
    assert_int_equal(ct__file_read("-", PIPED, &data, &size), CT_OK);
    pthread_join(thread, NULL);
    dup2(kept, STDIN_FILENO);
    close(kept);
    assert_int_equal(size, PIPED);
    for (int i = 0; i < PIPED; i++)
        assert_int_equal(data[i], 'a' + i % 26);
    ct__free(data);
}

static void a_file_appears_when_it_is_whole(void **state)
{
    (void)state;
    struct ct__out out = {0};
    assert_int_equal(ct__out_open(&out, "a.txt"), CT_OK);
    fputs("half", out.file);
    fflush(out.file);
    assert_int_equal(access("a.txt", F_OK), -1);
    assert_int_equal(out.temporary[0], '.');
    assert_string_equal(out.temporary + strlen(out.temporary) - 6, ".a.txt");
    fputs(" and half", out.file);
    assert_int_equal(ct__out_commit(&out), CT_OK);
    assert_null(out.file);
    assert_null(out.path);
    assert_null(out.temporary);
    assert_content("a.txt", "half and half");
    assert_int_equal(names_in("."), 1);
}

static void a_discarded_file_leaves_the_old_one(void **state)
{
    (void)state;
    struct ct__out out = {0};
    write_plain("a", "old");
    assert_int_equal(ct__out_open(&out, "a"), CT_OK);
    fputs("new", out.file);
    ct__out_discard(&out);
    assert_null(out.path);
    ct__out_discard(&out);
    assert_content("a", "old");
    assert_int_equal(names_in("."), 1);
}

static void two_writers_of_one_file_do_not_meet(void **state)
{
    (void)state;
    struct ct__out one = {0}, two = {0};
    assert_int_equal(ct__out_open(&one, "a"), CT_OK);
    assert_int_equal(ct__out_open(&two, "a"), CT_OK);
    assert_string_not_equal(one.temporary, two.temporary);
    fputs("one", one.file);
    fputs("two", two.file);
    assert_int_equal(ct__out_commit(&two), CT_OK);
    assert_int_equal(ct__out_commit(&one), CT_OK);
    assert_content("a", "one");
    assert_int_equal(names_in("."), 1);
}

static void a_taken_temporary_name_is_passed_over(void **state)
{
    (void)state;
    struct ct__out out = {0};
    char taken[64];
    unsigned number;
    assert_int_equal(ct__out_open(&out, "a"), CT_OK);
    assert_int_equal(sscanf(strchr(out.temporary, '-'), "-%u", &number), 1);
    ct__out_discard(&out);
    snprintf(taken, sizeof taken, ".%ld-%u.a", (long)getpid(), number + 1);
    write_plain(taken, "somebody's");
    assert_int_equal(ct__out_open(&out, "a"), CT_OK);
    fputs("mine", out.file);
    assert_int_equal(ct__out_commit(&out), CT_OK);
    assert_content("a", "mine");
    assert_content(taken, "somebody's");
}

static void missing_folders_are_made(void **state)
{
    (void)state;
    struct ct__out out = {0};
    assert_int_equal(ct__out_open(&out, "x/y//z/a"), CT_OK);
    assert_int_equal(ct__out_commit(&out), CT_OK);
    assert_content("x/y/z/a", "");
    assert_int_equal(ct__folder_make("p/q/"), CT_OK);
    assert_int_equal(ct__folder_make("p/q"), CT_OK);
    assert_int_equal(access("p/q", W_OK), 0);
    assert_int_equal(ct__folder_make("/"), CT_OK);
}

static void a_file_in_the_way_of_a_folder_is_named(void **state)
{
    (void)state;
    struct ct__out out = {0};
    write_plain("x", "");
    assert_int_equal(ct__folder_make("x"), CT_ERROR_IO);
    assert_failure_says("cannot make the folder: File exists");
    assert_int_equal(ct__out_open(&out, "x/y/a"), CT_ERROR_IO);
    assert_null(out.path);
}

static void a_folder_cannot_be_overwritten(void **state)
{
    (void)state;
    struct ct__out out = {0};
    assert_int_equal(ct__folder_make("x"), CT_OK);
    assert_int_equal(ct__out_open(&out, "x"), CT_ERROR_IO);
    assert_failure_says("cannot write: not a file");
    assert_int_equal(ct__out_reserve(&out, "x"), CT_ERROR_IO);
    assert_int_equal(ct__out_open(&out, "new/"), CT_ERROR_IO);
    assert_int_equal(ct__out_open(&out, ""), CT_ERROR_IO);
    assert_null(out.path);
}

static void a_full_disk_is_reported(void **state)
{
    (void)state;
    struct ct__out out = {0};
    assert_int_equal(ct__out_open(&out, "/dev/full"), CT_OK);
    assert_null(out.temporary);
    fputs("x", out.file);
    assert_int_equal(ct__out_commit(&out), CT_ERROR_IO);
    assert_failure_says("cannot write: No space left on device");
    assert_null(out.path);
    assert_int_equal(ct__out_open(&out, "/dev/full"), CT_OK);
    for (int i = 0; i < 100000; i++)
        fputs("x", out.file);
    assert_int_equal(ct__out_commit(&out), CT_ERROR_IO);
}

static void a_replaced_file_keeps_its_mode(void **state)
{
    (void)state;
    struct ct__out out = {0};
    struct stat status;
    write_plain("a", "private");
    assert_int_equal(chmod("a", 0600), 0);
    assert_int_equal(ct__out_open(&out, "a"), CT_OK);
    assert_string_equal(out.path, "a");
    assert_int_equal(ct__out_commit(&out), CT_OK);
    assert_int_equal(stat("a", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void a_link_stays_a_link(void **state)
{
    (void)state;
    struct ct__out out = {0};
    struct stat status;
    write_plain("real", "old");
    assert_int_equal(symlink("real", "link"), 0);
    assert_int_equal(ct__out_open(&out, "link"), CT_OK);
    fputs("new", out.file);
    assert_int_equal(ct__out_commit(&out), CT_OK);
    assert_int_equal(lstat("link", &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_content("real", "new");
}

static void a_pipe_is_written_directly(void **state)
{
    (void)state;
    struct ct__out out = {0};
    char got[8] = "";
    assert_int_equal(mkfifo("fifo", 0600), 0);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    assert_int_equal(ct__out_open(&out, "fifo"), CT_OK);
    assert_null(out.temporary);
    fputs("hello", out.file);
    assert_int_equal(ct__out_commit(&out), CT_OK);
    assert_int_equal(read(reader, got, 7), 5);
    assert_string_equal(got, "hello");
    close(reader);
    assert_int_equal(names_in("."), 1);
}

// Standard output must stay open after a commit, and a plain file behind it must not be replaced.
static void standard_output_is_written_through(void **state)
{
    (void)state;
    static const char *const names[] = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
    for (int i = 0; i < 4; i++) {
        struct ct__out out = {0};
        fflush(stdout);
        int kept = dup(STDOUT_FILENO);
        int file = open("behind", O_RDWR | O_CREAT | O_TRUNC, 0600);
        dup2(file, STDOUT_FILENO);
        int error = ct__out_open(&out, names[i]);
        bool direct = !out.temporary;
        fputs("through", out.file);
        int committed = ct__out_commit(&out);
        bool open_still = write(STDOUT_FILENO, "", 0) == 0;
        dup2(kept, STDOUT_FILENO);
        close(kept);
        assert_int_equal(error, CT_OK);
        assert_int_equal(committed, CT_OK);
        assert_true(direct);
        assert_true(open_still);
        char got[16] = "";
        assert_int_equal(pread(file, got, sizeof got, 0), 7);
        assert_string_equal(got, "through");
        close(file);
    }
}

static void a_reserved_name_becomes_the_file(void **state)
{
    (void)state;
    struct ct__out out = {0};
    assert_int_equal(ct__out_reserve(&out, "clips/a.mp4"), CT_OK);
    assert_null(out.file);
    write_plain(out.temporary, "film");
    assert_int_equal(ct__out_commit(&out), CT_OK);
    assert_content("clips/a.mp4", "film");
    assert_int_equal(ct__out_reserve(&out, "clips/b.mp4"), CT_OK);
    ct__out_discard(&out);
    assert_int_equal(names_in("clips"), 1);
    assert_int_equal(ct__out_reserve(&out, "-"), CT_OK);
    assert_null(out.temporary);
    assert_string_equal(out.path, "-");
    assert_int_equal(ct__out_commit(&out), CT_OK);
}

static void a_reserved_name_that_vanished_is_reported(void **state)
{
    (void)state;
    struct ct__out out = {0};
    assert_int_equal(ct__out_reserve(&out, "a"), CT_OK);
    unlink(out.temporary);
    assert_int_equal(ct__out_commit(&out), CT_ERROR_IO);
    assert_failure_says("cannot write: No such file or directory");
    assert_null(out.path);
}

static void long_names_have_temporaries_too(void **state)
{
    (void)state;
    struct ct__out out = {0};
    char name[256], twice[300];
    memset(name, 'n', 255);
    name[255] = 0;
    assert_int_equal(ct__out_open(&out, name), CT_OK);
    assert_int_equal(ct__out_commit(&out), CT_OK);
    assert_content(name, "");
    memset(twice, 'n', 299);
    twice[299] = 0;
    assert_int_equal(ct__out_open(&out, twice), CT_OK);
    assert_int_equal(ct__out_commit(&out), CT_ERROR_IO);
    assert_failure_says("cannot write: File name too long");
    assert_int_equal(names_in("."), 1);
}

static void lack_of_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    struct ct__out out = {0};
    uint8_t *data = NULL;
    size_t size = 0;
    int n = 1;
    for (;; n++) {
        ct__mem_fail(n);
        int error = ct__out_open(&out, "x/a");
        if (!ct__mem_failed())
            break;
        assert_int_equal(error, CT_ERROR_MEMORY);
        assert_null(out.path);
    }
    ct__mem_fail(0);
    assert_true(n > 2);
    assert_int_equal(names_in("x"), 1);
    ct__out_discard(&out);
    ct__mem_fail(1);
    assert_int_equal(ct__out_reserve(&out, "a"), CT_ERROR_MEMORY);
    ct__mem_fail(1);
    assert_int_equal(ct__folder_make("y"), CT_ERROR_MEMORY);
    for (n = 1; n < 3; n++) {
        ct__mem_fail(n);
        assert_int_equal(ct__file_read("/dev/zero", 300000, &data, &size), CT_ERROR_MEMORY);
        assert_true(ct__mem_failed());
        assert_null(data);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

static void save(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void a_file_with_one_word_gives_it_without_blanks(void **state)
{
    (void)state;
    char *word = NULL;
    save("word", "\n s3cret!\r\n");
    assert_int_equal(ct__file_read_word("word", &word), CT_OK);
    assert_string_equal(word, "s3cret!");
    ct__free(word);
    word = NULL;
    static const char *const bad[] = {"", " \n", "two words", "umlaut-\xc3\xa4", "be\all"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        save("word", bad[i]);
        assert_int_equal(ct__file_read_word("word", &word), CT_ERROR_INVALID);
    }
    assert_int_equal(ct__file_read_word("none", &word), CT_ERROR_NOT_FOUND);
    save("word", "s3cret");
    for (uint64_t n = 1; n <= 2; n++) {
        ct__mem_fail(n);
        assert_int_equal(ct__file_read_word("word", &word), CT_ERROR_MEMORY);
        assert_true(ct__mem_failed());
        ct__mem_fail(0);
    }
    assert_null(word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_with_one_word_gives_it_without_blanks),
        TEST(a_file_is_read_with_spare_zeros),
        TEST(a_file_beyond_the_limit_is_refused),
        TEST(a_stream_without_end_is_refused),
        TEST(a_file_of_the_kernel_is_read_though_it_has_no_size),
        TEST(a_missing_file_is_not_found),
        TEST(a_folder_is_no_file),
        TEST(standard_input_is_a_dash),
        TEST(a_file_appears_when_it_is_whole),
        TEST(a_discarded_file_leaves_the_old_one),
        TEST(two_writers_of_one_file_do_not_meet),
        TEST(a_taken_temporary_name_is_passed_over),
        TEST(missing_folders_are_made),
        TEST(a_file_in_the_way_of_a_folder_is_named),
        TEST(a_folder_cannot_be_overwritten),
        TEST(a_full_disk_is_reported),
        TEST(a_replaced_file_keeps_its_mode),
        TEST(a_link_stays_a_link),
        TEST(a_pipe_is_written_directly),
        TEST(standard_output_is_written_through),
        TEST(a_reserved_name_becomes_the_file),
        TEST(a_reserved_name_that_vanished_is_reported),
        TEST(long_names_have_temporaries_too),
        TEST(lack_of_memory_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
