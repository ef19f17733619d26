// SPDX-License-Identifier: Apache-2.0
#include "../media/samples.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "sources/source.h"

static const struct ct__source_params defaults;

// What one read gave: the name of the file behind it, and its code.
struct step {
    const char *name; // last part of the path, or NULL
    int code;
};

static const char *last_part(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path;
}

static void expect_steps(struct ct__source *source, const struct step *steps)
{
    ct_frame *frame = NULL;
    const char *failed = "unset";
    for (; steps->code != CT_ERROR_END; steps++) {
        int error = source->class->read(source, pool, &frame, &failed);
        assert_int_equal(error, steps->code);
        const char *name = last_part(error ? failed : frame->name);
        if (steps->name)
            assert_string_equal(name, steps->name);
        else
            assert_null(name);
        ct_frame_unref(&frame);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(source->class->read(source, pool, &frame, &failed), CT_ERROR_END);
}

static struct ct__source *open_list(const char *const *inputs)
{
    struct ct__source *source = NULL;
    assert_int_equal(ct__source_open_list(&source, inputs, NULL), 0);
    return source;
}

static void one_picture_is_one_frame_without_a_name(void **state)
{
    (void)state;
    write_picture(in_folder("one.dat"), ".png", CT_FORMAT_RGB, 20, 10);
    struct ct__source *source = open_list((const char *[]){in_folder("one.dat"), NULL});
    int rate = 1, base = 0;
    source->class->rate(source, &rate, &base);
    assert_int_equal(rate, 0);
    assert_int_equal(base, 1);
    assert_true(source->class->expected(source) == 1);
    assert_string_equal(source->name, in_folder("one.dat"));
    expect_steps(source, (struct step[]){{NULL, 0}, {NULL, CT_ERROR_END}});
    ct__source_close(&source);
    assert_null(source);
    ct__source_close(&source);
}

static void fill_folder(void)
{
    mkdir(in_folder("set"), 0777);
    mkdir(in_folder("set/sub.png"), 0777);
    write_picture(in_folder("set/img10.png"), ".png", CT_FORMAT_RGB, 20, 10);
    write_picture(in_folder("set/img2.png"), ".jpg", CT_FORMAT_I420, 20, 10); // a wrong ending
    write_picture(in_folder("set/sub.png/deep.png"), ".png", CT_FORMAT_RGB, 20, 10);
    write_picture(in_folder("set/.hidden.png"), ".png", CT_FORMAT_RGB, 20, 10);
    write_clip(in_folder("set/img3"), ".mp4", 32, 32, 2);
    write_bytes(in_folder("set/notes"), "no picture", 10);
}

static void a_folder_gives_its_pictures_and_clips_in_natural_order(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"img2.png", 0}, {"img3", 0}, {"img3", 0}, {"img10.png", 0}, {NULL, CT_ERROR_END}};
    struct ct__source *source = NULL;
    fill_folder();
    assert_int_equal(ct__source_open(&source, in_folder("set"), &defaults), 0);
    expect_steps(source, steps);
    ct__source_close(&source);
    source = open_list((const char *[]){in_folder("set"), NULL});
    expect_steps(source, steps);
    assert_true(source->class->expected(source) == 4);
    ct__source_close(&source);
}

static void a_file_in_a_folder_that_should_be_a_picture_is_told_when_it_is_none(void **state)
{
    (void)state;
    mkdir(in_folder("half"), 0777);
    write_bytes(in_folder("half/1.jpg"), "", 0);
    write_picture(in_folder("half/2.png"), ".png", CT_FORMAT_RGB, 20, 10);
    write_bytes(in_folder("half/3.mp4"), "no clip", 7);
    write_bytes(in_folder("half/4.txt"), "no picture", 10);
    struct ct__source *source = open_list((const char *[]){in_folder("half"), NULL});
    expect_steps(source, (struct step[]){{"1.jpg", CT_ERROR_FORMAT},
                                         {"2.png", 0},
                                         {"3.mp4", CT_ERROR_FORMAT},
                                         {NULL, CT_ERROR_END}});
    ct__source_close(&source);
}

static void globs_and_sequences_are_expanded(void **state)
{
    (void)state;
    fill_folder();
    struct ct__source *source = open_list((const char *[]){in_folder("set/*.png"), NULL});
    expect_steps(source, (struct step[]){{"img2.png", 0}, {"img10.png", 0}, {NULL, CT_ERROR_END}});
    ct__source_close(&source);
    source = open_list((const char *[]){in_folder("set/img%02d.png"), NULL});
    expect_steps(source, (struct step[]){{"img10.png", 0}, {NULL, CT_ERROR_END}});
    ct__source_close(&source);
    source = open_list((const char *[]){in_folder("set/img%d.png"), NULL});
    expect_steps(source, (struct step[]){{"img2.png", 0}, {"img10.png", 0}, {NULL, CT_ERROR_END}});
    ct__source_close(&source);
}

