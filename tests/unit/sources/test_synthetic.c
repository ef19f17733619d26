// SPDX-License-Identifier: Apache-2.0
#include "../media/samples.h"

#include "sources/source.h"

static struct ct__source *open_made(const char *name)
{
    struct ct__source *source = NULL;
    assert_int_equal(ct__source_open(&source, name, NULL), 0);
    return source;
}

static ct_frame *next(struct ct__source *source)
{
    ct_frame *frame = NULL;
    const char *failed = NULL;
    assert_int_equal(source->class->read(source, pool, &frame, &failed), 0);
    return frame;
}

static void pass_over(struct ct__source *source, int count)
{
    while (count--) {
        ct_frame *frame = next(source);
        ct_frame_unref(&frame);
    }
}

static void expect_end(struct ct__source *source)
{
    ct_frame *frame = NULL;
    const char *failed = NULL;
    assert_int_equal(source->class->read(source, pool, &frame, &failed), CT_ERROR_END);
}

static void expect_refused(const char *name, int code, const char *sentence)
{
    struct ct__source *source = NULL;
    char text[512];
    assert_int_equal(ct__source_open(&source, name, NULL), code);
    ct__last_failure(text, sizeof text);
    if (!strstr(text, sentence))
        fail_msg("%s: \"%s\" is not in \"%s\"", name, sentence, text);
}

static bool same_frame(const ct_frame *a, const ct_frame *b)
{
    const struct ct_picture *one = ct_frame_picture(a), *other = ct_frame_picture(b);
    bool same = a->truth.count == b->truth.count;
    for (int i = 0; same && i < a->truth.count; i++)
        same = a->truth.items[i].x == b->truth.items[i].x &&
               a->truth.items[i].visible == b->truth.items[i].visible;
    for (int y = 0; same && y < one->height; y++)
        same = !memcmp(one->data[0] + y * one->stride[0], other->data[0] + y * other->stride[0],
                       (size_t)one->width);
    return same;
}

static void a_world_is_the_same_for_the_same_seed_and_no_other(void **state)
{
    (void)state;
    const char *const names[] = {"synthetic:walkers?n=6&size=161x91&seed=4&frames=20",
                                 "synthetic:walkers?seed=4&n=6&frames=20&size=161x91",
                                 "synthetic:walkers?n=6&size=161x91&seed=5&frames=20"};
    struct ct__source *source[3];
    for (int i = 0; i < 3; i++)
        source[i] = open_made(names[i]);
    for (int at = 0; at < 20; at++) {
        ct_frame *frame[3];
        for (int i = 0; i < 3; i++)
            frame[i] = next(source[i]);
        assert_true(same_frame(frame[0], frame[1]));
        assert_false(same_frame(frame[0], frame[2]));
        for (int i = 0; i < 3; i++)
            ct_frame_unref(&frame[i]);
    }
    for (int i = 0; i < 3; i++) {
        expect_end(source[i]);
        ct__source_close(&source[i]);
    }
}

static void frames_are_timed_by_the_rate_without_drift(void **state)
{
    (void)state;
    struct ct__source *source = open_made("synthetic:walkers?n=0&size=16x16&rate=29.97&frames=0");
    int numerator = 0, denominator = 0;
    source->class->rate(source, &numerator, &denominator);
    assert_int_equal(numerator, 29970);
    assert_int_equal(denominator, 1000);
    assert_true(source->class->expected(source) == 0);
    pass_over(source, 2997);
    ct_frame *frame = next(source);
    assert_int_equal(ct_frame_info(frame)->number, 2997);
    assert_int_equal(ct_frame_info(frame)->pts_ns, INT64_C(100000000000));
    assert_true(frame->truth.known);
    assert_int_equal(frame->truth.count, 0);
    ct_frame_unref(&frame);
    ct__source_close(&source);
}

