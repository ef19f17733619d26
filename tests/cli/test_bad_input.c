// SPDX-License-Identifier: Apache-2.0
// Input that is missing, broken, hostile or not what it says, and outputs that cannot be written:
// each with the exact message that a person reads, and the exit code.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "program.h"

// A PNG that ends after its header, which says 100,000 x 100,000 pixels of R,G,B.
static const unsigned char huge_png[] = {
    0x89, 'P',  'N',  'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I',  'H',  'D',  'R',  0,
    1,    0x86, 0xa0, 0,   1,    0x86, 0xa0, 8,    2, 0, 0, 0,  0xd7, 0x4c, 0x16, 0x11,
};

static const unsigned char jpeg_head[] = {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F',
                                          0,    1,    1,    0,    0, 1,  0,   1,   0,   0};

static void assert_failed(struct answer answer, const char *message)
{
    assert_string_equal(answer.err, message);
    assert_int_equal(answer.code, 1);
    answer_finish(&answer);
}

static struct answer detect(const char *input)
{
    write_model("model.json");
    return run_program("detect", input, "-m", "model.json", NULL);
}

static struct answer detect_with(const char *model)
{
    write_picture("good.ppm", 64, 48, 0);
    return run_program("detect", "good.ppm", "-m", model, NULL);
}

static void a_missing_file(void **state)
{
    (void)state;
    assert_failed(detect("missing.mp4"), "error: missing.mp4: no such file\n");
}

static void a_folder_without_pictures(void **state)
{
    (void)state;
    assert_int_equal(mkdir("empty", 0700), 0);
    write_text("empty/readme.txt", "no picture\n");
    assert_failed(detect("empty"), "error: empty: no pictures or clips in this folder\n");
}

static void text_named_like_a_clip(void **state)
{
    (void)state;
    write_text("text.mp4", "Once upon a time there was no clip.\n");
    assert_failed(
        detect("text.mp4"),
        "error: text.mp4: no picture or video that is known: starts with \"Once upon a\"\n");
}

static void a_clip_cut_in_half(void **state)
{
    (void)state;
    write_clip("half.mp4", 10);
    struct stat status;
    assert_int_equal(stat("half.mp4", &status), 0);
    cut_file("half.mp4", (size_t)status.st_size / 2);
    assert_failed(detect("half.mp4"), "error: half.mp4: cut off: its index (moov) is missing\n");
}

static void a_clip_that_breaks_off_gives_the_frames_before(void **state)
{
    (void)state;
    write_clip("broken.mkv", 30);
    struct stat status;
    assert_int_equal(stat("broken.mkv", &status), 0);
    cut_file("broken.mkv", (size_t)status.st_size * 3 / 4);
    struct answer answer = detect("broken.mkv");
    int frames = count_lines(answer.out) - 1;
    char message[128];
    assert_in_range(frames, 1, 29);
    snprintf(message, sizeof message,
             "error: broken.mkv: cut off after %d frames\nerror: 1 of %d frames failed\n", frames,
             frames + 1);
    assert_failed(answer, message);
}

static void no_bytes_at_all(void **state)
{
    (void)state;
    write_text("zero.mp4", "");
    assert_failed(detect("zero.mp4"), "error: zero.mp4: empty file\n");
}

static void a_picture_that_says_it_is_huge(void **state)
{
    (void)state;
    write_file("huge.png", huge_png, sizeof huge_png);
    assert_failed(detect("huge.png"),
                  "error: huge.png: 100000 x 100000 pixels: a side may have at most 65535\n");
}

static void a_picture_over_the_limit(void **state)
{
    (void)state;
    write_model("model.json");
    write_picture("big.ppm", 64, 48, 0);
    assert_failed(
        run_program("detect", "big.ppm", "-m", "model.json", "--max-pixels", "3000", NULL),
        "error: big.ppm: 64 x 48 pixels: more than the limit of 3000\n");
}

static void a_model_that_is_a_jpeg(void **state)
{
    (void)state;
    write_file("photo.onnx", jpeg_head, sizeof jpeg_head);
    assert_failed(detect_with("photo.onnx"),
                  "error: photo.onnx: no ONNX model: starts with bytes ff d8 ff e0\n");
}

static void a_model_that_is_missing(void **state)
{
    (void)state;
    assert_failed(detect_with("models/none.onnx"), "error: models/none.onnx: no such model file\n");
}

