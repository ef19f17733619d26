// SPDX-License-Identifier: Apache-2.0
// Inputs that a person has to say something about: pixels without headers, graphs, one video of
// several.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "program.h"

static void expect(struct answer answer, int code, const char *message)
{
    assert_int_equal(answer.code, code);
    assert_string_equal(answer.err, message);
    answer_finish(&answer);
}

static void raw_pixels(void **state)
{
    (void)state;
    static unsigned char pixels[64 * 48 * 3 * 4 + 5];
    write_model("model.json");
    write_file("pixels.raw", pixels, 64 * 48 * 3 * 4);
    struct answer answer =
        run_program("detect", "pixels.raw", "--raw", "64x48,rgb,25", "-m", "model.json", NULL);
    assert_int_equal(count_lines(answer.out), 4);
    assert_non_null(strstr(answer.out, "\"frame\":3,\"pts\":0.12,\"width\":64,\"height\":48"));
    expect(answer, 0, "");
    expect(run_program("detect", "pixels.raw", "--raw", "64x48,rgb,x", "-m", "model.json", NULL), 2,
           "error: raw: 64x48,rgb,x: expected WIDTHxHEIGHT,FORMAT,FPS as in 640x480,rgb,25\n");
    write_file("cut.raw", pixels, sizeof(pixels));
    answer = run_program("detect", "cut.raw", "--raw", "64x48,rgb", "-m", "model.json", NULL);
    assert_int_equal(answer.code, 1);
    assert_non_null(strstr(answer.err, "error: cut.raw: cut off after 4 frames: 5 bytes of the "
                                       "9216 of a frame follow\n"));
    answer_finish(&answer);
}

static void a_graph(void **state)
{
    (void)state;
    write_model("model.json");
    struct answer answer =
        run_program("detect", "lavfi:testsrc2=size=64x48:rate=10[a];[a]scale=32:24", "--max-frames",
                    "3", "-m", "model.json", NULL);
    assert_int_equal(count_lines(answer.out), 3);
    assert_non_null(strstr(answer.out, "\"frame\":2,\"pts\":0.2,\"width\":32,\"height\":24"));
    expect(answer, 0, "");
    expect(run_program("detect", "lavfi:nosuch", "-m", "model.json", NULL), 1,
           "error: lavfi:nosuch: no graph with one video output: No such filter: 'nosuch'\n");
}

static void a_video_that_is_not_there(void **state)
{
    (void)state;
    write_model("model.json");
    write_clip("clip.mp4", 3);
    struct answer answer =
        run_program("detect", "clip.mp4", "--video-stream", "1", "-m", "model.json", NULL);
    assert_int_equal(count_lines(answer.out), 3);
    expect(answer, 0, "");
    expect(run_program("detect", "clip.mp4", "--video-stream", "2", "-m", "model.json", NULL), 1,
           "error: clip.mp4: video stream 2: it has 1\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_pixels),
        cmocka_unit_test(a_graph),
        cmocka_unit_test(a_video_that_is_not_there),
    };
    program_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