// Everybody moves a little from frame to frame and is drawn where the truth says.
static void figures_walk_and_keep_their_ids(void **state)
{
    (void)state;
    struct ct__source *source = open_made("synthetic:walkers?n=1&size=320x240&frames=900&seed=2");
    int64_t id = 0;
    float x = 0;
    int lives = 0;
    for (int i = 0; i < 900; i++) {
        ct_frame *frame = next(source);
        const struct ct_truth *truth = frame->truth.items;
        if (frame->truth.count) {
            assert_string_equal(truth->label, "person");
            assert_true(truth->visible >= 0 && truth->visible <= 1);
            if (id == truth->id)
                assert_true(truth->x != x && truth->x - x < 8 && x - truth->x < 8);
            else
                assert_true(truth->id > id);
            lives += id != truth->id;
            id = truth->id;
            x = truth->x;
        }
        ct_frame_unref(&frame);
    }
    assert_true(lives > 1);
    ct__source_close(&source);
}

static void who_is_nearer_hides_who_is_farther(void **state)
{
    (void)state;
    struct ct__source *source = open_made("synthetic:walkers?n=40&size=320x240&frames=30");
    bool hidden = false, seen = false;
    for (int i = 0; i < 30; i++) {
        ct_frame *frame = next(source);
        const struct ct_truth *truth = frame->truth.items;
        for (int k = 0; k < frame->truth.count; k++) {
            hidden |= truth[k].visible < .2f;
            seen |= truth[k].visible == 1;
            if (k > 0)
                assert_true(truth[k].y + truth[k].height >= truth[k - 1].y + truth[k - 1].height);
        }
        ct_frame_unref(&frame);
    }
    assert_true(hidden && seen);
    ct__source_close(&source);
}

static void nothing_is_allocated_once_the_pool_is_warm(void **state)
{
    (void)state;
    struct ct__source *source = open_made("synthetic:walkers?n=20&size=64x64&frames=100");
    pass_over(source, 2);
    uint64_t before = ct__mem_count();
    pass_over(source, 90);
    assert_int_equal(ct__mem_count(), before);
    ct__source_close(&source);
}

static void a_window_pans_over_a_picture_of_any_format(void **state)
{
    (void)state;
    static const struct {
        const char *ending;
        enum ct_format format;
    } kinds[] = {{".png", CT_FORMAT_RGB}, {".png", CT_FORMAT_GREY}, {".jpg", CT_FORMAT_I420}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char name[512];
        write_picture(in_folder("pan.dat"), kinds[i].ending, kinds[i].format, 97, 61);
        snprintf(name, sizeof name, "synthetic:pan?image=%s&size=63x33&frames=40&zoom=3&rate=2",
                 in_folder("pan%2Edat"));
        struct ct__source *source = open_made(name), *again = open_made(name);
        ct_frame *first = next(source), *same = next(again);
        assert_int_equal(ct_frame_picture(first)->width, 63);
        assert_int_equal(ct_frame_picture(first)->format, kinds[i].format);
        assert_false(first->truth.known);
        assert_true(same_frame(first, same));
        ct_frame *second = next(source);
        assert_false(same_frame(first, second));
        ct_frame_unref(&first);
        ct_frame_unref(&second);
        ct_frame_unref(&same);
        pass_over(source, 38);
        expect_end(source);
        ct__source_close(&source);
        ct__source_close(&again);
    }
}

static void a_clip_that_is_gone_ends_its_loop(void **state)
{
    (void)state;
    char name[300];
    const char *failed = NULL;
    ct_frame *frame = NULL;
    write_clip(in_folder("gone.mp4"), ".mp4", 64, 48, 5);
    snprintf(name, sizeof name, "synthetic:loop?clip=%s&frames=13", in_folder("gone.mp4"));
    struct ct__source *source = open_made(name);
    pass_over(source, 5);
    assert_int_equal(remove(in_folder("gone.mp4")), 0);
    assert_int_equal(source->class->read(source, pool, &frame, &failed), CT_ERROR_NOT_FOUND);
    expect_end(source);
    ct__source_close(&source);
}

