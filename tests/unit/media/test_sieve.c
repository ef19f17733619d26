// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "media/layer.h"
#include "media/sieve.h"
#include "media/timeline.h"

#include <chiton/frame.h>

static const int64_t second = 1000000000;

// A stream whose pictures have the layers of `pattern`, one a letter, again and again: K key,
// R reference, u unreferenced, S and v the same of temporal layer 1.
struct stream {
    const char *pattern;
    int fps;
    int at; // pictures so far
};

static int layer_of(char letter)
{
    static const char letters[] = "KRuSv";
    return (int)(strchr(letters, letter) - letters);
}

// Lets so many pictures through; how many were to be decoded.
static int run(struct ct__sieve *sieve, struct stream *stream, int count)
{
    int passed = 0;
    for (; count > 0; count--, stream->at++) {
        char letter = stream->pattern[(size_t)stream->at % strlen(stream->pattern)];
        int64_t time_ns = stream->at * second / stream->fps;
        passed += ct__sieve_pass(sieve, layer_of(letter), time_ns, time_ns);
    }
    return passed;
}

static void all_are_decoded_until_the_stream_is_known(void **state)
{
    (void)state;
    struct ct__sieve sieve;
    struct stream stream = {"KuuRuu", 30};
    ct__sieve_init(&sieve, 5, 0);
    assert_int_equal(run(&sieve, &stream, 60), 60);
    // From here on the largest gap tells: a key picture each 200 ms is enough for 5 a second.
    assert_int_equal(run(&sieve, &stream, 60), 10);
    assert_true(ct__sieve_single(&sieve));
}

static void references_are_kept_where_key_pictures_are_too_few(void **state)
{
    (void)state;
    struct ct__sieve sieve;
    struct stream stream = {"KuRuRuRuRuRuRuRuRuRuRuRuRuRuRu", 30};
    ct__sieve_init(&sieve, 12, 0);
    run(&sieve, &stream, 61);
    assert_int_equal(run(&sieve, &stream, 60), 30);
    assert_false(ct__sieve_single(&sieve));
    ct__sieve_want(&sieve, 16); // more than the references are
    assert_int_equal(run(&sieve, &stream, 60), 60);
    ct__sieve_want(&sieve, 0);
    assert_int_equal(run(&sieve, &stream, 60), 60);
}

static void long_ways_between_key_pictures_are_not_waited_for(void **state)
{
    (void)state;
    struct ct__sieve sieve;
    char pattern[241] = "K"; // one in eight seconds
    for (int i = 1; i < 240; i++)
        pattern[i] = i % 2 ? 'u' : 'R';
    struct stream stream = {pattern, 30};
    ct__sieve_init(&sieve, 10, 0);
    assert_int_equal(run(&sieve, &stream, 60), 60);
    assert_int_equal(run(&sieve, &stream, 600), 300);
}

static void a_stream_of_references_alone_is_decoded_whole(void **state)
{
    (void)state;
    struct ct__sieve sieve;
    struct stream stream = {"KRRRRRRRRRRRRRRRRRRRRRRRRRRRRR", 30};
    ct__sieve_init(&sieve, 5, 0);
    assert_int_equal(run(&sieve, &stream, 300), 300);
    // But where one a second is enough, its key pictures are.
    ct__sieve_want(&sieve, 1);
    assert_int_equal(run(&sieve, &stream, 90), 3);
}

static void a_rate_of_next_to_nothing_wants_one(void **state)
{
    (void)state;
    struct ct__sieve sieve;
    struct stream stream = {"KRRR", 4};
    ct__sieve_init(&sieve, 1e-12, 0);
    run(&sieve, &stream, 20); // until its key pictures are known
    assert_true(ct__sieve_single(&sieve));
    run(&sieve, &stream, 4);
    assert_int_equal(run(&sieve, &stream, 400), 0);
}