static void a_folder_takes_its_place_in_a_list(void **state)
{
    (void)state;
    fill_folder();
    write_picture(in_folder("z.png"), ".png", CT_FORMAT_RGB, 20, 10);
    struct ct__source *source =
        open_list((const char *[]){in_folder("z.png"), in_folder("set"), in_folder("z.png"), NULL});
    expect_steps(source, (struct step[]){{"z.png", 0},
                                         {"img2.png", 0},
                                         {"img3", 0},
                                         {"img3", 0},
                                         {"img10.png", 0},
                                         {"z.png", 0},
                                         {NULL, CT_ERROR_END}});
    ct__source_close(&source);
}

static void what_is_broken_is_told_in_its_place_and_the_rest_is_read(void **state)
{
    (void)state;
    size_t size;
    write_picture(in_folder("a.png"), ".png", CT_FORMAT_RGB, 20, 10);
    uint8_t *data = read_bytes(in_folder("a.png"), &size);
    write_bytes(in_folder("half.png"), data, size / 2);
    write_bytes(in_folder("text.mp4"), "hello world", 11);
    mkdir(in_folder("none"), 0777);
    free(data);
    struct ct__source *source = open_list(
        (const char *[]){in_folder("nosuch"), in_folder("a.png"), in_folder("half.png"),
                         in_folder("text.mp4"), in_folder("none"), in_folder("a.png"), NULL});
    expect_steps(source, (struct step[]){{"nosuch", CT_ERROR_NOT_FOUND},
                                         {"a.png", 0},
                                         {"half.png", CT_ERROR_FORMAT},
                                         {"text.mp4", CT_ERROR_FORMAT},
                                         {"none", CT_ERROR_FORMAT},
                                         {"a.png", 0},
                                         {NULL, CT_ERROR_END}});
    ct__source_close(&source);
}

static void a_lone_input_that_fails_has_no_name_of_its_own(void **state)
{
    (void)state;
    struct ct__source *source = open_list((const char *[]){in_folder("nosuch"), NULL});
    expect_steps(source, (struct step[]){{NULL, CT_ERROR_NOT_FOUND}, {NULL, CT_ERROR_END}});
    ct__source_close(&source);
}

static void inputs_that_are_nothing_are_explained(void **state)
{
    (void)state;
    struct ct__source *source = NULL;
    mkdir(in_folder("none"), 0777);
    assert_int_equal(ct__source_open(&source, in_folder("none"), NULL), CT_ERROR_FORMAT);
    expect_failure("no pictures or clips in this folder");
    assert_int_equal(ct__source_open(&source, in_folder("nosuch*.png"), NULL), CT_ERROR_NOT_FOUND);
    expect_failure("no file matches");
    assert_int_equal(ct__source_open(&source, in_folder("nosuch.png"), NULL), CT_ERROR_NOT_FOUND);
    expect_failure("no such file");
    write_bytes(in_folder("empty.png"), "", 0);
    assert_int_equal(ct__source_open(&source, in_folder("empty.png"), NULL), CT_ERROR_FORMAT);
    expect_failure("empty file");
    assert_null(source);
}

static void a_sequence_may_start_anywhere_and_have_holes(void **state)
{
    (void)state;
    static const char *const names[] = {"0998.png", "0999.png",  "1002.png",
                                        "1010.png", "10000.png", "x.png"};
    mkdir(in_folder("run"), 0777);
    for (int i = 0; i < 6; i++) {
        char name[32];
        snprintf(name, sizeof(name), "run/shot_%s", names[i]);
        write_picture(in_folder(name), ".png", CT_FORMAT_RGB, 20, 10);
    }
    struct ct__source *source = open_list((const char *[]){in_folder("run/shot_%04d.png"), NULL});
    expect_steps(source, (struct step[]){{"shot_0998.png", 0},
                                         {"shot_0999.png", 0},
                                         {"shot_1002.png", 0},
                                         {"shot_1010.png", 0},
                                         {NULL, CT_ERROR_END}});
    ct__source_close(&source);
}

