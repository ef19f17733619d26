// SPDX-License-Identifier: Apache-2.0
// Pictures from pieces: as soon as they are there where the camera is known, by the next one's
// beginning where it is not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "media/assembler.h"

enum { PACKET = 100, MOST = 4096, DELTA = 1, IDR = 5, SEI = 6, SETS = 7, FILLER = 12 };

struct rig {
    struct ct__assembler assembler;
    bool h265;
    int64_t time;
    uint8_t sent[MOST], got[MOST]; // bytes of the picture that is going out; of the last taken
    size_t sent_size, got_size;
    unsigned taken; // pictures by the next one's beginning
    bool lost;      // of the last
};

static void open_rig(struct rig *rig, enum AVCodecID codec)
{
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    *rig = (struct rig){.h265 = codec == AV_CODEC_ID_HEVC};
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = codec;
    assert_int_equal(ct__assembler_init(&rig->assembler, parameters, "cam"), 0);
    avcodec_parameters_free(&parameters);
}

static void take(struct rig *rig)
{
    AVPacket *packet = av_packet_alloc();
    ct__assembler_take(&rig->assembler, packet);
    rig->lost = rig->assembler.lost;
    rig->got_size = (size_t)packet->size;
    memcpy(rig->got, packet->data, rig->got_size);
    av_packet_free(&packet);
}

static void give(struct rig *rig, const uint8_t *data, size_t size, bool lost)
{
    const struct ct__piece piece = {data, size, rig->time, rig->time + 7, lost};
    if (ct__assembler_end(&rig->assembler, &piece)) {
        rig->taken++;
        take(rig);
        assert_int_equal(rig->got_size, rig->sent_size);
        assert_memory_equal(rig->got, rig->sent, rig->got_size);
        rig->sent_size = 0;
    }
    assert_int_equal(ct__assembler_add(&rig->assembler, &piece), 0);
    memcpy(rig->sent + rig->sent_size, data, size);
    rig->sent_size += size;
}

// A piece that begins a unit; `first`: of a slice, the first of its picture.
static void unit(struct rig *rig, int type, bool first, size_t size)
{
    uint8_t data[PACKET + 8] = {0, 0, 0, 1};
    memset(data + 4, 0x55, size);
    data[4] = (uint8_t)(rig->h265 ? type << 1 : 0x60 | type);
    data[5] = (uint8_t)(rig->h265 ? 1 : first ? 0x88 : 0x40);
    data[6] = first ? 0x88 : 0x40;
    give(rig, data, 4 + size, false);
}

// More of it, without a header.
static void more(struct rig *rig, size_t size)
{
    uint8_t data[PACKET];
    memset(data, 0x66, size);
    give(rig, data, size, false);
}

// A picture of so many slices, each in three packets, of which the last has `rest` bytes.
static void picture(struct rig *rig, int type, int slices, size_t rest)
{
    size_t header = rig->h265 ? 2 : 1;
    rig->time += 3000;
    for (int i = 0; i < slices; i++) {
        unit(rig, type, i == 0, PACKET + header);
        more(rig, PACKET);
        more(rig, rest);
    }
}

// Groups of a key picture and nine others.
static void groups(struct rig *rig, int count, int slices)
{
    int key = rig->h265 ? 19 : IDR;
    for (int i = 0; i < 10 * count; i++) {
        picture(rig, i % 10 ? DELTA : key, slices, (size_t)(10 + i % 50));
        if (ct__assembler_ready(&rig->assembler)) {
            take(rig);
            rig->sent_size = 0;
        }
    }
}

static void close_rig(struct rig *rig)
{
    ct__assembler_finish(&rig->assembler);
}

static void a_picture_is_ready_before_the_next_begins_once_its_camera_is_known(void **state)
{
    (void)state;
    static const enum AVCodecID codecs[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC};
    for (int i = 0; i < 4; i++) {
        struct rig rig;
        int slices = i < 2 ? 1 : 3;
        open_rig(&rig, codecs[i % 2]);
        groups(&rig, 4, slices);
        assert_in_range(rig.taken, 20, 35); // until then by the next one's beginning
        unsigned before = rig.taken;
        for (int j = 0; j < 20; j++) {
            picture(&rig, DELTA, slices, 40);
            assert_true(ct__assembler_ready(&rig.assembler));
            take(&rig);
            assert_int_equal(rig.got_size, rig.sent_size);
            assert_memory_equal(rig.got, rig.sent, rig.got_size);
            assert_int_equal(rig.assembler.time, rig.time);
            assert_int_equal(rig.assembler.arrived_ns, rig.time + 7);
            assert_false(ct__assembler_ready(&rig.assembler));
            rig.sent_size = 0;
        }
        assert_int_equal(rig.taken, before);
        close_rig(&rig);
    }
}