static void more_begins_where_nothing_is_missing(void **state)
{
    (void)state;
    struct ct__sieve sieve;
    struct stream stream = {"KRRRRRRRRRRRRRRRRRRRRRRRRRRRRR", 30};
    ct__sieve_init(&sieve, -1, 0);
    assert_int_equal(run(&sieve, &stream, 95), 0);
    ct__sieve_want(&sieve, 0);
    assert_int_equal(run(&sieve, &stream, 25), 0);  // up to the key picture
    assert_int_equal(run(&sieve, &stream, 30), 30); // from it on
}

static void unreferenced_pictures_come_back_at_once(void **state)
{
    (void)state;
    struct ct__sieve sieve;
    struct stream stream = {"KuRuRuRuRuRuRuRuRuRuRuRuRuRuRu", 30};
    ct__sieve_init(&sieve, 10, 0);
    run(&sieve, &stream, 125);
    assert_int_equal(run(&sieve, &stream, 10), 5);
    ct__sieve_want(&sieve, 0);
    assert_int_equal(run(&sieve, &stream, 10), 10);
}

static void temporal_layers_come_back_at_a_key_picture(void **state)
{
    (void)state;
    struct ct__sieve sieve;
    struct stream stream = {"KvSvRvSvRvSvRvSvRvSvRvSvRvSvRvSv", 32};
    ct__sieve_init(&sieve, 8, 0);
    run(&sieve, &stream, 32 * 4);
    assert_int_equal(run(&sieve, &stream, 36), 9);
    ct__sieve_want(&sieve, 0);
    assert_int_equal(run(&sieve, &stream, 28), 7);
    assert_int_equal(run(&sieve, &stream, 32), 32);
}

static void single_pictures_are_taken_evenly(void **state)
{
    (void)state;
    struct ct__sieve sieve;
    struct stream stream = {"K", 25};
    ct__sieve_init(&sieve, 10, 0);
    run(&sieve, &stream, 100);
    assert_int_equal(run(&sieve, &stream, 250), 100);
}

static void single_pictures_of_two_streams_are_taken_in_turn(void **state)
{
    (void)state;
    struct ct__sieve sieves[2];
    ct__sieve_init(&sieves[0], 5, 0);
    ct__sieve_init(&sieves[1], 5, .5);
    int passed = 0;
    for (int number = 0; number < 500; number++) {
        int64_t time_ns = number * second / 25;
        bool first = ct__sieve_pass(&sieves[0], CT__LAYER_KEY, time_ns, 7 * second + time_ns);
        bool other = ct__sieve_pass(&sieves[1], CT__LAYER_KEY, time_ns, 7 * second + time_ns);
        bool settled = number >= 100;
        passed += settled && first;
        assert_true(!settled || !first || !other);
    }
    assert_in_range(passed, 79, 81);
}

static void a_gap_in_the_stream_is_no_reason_to_decode_less(void **state)
{
    (void)state;
    struct ct__sieve sieve;
    struct stream stream = {"KuRuRuRuRuRuRuRuRuRuRuRuRuRuRu", 30};
    ct__sieve_init(&sieve, 15, 0);
    run(&sieve, &stream, 90);
    assert_int_equal(run(&sieve, &stream, 30), 15);
    stream.at += 15; // half a second is missing
    run(&sieve, &stream, 40);
    assert_int_equal(run(&sieve, &stream, 20), 20);
    run(&sieve, &stream, 50);
    assert_int_equal(run(&sieve, &stream, 30), 15);
}

static void time_that_jumps_and_streams_without_key_pictures_do_no_harm(void **state)
{
    (void)state;
    struct ct__sieve sieve;
    struct stream stream = {"KR", 30};
    ct__sieve_init(&sieve, 5, 0);
    for (int i = 0; i < 2000; i++)
        ct__sieve_pass(&sieve, CT__LAYER_REFERENCE, i, i);
    for (int i = 0; i < 2000; i++)
        ct__sieve_pass(&sieve, i % 3, i % 7 ? i * second : -i * second, i);
    for (int i = 0; i < 2000; i++)
        ct__sieve_pass(&sieve, i ? CT__LAYER_REFERENCE : CT__LAYER_KEY, 0, 0);
    run(&sieve, &stream, 300);
    assert_int_equal(run(&sieve, &stream, 60), 10);
}