// A model that tests/models makes for the tests; without it there is nothing to halve.
static void half_a_model(void **state)
{
    (void)state;
    const char *models = getenv("CHITON_TEST_MODELS");
    char path[512];
    struct stat status;
    snprintf(path, sizeof path, "%s/yolox.onnx", models ? models : "");
    if (stat(path, &status))
        skip();
    const char *arguments[] = {path, "half.onnx", NULL};
    struct answer copied = run_other("/bin/cp", arguments);
    assert_int_equal(copied.code, 0);
    answer_finish(&copied);
    cut_file("half.onnx", (size_t)status.st_size / 2);
    assert_failed(detect_with("half.onnx"),
                  "error: half.onnx: broken or unknown model: Protobuf parsing failed.\n");
}

static void a_model_with_unknown_outputs(void **state)
{
    (void)state;
    write_text("strange.json",
               "{\"chiton_fake\":1,"
               "\"inputs\":[{\"name\":\"x\",\"type\":\"float32\",\"shape\":[1,3,64,64]}],"
               "\"outputs\":[{\"name\":\"wonder\",\"type\":\"float32\",\"shape\":[7,9]}]}");
    assert_failed(detect_with("strange.json"), "error: strange.json: no known family has the "
                                               "outputs wonder [7,9]; name one with family\n");
}

static void an_output_of_unknown_kind(void **state)
{
    (void)state;
    write_model("model.json");
    write_picture("good.ppm", 64, 48, 0);
    struct answer answer =
        run_program("detect", "good.ppm", "-m", "model.json", "-o", "result.xyz", NULL);
    assert_string_equal(answer.err,
                        "error: result.xyz: no output of this kind: .jsonl jsonl:PATH - .csv "
                        "csv:PATH .coco.json coco:PATH .mot.txt mot:PATH .mp4 .mkv .mov .webm DIR/ "
                        ".jpg .jpeg .png crops:DIR cutout:OUT null: hash: hash:PATH\n");
    assert_int_equal(answer.code, 2);
    answer_finish(&answer);
}

static void an_output_that_cannot_be_made(void **state)
{
    (void)state;
    write_model("model.json");
    write_picture("good.ppm", 64, 48, 0);
    write_text("plain", "a file, no folder");
    assert_failed(
        run_program("detect", "good.ppm", "-m", "model.json", "-o", "plain/r.jsonl", NULL),
        "error: plain: cannot make the folder: File exists\n");
    assert_failed(run_program("detect", "good.ppm", "-m", "model.json", "-o", "plain/r.mp4", NULL),
                  "error: plain: cannot make the folder: File exists\n");
}

static void a_full_disk(void **state)
{
    (void)state;
    write_model("model.json");
    write_pictures("few", 3);
    assert_failed(run_program("detect", "few", "-m", "model.json", "-o", "jsonl:/dev/full", NULL),
                  "error: /dev/full: cannot write: No space left on device\n");
}

static void a_broken_picture_among_good_ones(void **state)
{
    (void)state;
    write_model("model.json");
    write_pictures("mixed", 10);
    cut_file("mixed/03.ppm", 20);
    cut_file("mixed/07.ppm", 13);
    struct answer answer = run_program("detect", "mixed", "-m", "model.json", "--lanes", "2", NULL);
    assert_int_equal(answer.code, 1);
    assert_string_equal(answer.err, "error: mixed/03.ppm: broken or cut off: no ppm picture in it\n"
                                    "error: mixed/07.ppm: broken or cut off: no ppm picture in it\n"
                                    "error: 2 of 10 frames failed\n");
    assert_int_equal(count_lines(answer.out), 10);
    assert_non_null(strstr(answer.out, "{\"source\":\"mixed/03.ppm\",\"frame\":0,\"width\":0,"
                                       "\"height\":0,\"error\":\"broken or cut off: no ppm "
                                       "picture in it\"}\n"));
    assert_non_null(strstr(answer.out, "\"source\":\"mixed/09.ppm\""));
    answer_finish(&answer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_file),
        cmocka_unit_test(a_folder_without_pictures),
        cmocka_unit_test(text_named_like_a_clip),
        cmocka_unit_test(a_clip_cut_in_half),
        cmocka_unit_test(a_clip_that_breaks_off_gives_the_frames_before),
        cmocka_unit_test(no_bytes_at_all),
        cmocka_unit_test(a_picture_that_says_it_is_huge),
        cmocka_unit_test(a_picture_over_the_limit),
        cmocka_unit_test(a_model_that_is_a_jpeg),
        cmocka_unit_test(a_model_that_is_missing),
        cmocka_unit_test(half_a_model),
        cmocka_unit_test(a_model_with_unknown_outputs),
        cmocka_unit_test(an_output_of_unknown_kind),
        cmocka_unit_test(an_output_that_cannot_be_made),
        cmocka_unit_test(a_full_disk),
        cmocka_unit_test(a_broken_picture_among_good_ones),
    };
    program_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
