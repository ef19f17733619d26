// SPDX-License-Identifier: Apache-2.0
#include "../media/samples.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "sources/source.h"

// What the next read gives: the end of the path, or why there is none.
static void expect_file(struct ct__source *source, const char *ending)
{
    ct_frame *frame = NULL;
    const char *failed = NULL;
    assert_int_equal(source->class->read(source, pool, &frame, &failed), 0);
    size_t length = strlen(frame->name), wanted = strlen(ending);
    assert_true(length > wanted);
    assert_string_equal(frame->name + length - wanted, ending);
    ct_frame_unref(&frame);
}

static void make(const char *name)
{
    write_picture(in_folder(name), ".png", CT_FORMAT_RGB, 20, 10);
}

static struct ct__source *open_folder(const char *name, const struct ct__source_params *params)
{
    struct ct__source *source = NULL;
    assert_int_equal(ct__source_open_list(&source, (const char *[]){in_folder(name), NULL}, params),
                     0);
    return source;
}

static void inner_folders_are_read_but_links_to_folders_are_not(void **state)
{
    (void)state;
    const struct ct__source_params params = {.recursive = true};
    ct_frame *frame = NULL;
    const char *failed = NULL;
    mkdir(in_folder("tree"), 0777);
    mkdir(in_folder("tree/a"), 0777);
    mkdir(in_folder("tree/a/b"), 0777);
    mkdir(in_folder("tree/.hidden"), 0777);
    make("tree/a/b/2.png");
    make("tree/a/1.png");
    make("tree/3.png");
    make("tree/.hidden/4.png");
    assert_int_equal(symlink("..", in_folder("tree/a/loop")), 0);
    struct ct__source *source = open_folder("tree", &params);
    expect_file(source, "/tree/3.png");
    expect_file(source, "/tree/a/1.png");
    expect_file(source, "/tree/a/b/2.png");
    assert_int_equal(source->class->read(source, pool, &frame, &failed), CT_ERROR_END);
    ct__source_close(&source);
}

static bool refuse_first(void *opaque, const char *path)
{
    (void)path;
    return (*(int *)opaque)++ > 0;
}

static void what_nobody_wants_is_passed_over(void **state)
{
    (void)state;
    int asked = 0;
    const struct ct__source_params params = {.wants = refuse_first, .opaque = &asked};
    mkdir(in_folder("two"), 0777);
    make("two/1.png");
    make("two/2.png");
    struct ct__source *source = open_folder("two", &params);
    expect_file(source, "/two/2.png");
    assert_int_equal(asked, 2);
    ct__source_close(&source);
}

static void files_that_come_later_are_read_too(void **state)
{
    (void)state;
    const struct ct__source_params params = {.recursive = true, .watch = true};
    mkdir(in_folder("box"), 0777);
    mkdir(in_folder("box/old"), 0777);
    make("box/1.png");
    struct ct__source *source = open_folder("box", &params);
    assert_true(source->waits);
    expect_file(source, "/box/1.png");
    make("box/.2.png"); // hidden: about to get its name
    assert_int_equal(rename(in_folder("box/.2.png"), in_folder("box/2.png")), 0);
    write_bytes(in_folder("box/notes"), "no picture", 10);
    expect_file(source, "/box/2.png");
    make("box/old/3.png");
    expect_file(source, "/box/old/3.png");
    mkdir(in_folder("box/new"), 0777);
    make("box/new/4.png"); // before the folder is known to be there
    expect_file(source, "/box/new/4.png");
    make("box/new/5.png");
    expect_file(source, "/box/new/5.png");
    source->class->interrupt(source);
    ct_frame *frame = NULL;
    const char *failed = NULL;
    assert_int_equal(source->class->read(source, pool, &frame, &failed), CT_ERROR_STOPPED);
    ct__source_close(&source);
}

// Whether this file system has leases, by which it is known that somebody writes.
static bool has_leases(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool granted = file >= 0 && fcntl(file, F_SETLEASE, F_RDLCK) == 0;
    close(file);
    return granted;
}

static void a_file_in_a_new_folder_is_read_when_it_is_whole(void **state)
{
    (void)state;
    const struct ct__source_params params = {.recursive = true, .watch = true};
    mkdir(in_folder("whole"), 0777);
    make("whole/1.png");
    if (!has_leases(in_folder("whole/1.png"))) {
        print_message("no leases in %s\n", folder);
        skip();
    }
    struct ct__source *source = open_folder("whole", &params);
    expect_file(source, "/whole/1.png");
    size_t size;
    uint8_t *data = read_bytes(in_folder("whole/1.png"), &size);
    mkdir(in_folder("whole/new"), 0777);
    FILE *slow = fopen(in_folder("whole/new/2.png"), "wb");
    assert_non_null(slow);
    assert_int_equal(fwrite(data, 1, size / 2, slow), size / 2);
    make("whole/new/3.png");
    expect_file(source, "/whole/new/3.png");
    assert_int_equal(fwrite(data + size / 2, 1, size - size / 2, slow), size - size / 2);
    assert_int_equal(fclose(slow), 0);
    expect_file(source, "/whole/new/2.png");
    ct__source_close(&source);
    free(data);
}

static void an_empty_folder_can_be_watched_but_no_file(void **state)
{
    (void)state;
    const struct ct__source_params params = {.watch = true};
    mkdir(in_folder("empty"), 0777);
    struct ct__source *source = open_folder("empty", &params);
    make("empty/1.png");
    expect_file(source, "/empty/1.png");
    ct__source_close(&source);
    assert_int_not_equal(
        ct__source_open_list(&source, (const char *[]){in_folder("empty/1.png"), NULL}, &params),
        0);
    assert_int_equal(
        ct__source_open_list(&source, (const char *[]){in_folder("nosuch"), NULL}, &params),
        CT_ERROR_NOT_FOUND);
}

static void each_failed_allocation_is_told(void **state)
{
    (void)state;
    const struct ct__source_params params = {.recursive = true, .watch = true};
    mkdir(in_folder("fail"), 0777);
    mkdir(in_folder("fail/a"), 0777);
    make("fail/a/1.png");
    int error = CT_ERROR_MEMORY;
    for (uint64_t n = 1; error == CT_ERROR_MEMORY; n++) {
        struct ct__source *source = NULL;
        ct_frame *frame = NULL;
        const char *failed = NULL;
        ct__mem_fail(n);
        error = ct__source_open_list(&source, (const char *[]){in_folder("fail"), NULL}, &params);
        if (!error)
            error = source->class->read(source, NULL, &frame, &failed);
        assert_int_equal(error == CT_ERROR_MEMORY, ct__mem_failed());
        ct__mem_fail(0);
        ct_frame_unref(&frame);
        ct__source_close(&source);
    }
    assert_int_equal(error, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inner_folders_are_read_but_links_to_folders_are_not),
        cmocka_unit_test(what_nobody_wants_is_passed_over),
        cmocka_unit_test(files_that_come_later_are_read_too),
        cmocka_unit_test(a_file_in_a_new_folder_is_read_when_it_is_whole),
        cmocka_unit_test(an_empty_folder_can_be_watched_but_no_file),
        cmocka_unit_test(each_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