// ---- layers

static void check_layer(enum AVCodecID codec, const char *bytes, size_t size, int layer)
{
    assert_int_equal(ct__layer_of(codec, (const uint8_t *)bytes, size, false), layer);
}

#define LAYER(codec, bytes, layer) check_layer(codec, bytes, sizeof(bytes) - 1, layer)

static void h264_says_it_in_nal_ref_idc(void **state)
{
    (void)state;
    enum AVCodecID codec = AV_CODEC_ID_H264;
    LAYER(codec, "\0\0\0\1\x41\x9a\x00\x00", CT__LAYER_REFERENCE);
    LAYER(codec, "\0\0\1\x01\x9a\x00\x00", CT__LAYER_UNREFERENCED);
    // What stands in front of the slice: a delimiter, SEI.
    LAYER(codec, "\0\0\0\1\x09\x30\0\0\1\x06\x05\x04\0\0\1\x01\x9a\x00\x00",
          CT__LAYER_UNREFERENCED);
    // With lengths instead of start codes.
    LAYER(codec, "\0\0\0\2\x06\x05\0\0\0\4\x01\x9a\x00\x00", CT__LAYER_UNREFERENCED);
    LAYER(codec, "", CT__LAYER_REFERENCE);
    LAYER(codec, "\0\0\1", CT__LAYER_REFERENCE);
    LAYER(codec, "\xff\xff\xff\xff\x01\x9a", CT__LAYER_UNREFERENCED);
    assert_int_equal(ct__layer_of(codec, NULL, 0, true), CT__LAYER_KEY);
}

static void h264_packets_tell_what_they_hold(void **state)
{
    (void)state;
    static const uint8_t sets[] = "\0\0\0\1\x67\x42\0\0\1\x68\xce",
                         idr[] = "\0\0\1\x06\x05\0\0\1\x65\x88";
    static const uint8_t other[] = "\0\0\1\x41\x9a\0\0";
    assert_int_equal(ct__h264_content(sets, sizeof sets - 1), CT__H264_NO_PICTURE);
    assert_int_equal(ct__h264_content(idr, sizeof idr - 1), CT__H264_IDR);
    assert_int_equal(ct__h264_content(other, sizeof other - 1), CT__H264_OTHER);
    assert_int_equal(ct__h264_content(other, 0), CT__H264_NO_PICTURE);
}

static void h265_has_temporal_layers(void **state)
{
    (void)state;
    enum AVCodecID codec = AV_CODEC_ID_HEVC;
    LAYER(codec, "\0\0\0\1\x02\x01\xd0\x00", CT__LAYER_REFERENCE);        // TRAIL_R
    LAYER(codec, "\0\0\0\1\x00\x01\xd0\x00", CT__LAYER_UNREFERENCED);     // TRAIL_N
    LAYER(codec, "\0\0\0\1\x06\x02\xd0\x00", CT__LAYER_REFERENCE + 2);    // TSA_R
    LAYER(codec, "\0\0\0\1\x04\x03\xd0\x00", CT__LAYER_UNREFERENCED + 4); // TSA_N
    LAYER(codec, "\0\0\0\1\x46\x01\x50\0\0\0\1\x00\x07\xd0\x00", CT__LAYER_UNREFERENCED + 12);
    LAYER(codec, "\0\0\0\1\x02\x00\xd0\x00", CT__LAYER_REFERENCE); // a temporal id that is none
}