static void a_clip_loops_with_times_that_go_on(void **state)
{
    (void)state;
    char name[512];
    write_clip(in_folder("loop.mp4"), ".mp4", 64, 48, 5);
    snprintf(name, sizeof name, "synthetic:loop?clip=%s&frames=13", in_folder("loop.mp4"));
    struct ct__source *source = open_made(name);
    int64_t last = -1, step = 0;
    for (int i = 0; i < 13; i++) {
        ct_frame *frame = next(source);
        const struct ct_frame_info *info = ct_frame_info(frame);
        assert_int_equal(info->number, i);
        assert_true(info->pts_ns > last);
        if (i == 1)
            step = info->pts_ns - last;
        if (i > 1)
            assert_in_range(info->pts_ns - last, step - 1000, step + 1000);
        last = info->pts_ns;
        ct_frame_unref(&frame);
    }
    expect_end(source);
    ct__source_close(&source);
}

static void a_wrong_name_says_what_was_meant(void **state)
{
    (void)state;
    expect_refused("synthetic:walker", CT_ERROR_INVALID, "did you mean walkers?");
    expect_refused("synthetic:", CT_ERROR_INVALID, "unknown kind");
    expect_refused("synthetic:walkers?spede=2", CT_ERROR_INVALID, "did you mean speed?");
    expect_refused("synthetic:walkers?help=2", CT_ERROR_INVALID, "unknown option help");
    expect_refused("synthetic:walkers?n", CT_ERROR_INVALID, "n needs a value");
    expect_refused("synthetic:walkers?n=257", CT_ERROR_INVALID, "expected 0 to 256");
    expect_refused("synthetic:walkers?rate=0", CT_ERROR_INVALID, "rate = 0");
    expect_refused("synthetic:walkers?size=8x8", CT_ERROR_INVALID, "16 to 65535");
    expect_refused("synthetic:walkers?size=640", CT_ERROR_INVALID, "WIDTHxHEIGHT");
    expect_refused("synthetic:loop?size=640x480", CT_ERROR_INVALID, "unknown option size");
    expect_refused("synthetic:loop", CT_ERROR_INVALID, "clip: missing");
    expect_refused("synthetic:loop?clip=/no/where.mp4", CT_ERROR_NOT_FOUND, "no such file");
    expect_refused("synthetic:loop?clip=/dev/null", CT_ERROR_FORMAT, "no clip");
    expect_refused("synthetic:pan", CT_ERROR_INVALID, "image: missing");
    expect_refused("synthetic:pan?image=/no/where.png", CT_ERROR_NOT_FOUND, "No such file");
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    const char *name = "synthetic:walkers?n=20&size=32x32&frames=1";
    for (uint64_t n = 1;; n++) {
        struct ct__source *source = NULL;
        struct ct__pool *own = NULL;
        ct_frame *frame = NULL;
        const char *failed;
        assert_int_equal(ct__pool_create(&own), 0);
        ct__mem_fail(n);
        int error = ct__source_open(&source, name, NULL);
        error = error ? error : source->class->read(source, own, &frame, &failed);
        bool fired = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(error, fired ? CT_ERROR_MEMORY : 0);
        ct_frame_unref(&frame);
        ct__source_close(&source);
        ct__pool_unref(&own);
        if (!fired)
            break;
    }
}

static int set_up(void **state)
{
    (void)state;
    return make_folder(state) || ct__pool_create(&pool);
}

static int tear_down(void **state)
{
    ct__pool_unref(&pool);
    return remove_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_world_is_the_same_for_the_same_seed_and_no_other),
        cmocka_unit_test(frames_are_timed_by_the_rate_without_drift),
        cmocka_unit_test(figures_walk_and_keep_their_ids),
        cmocka_unit_test(who_is_nearer_hides_who_is_farther),
        cmocka_unit_test(nothing_is_allocated_once_the_pool_is_warm),
        cmocka_unit_test(a_window_pans_over_a_picture_of_any_format),
        cmocka_unit_test(a_clip_loops_with_times_that_go_on),
        cmocka_unit_test(a_clip_that_is_gone_ends_its_loop),
        cmocka_unit_test(a_wrong_name_says_what_was_meant),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