static void the_form_of_raw_pixels_is_read(void **state)
{
    (void)state;
    struct ct__raw_form form = {0};
    assert_int_equal(ct__raw_parse("640x480,rgb,30000/1001", &form), 0);
    assert_int_equal(form.format, CT_FORMAT_RGB);
    assert_int_equal(form.width, 640);
    assert_int_equal(form.height, 480);
    assert_int_equal(form.rate_num, 30000);
    assert_int_equal(form.rate_den, 1001);
    assert_int_equal(ct__raw_parse("1x65535,i420", &form), 0);
    assert_int_equal(form.rate_num, 25 * form.rate_den);
    assert_int_equal(ct__raw_parse("64x48,nv12,12.5", &form), 0);
    assert_int_equal(form.rate_num * 2, 25 * form.rate_den);
    static const char *const wrong[] = {
        "",           "64x48",         "64x48,",          "0x48,rgb",       "64x65536,rgb",
        "64x48,rgb9", "64x48,rgb,0",   "64x48,rgb,x",     "64x48,rgb,25,1", "64x48,rgb,1/0",
        "-1x48,rgb",  "64x48,rgb,-25", "64x48,rgb,1e999", "64 x 48,rgb",    "99999999999x1,rgb",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(ct__raw_parse(wrong[i], &form), CT_ERROR_INVALID);
    assert_int_equal(ct__raw_parse("64x48,yuv,25", &form), CT_ERROR_INVALID);
    expect_failure("64x48,yuv,25: no format \"yuv\": expected i420, nv12, i422, i444, grey, rgb, "
                   "bgr, rgba or bgra");
}

// Three frames of 5 x 3 and a part of one more; every byte is its place in the file.
static void raw_pixels_are_read_without_a_header_and_a_cut_is_told(void **state)
{
    (void)state;
    enum { LUMA = 15, CHROMA = 6, FRAME = LUMA + 2 * CHROMA };
    uint8_t data[3 * FRAME + 4];
    ct_frame *frame = NULL;
    const char *failed;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)i;
    write_bytes(in_folder("pixels.yuv"), data, sizeof(data));
    struct ct__source *source = NULL;
    struct ct__source_params params = {.raw = {CT_FORMAT_I420, 5, 3, 50, 1}};
    const char *const inputs[] = {in_folder("*.yuv"), NULL};
    assert_int_equal(ct__source_open_list(&source, inputs, &params), 0);
    for (int n = 0; n < 3; n++) {
        assert_int_equal(source->class->read(source, pool, &frame, &failed), 0);
        const struct ct_picture *picture = ct_frame_picture(frame);
        assert_int_equal(ct_frame_info(frame)->number, n);
        assert_int_equal(ct_frame_info(frame)->pts_ns, n * INT64_C(20000000));
        assert_int_equal(picture->data[0][2 * picture->stride[0] + 4], n * FRAME + 14);
        assert_int_equal(picture->data[1][picture->stride[1]], n * FRAME + LUMA + 3);
        assert_int_equal(picture->data[2][2], n * FRAME + LUMA + CHROMA + 2);
        ct_frame_unref(&frame);
    }
    assert_int_equal(source->class->read(source, pool, &frame, &failed), CT_ERROR_FORMAT);
    expect_failure("cut off after 3 frames: 4 bytes of the 27 of a frame follow");
    assert_int_equal(source->class->read(source, pool, &frame, &failed), CT_ERROR_END);
    ct__source_close(&source);
}

static void raw_pixels_above_the_limit_are_refused(void **state)
{
    (void)state;
    struct ct__source *source = NULL;
    struct ct__source_params params = {.raw = {CT_FORMAT_RGB, 65535, 65535, 25, 1},
                                       .max_pixels = 1 << 28};
    assert_int_equal(ct__source_open(&source, "-", &params), CT_ERROR_LIMIT);
    assert_null(source);
}

// Feeds a file through a FIFO; a child writes, since both ends wait for each other.
static struct ct__source *open_through_pipe(const char *file)
{
    const char *fifo = in_folder("fifo");
    unlink(fifo);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    size_t size;
    uint8_t *data = read_bytes(file, &size);
    pid_t child = fork();
    if (child == 0) {
        int descriptor = open(fifo, O_WRONLY);
        for (size_t at = 0; at < size;) {
            ssize_t count = write(descriptor, data + at, size - at);
            if (count <= 0)
                _exit(1);
            at += (size_t)count;
        }
        _exit(0);
    }
    free(data);
    return open_list((const char *[]){fifo, NULL});
}

static void expect_through_pipe(const char *file, int frames)
{
    struct ct__source *source = open_through_pipe(file);
    ct_frame *frame = NULL;
    const char *failed;
    for (int i = 0; i < frames; i++) {
        assert_int_equal(source->class->read(source, pool, &frame, &failed), 0);
        assert_int_equal(ct_frame_info(frame)->number, i);
        ct_frame_unref(&frame);
    }
    assert_int_equal(source->class->read(source, pool, &frame, &failed), CT_ERROR_END);
    ct__source_close(&source);
}