static void older_codecs_have_a_type_of_picture(void **state)
{
    (void)state;
    LAYER(AV_CODEC_ID_MPEG4, "\0\0\1\xb6\x40\x00", CT__LAYER_REFERENCE);
    LAYER(AV_CODEC_ID_MPEG4, "\0\0\1\xb3\x40\0\0\1\xb6\x80\x00", CT__LAYER_UNREFERENCED);
    LAYER(AV_CODEC_ID_MPEG2VIDEO, "\0\0\1\x00\x00\x18\x00\x00", CT__LAYER_UNREFERENCED);
    LAYER(AV_CODEC_ID_MPEG2VIDEO, "\0\0\1\x00\x00\x10\x00\x00", CT__LAYER_REFERENCE);
    LAYER(AV_CODEC_ID_MPEG4, "\0\0\1\xb6", CT__LAYER_REFERENCE);
    LAYER(AV_CODEC_ID_VP8, "\x01", CT__LAYER_REFERENCE);
    LAYER(AV_CODEC_ID_MJPEG, "\xff\xd8", CT__LAYER_KEY);
}

// ---- times

static void times_begin_at_zero_and_follow_the_camera(void **state)
{
    (void)state;
    struct ct__timeline timeline = {0};
    bool jumped;
    assert_int_equal(ct__timeline_place(&timeline, 77 * second, 5 * second, &jumped), 0);
    assert_int_equal(ct__timeline_place(&timeline, 78 * second, 6 * second, &jumped), second);
    // Out of order, as pictures are decoded.
    assert_int_equal(ct__timeline_place(&timeline, 78 * second - 1, 6 * second, &jumped),
                     second - 1);
    // Early, since the camera sent a second at once.
    assert_int_equal(ct__timeline_place(&timeline, 79 * second, 6 * second, &jumped), 2 * second);
    assert_false(jumped);
    // None: as it came.
    assert_int_equal(ct__timeline_place(&timeline, CT_NO_TIME, 7 * second, &jumped), 3 * second);
    assert_false(jumped);
}

static void times_that_jump_go_on_as_they_came(void **state)
{
    (void)state;
    struct ct__timeline timeline = {0};
    bool jumped;
    ct__timeline_place(&timeline, 0, 0, &jumped);
    assert_int_equal(ct__timeline_place(&timeline, 3600 * second, second, &jumped), second);
    assert_true(jumped);
    assert_int_equal(ct__timeline_place(&timeline, 3601 * second, 2 * second, &jumped), 2 * second);
    assert_false(jumped);
    assert_int_equal(ct__timeline_place(&timeline, 5 * second, 3 * second, &jumped), 3 * second);
    assert_true(jumped);
    // Where time passed here too, a later time is no jump.
    assert_int_equal(ct__timeline_place(&timeline, 65 * second, 63 * second, &jumped), 63 * second);
    assert_false(jumped);
    assert_int_equal(ct__timeline_place(&timeline, INT64_MAX, 64 * second, &jumped), 64 * second);
    assert_false(jumped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_decoded_until_the_stream_is_known),
        cmocka_unit_test(references_are_kept_where_key_pictures_are_too_few),
        cmocka_unit_test(long_ways_between_key_pictures_are_not_waited_for),
        cmocka_unit_test(a_stream_of_references_alone_is_decoded_whole),
        cmocka_unit_test(a_rate_of_next_to_nothing_wants_one),
        cmocka_unit_test(more_begins_where_nothing_is_missing),
        cmocka_unit_test(unreferenced_pictures_come_back_at_once),
        cmocka_unit_test(temporal_layers_come_back_at_a_key_picture),
        cmocka_unit_test(single_pictures_are_taken_evenly),
        cmocka_unit_test(single_pictures_of_two_streams_are_taken_in_turn),
        cmocka_unit_test(a_gap_in_the_stream_is_no_reason_to_decode_less),
        cmocka_unit_test(time_that_jumps_and_streams_without_key_pictures_do_no_harm),
        cmocka_unit_test(h264_says_it_in_nal_ref_idc),
        cmocka_unit_test(h264_packets_tell_what_they_hold),
        cmocka_unit_test(h265_has_temporal_layers),
        cmocka_unit_test(older_codecs_have_a_type_of_picture),
        cmocka_unit_test(times_begin_at_zero_and_follow_the_camera),
        cmocka_unit_test(times_that_jump_go_on_as_they_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