static void small_units_are_complete_and_long_ones_may_go_on(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig, AV_CODEC_ID_H264);
    groups(&rig, 4, 1);
    rig.time += 3000;
    unit(&rig, DELTA, true, 50);
    assert_true(ct__assembler_ready(&rig.assembler));
    take(&rig);
    rig.sent_size = 0;
    rig.time += 3000;
    unit(&rig, DELTA, true, PACKET + 1); // as long as the first of several
    assert_false(ct__assembler_ready(&rig.assembler));
    picture(&rig, DELTA, 1, PACKET); // the last piece is as long as the others
    assert_false(ct__assembler_ready(&rig.assembler));
    picture(&rig, DELTA, 1, PACKET - 1);
    assert_true(ct__assembler_ready(&rig.assembler));
    assert_false(rig.assembler.torn);
    close_rig(&rig);
}

static void a_camera_without_habits_is_not_relied_upon(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig, AV_CODEC_ID_H264);
    for (int i = 0; i < 400; i++) {
        picture(&rig, i % 10 ? DELTA : IDR, 1 + i % 7 / 6, 30);
        assert_false(ct__assembler_ready(&rig.assembler));
    }
    assert_int_equal(rig.taken, 399);
    close_rig(&rig);
    open_rig(&rig, AV_CODEC_ID_H264);
    for (int i = 0; i < 400; i++) { // pieces of any length
        picture(&rig, i % 10 ? DELTA : IDR, 1, 30);
        more(&rig, 60);
        assert_false(ct__assembler_ready(&rig.assembler));
    }
    assert_int_equal(rig.taken, 399);
    close_rig(&rig);
    open_rig(&rig, AV_CODEC_ID_H264);
    for (int i = 0; i < 400; i++) { // key pictures are not known
        picture(&rig, DELTA, 1, 30);
        assert_false(ct__assembler_ready(&rig.assembler));
    }
    close_rig(&rig);
}

static void a_picture_that_goes_on_is_told_and_costs_trust(void **state)
{
    (void)state;
    struct rig rig;
    for (int i = 0; i < 2; i++) {
        open_rig(&rig, AV_CODEC_ID_H264);
        groups(&rig, 5, 1);
        picture(&rig, DELTA, 1, 20);
        assert_true(ct__assembler_ready(&rig.assembler));
        take(&rig);
        rig.sent_size = 0;
        if (i)
            more(&rig, 30);
        else
            unit(&rig, DELTA, false, 30);
        more(&rig, 20);
        assert_true(rig.assembler.torn);
        rig.assembler.torn = false;
        rig.sent_size = 0;
        for (int j = 0; j < 20; j++) {
            groups(&rig, 1, 1);
            assert_false(ct__assembler_ready(&rig.assembler));
        }
        close_rig(&rig);
    }
}

static void what_stands_in_front_of_a_picture_is_part_of_it(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig, AV_CODEC_ID_H264);
    groups(&rig, 5, 1);
    unsigned before = rig.taken;
    unit(&rig, SETS, false, 20); // at the time of the picture before, which was taken
    rig.time += 1500;
    unit(&rig, SEI, false, 2); // at a time of its own
    assert_false(ct__assembler_ready(&rig.assembler));
    picture(&rig, IDR, 1, 10);
    assert_true(ct__assembler_ready(&rig.assembler));
    assert_int_equal(rig.assembler.time, rig.time);
    take(&rig);
    assert_int_equal(rig.got_size, rig.sent_size);
    assert_memory_equal(rig.got, rig.sent, rig.got_size);
    rig.sent_size = 0;
    unit(&rig, FILLER, false, 30); // behind a picture: nobody needs it
    assert_false(ct__assembler_ready(&rig.assembler));
    assert_false(rig.assembler.torn);
    rig.sent_size = 0;
    picture(&rig, DELTA, 1, 10);
    assert_true(ct__assembler_ready(&rig.assembler));
    assert_int_equal(rig.taken, before);
    close_rig(&rig);
}

static void pictures_of_one_time_are_told_by_their_slices(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig, AV_CODEC_ID_H264);
    for (int i = 0; i < 10; i++) {
        unit(&rig, DELTA, true, 50);
        unit(&rig, DELTA, false, 50);
    }
    assert_int_equal(rig.taken, 9);
    close_rig(&rig);
}