static void pictures_and_clips_come_through_pipes(void **state)
{
    (void)state;
    write_picture(in_folder("p.png"), ".png", CT_FORMAT_RGB, 300, 200);
    write_picture(in_folder("p.jpg"), ".jpg", CT_FORMAT_I420, 300, 200);
    write_clip(in_folder("p.mkv"), ".mkv", 64, 48, 20);
    expect_through_pipe(in_folder("p.png"), 1);
    expect_through_pipe(in_folder("p.jpg"), 1);
    expect_through_pipe(in_folder("p.mkv"), 20);
}

static void raw_pixels_come_through_pipes(void **state)
{
    (void)state;
    uint8_t data[4 * 12] = {0};
    ct_frame *frame = NULL;
    const char *failed;
    write_bytes(in_folder("p.raw"), data, sizeof(data));
    struct ct__source_params params = {.raw = {CT_FORMAT_RGB, 2, 2, 25, 1}};
    struct ct__source *unused = open_through_pipe(in_folder("p.raw")), *source = NULL;
    const char *const inputs[] = {in_folder("fifo"), NULL};
    assert_int_equal(ct__source_open_list(&source, inputs, &params), 0);
    assert_true(source->waits);
    for (int n = 0; n < 4; n++) {
        assert_int_equal(source->class->read(source, pool, &frame, &failed), 0);
        ct_frame_unref(&frame);
    }
    assert_int_equal(source->class->read(source, pool, &frame, &failed), CT_ERROR_END);
    ct__source_close(&source);
    ct__source_close(&unused);
}

static void text_in_a_pipe_is_explained(void **state)
{
    (void)state;
    write_bytes(in_folder("t.txt"), "hello world, no video", 21);
    struct ct__source *source = open_through_pipe(in_folder("t.txt"));
    expect_steps(source, (struct step[]){{NULL, CT_ERROR_FORMAT}, {NULL, CT_ERROR_END}});
    expect_failure("no picture or video that is known: starts with \"hello world\"");
    ct__source_close(&source);
}

static void a_pipe_that_stays_silent_can_be_interrupted(void **state)
{
    (void)state;
    const char *fifo = in_folder("silent");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    int writer = open(fifo, O_RDWR); // so that neither end waits for the other
    struct ct__source *source = open_list((const char *[]){fifo, NULL});
    ct_frame *frame = NULL;
    const char *failed;
    source->class->interrupt(source);
    assert_int_equal(source->class->read(source, pool, &frame, &failed), CT_ERROR_STOPPED);
    ct__source_close(&source);
    close(writer);
}

static void each_failed_allocation_is_told(void **state)
{
    (void)state;
    fill_folder();
    for (uint64_t n = 1;; n++) {
        struct ct__source *source = NULL;
        struct ct__pool *fresh = NULL;
        ct_frame *frame = NULL;
        const char *failed;
        assert_int_equal(ct__pool_create(&fresh), 0);
        ct__mem_fail(n);
        int error = ct__source_open(&source, in_folder("set"), NULL);
        while (!error && !ct__mem_failed()) {
            error = source->class->read(source, fresh, &frame, &failed);
            ct_frame_unref(&frame);
        }
        bool injected = ct__mem_failed();
        ct__mem_fail(0);
        ct__source_close(&source);
        ct__pool_unref(&fresh);
        if (!injected) {
            assert_int_equal(error, CT_ERROR_END);
            break;
        }
        assert_int_equal(error, CT_ERROR_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_picture_is_one_frame_without_a_name),
        cmocka_unit_test(a_folder_gives_its_pictures_and_clips_in_natural_order),
        cmocka_unit_test(a_file_in_a_folder_that_should_be_a_picture_is_told_when_it_is_none),
        cmocka_unit_test(globs_and_sequences_are_expanded),
        cmocka_unit_test(a_folder_takes_its_place_in_a_list),
        cmocka_unit_test(what_is_broken_is_told_in_its_place_and_the_rest_is_read),
        cmocka_unit_test(a_lone_input_that_fails_has_no_name_of_its_own),
        cmocka_unit_test(inputs_that_are_nothing_are_explained),
        cmocka_unit_test(a_sequence_may_start_anywhere_and_have_holes),
        cmocka_unit_test(the_form_of_raw_pixels_is_read),
        cmocka_unit_test(raw_pixels_are_read_without_a_header_and_a_cut_is_told),
        cmocka_unit_test(raw_pixels_above_the_limit_are_refused),
        cmocka_unit_test(pictures_and_clips_come_through_pipes),
        cmocka_unit_test(raw_pixels_come_through_pipes),
        cmocka_unit_test(text_in_a_pipe_is_explained),
        cmocka_unit_test(a_pipe_that_stays_silent_can_be_interrupted),
        cmocka_unit_test(each_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