static void slices_and_sets_may_have_times_and_places_of_their_own(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig, AV_CODEC_ID_H264);
    for (int i = 0; i < 10; i++) {
        rig.time += 3000;
        unit(&rig, DELTA, true, 50);
        unit(&rig, SETS, false, 20);
        unit(&rig, DELTA, false, 50);
        rig.time++;
        unit(&rig, DELTA, false, PACKET);
        rig.time++;
        more(&rig, 20);
    }
    assert_int_equal(rig.taken, 9);
    close_rig(&rig);
}

static void units_that_came_in_one_packet_are_whole(void **state)
{
    (void)state;
    struct rig rig;
    uint8_t data[64] = {0, 0, 0, 1, 0x67, 0xff, 0, 0, 0, 1, 0x65, 0x88, 0x80, 0x55};
    open_rig(&rig, AV_CODEC_ID_H264);
    groups(&rig, 5, 1);
    rig.time += 3000;
    give(&rig, data, sizeof data, false);
    assert_true(ct__assembler_ready(&rig.assembler));
    close_rig(&rig);
}

static void give_lost(struct rig *rig, bool first)
{
    uint8_t data[60] = {0, 0, 0, 1, 0x61, first ? 0x88 : 0x40, 0x88};
    give(rig, first ? data : data + 4, first ? sizeof data : sizeof data - 4, true);
}

static void loss_is_told_of_the_pictures_that_it_may_concern(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig, AV_CODEC_ID_H264);
    groups(&rig, 2, 1);
    picture(&rig, DELTA, 1, PACKET); // more may have come
    rig.time += 3000;
    give_lost(&rig, true);
    assert_true(rig.lost);
    picture(&rig, DELTA, 1, 10);
    assert_true(rig.lost); // the one that began with the loss
    picture(&rig, DELTA, 1, 10);
    assert_false(rig.lost);
    rig.time += 3000;
    give_lost(&rig, true);
    assert_false(rig.lost); // complete when the loss was seen
    give_lost(&rig, false);
    picture(&rig, DELTA, 1, 10);
    assert_true(rig.lost);
    close_rig(&rig);
}

static void what_no_camera_sends_is_lost(void **state)
{
    (void)state;
    enum { BEYOND = (1 << 26) + 1 };
    struct rig rig;
    uint8_t *data = malloc(BEYOND);
    assert_non_null(data);
    memset(data, 0x55, BEYOND);
    memcpy(data, (const uint8_t[]){0, 0, 0, 1, 0x65, 0x88}, 6);
    const struct ct__piece piece = {data, BEYOND, 0, 0, false}, next = {data, 100, 3000, 0, false};
    open_rig(&rig, AV_CODEC_ID_H264);
    assert_int_equal(ct__assembler_add(&rig.assembler, &piece), 0);
    assert_true(ct__assembler_end(&rig.assembler, &next));
    take(&rig);
    assert_true(rig.lost);
    assert_int_equal(rig.got_size, 0);
    close_rig(&rig);
    free(data);
}

static void a_lack_of_memory_is_told(void **state)
{
    (void)state;
    struct rig rig;
    static const uint8_t data[] = {0, 0, 0, 1, 0x65, 0x88};
    const struct ct__piece piece = {data, sizeof data, 0, 0, false};
    open_rig(&rig, AV_CODEC_ID_H264);
    ct__mem_fail(1);
    int error = ct__assembler_add(&rig.assembler, &piece);
    assert_true(ct__mem_failed());
    ct__mem_fail(0);
    assert_int_equal(error, CT_ERROR_MEMORY);
    close_rig(&rig);
}

static int begin(void **state)
{
    (void)state;
    ct__av_begin(); // else libav talks to standard error
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_ready_before_the_next_begins_once_its_camera_is_known),
        cmocka_unit_test(small_units_are_complete_and_long_ones_may_go_on),
        cmocka_unit_test(a_camera_without_habits_is_not_relied_upon),
        cmocka_unit_test(a_picture_that_goes_on_is_told_and_costs_trust),
        cmocka_unit_test(what_stands_in_front_of_a_picture_is_part_of_it),
        cmocka_unit_test(pictures_of_one_time_are_told_by_their_slices),
        cmocka_unit_test(slices_and_sets_may_have_times_and_places_of_their_own),
        cmocka_unit_test(units_that_came_in_one_packet_are_whole),
        cmocka_unit_test(loss_is_told_of_the_pictures_that_it_may_concern),
        cmocka_unit_test(what_no_camera_sends_is_lost),
        cmocka_unit_test(a_lack_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
