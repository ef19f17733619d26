// SPDX-License-Identifier: Apache-2.0
// Two hundred clips damaged by chance, the same ones in every run: each is refused or read to its
// end in bounded time and memory.
#include "clips.h"

#include <sys/resource.h>

enum { ROUNDS = 40, MAX_FRAMES = 2000, MAX_GROWTH_KB = 256 << 10 };

static uint64_t state_of_chance = 1;

// xorshift64*
static uint32_t chance(uint32_t below)
{
    state_of_chance ^= state_of_chance >> 12;
    state_of_chance ^= state_of_chance << 25;
    state_of_chance ^= state_of_chance >> 27;
    return (uint32_t)((state_of_chance * UINT64_C(0x2545f4914f6cdd1d)) >> 32) % below;
}

// One wound: a bit, a byte, a number at one of its ends, a piece that is gone or stands elsewhere.
static size_t wound(uint8_t *data, size_t size)
{
    static const uint32_t numbers[] = {0,          1,      0x7fffffff, 0x80000000,
                                       0xffffffff, 0xffff, 0xff000000};
    size_t at = chance((uint32_t)size - 64), length = 1 + chance(63);
    switch (chance(5)) {
    case 0:
        data[at] ^= (uint8_t)(1 << chance(8));
        return size;
    case 1:
        data[at] = (uint8_t)chance(256);
        return size;
    case 2:
        memcpy(data + at, &numbers[chance(7)], 4);
        return size;
    case 3:
        memmove(data + at, data + at + length, size - at - length);
        return size - length;
    default:
        memmove(data + at, data + chance((uint32_t)size - 64), length);
        return size;
    }
}

static void read_damaged(const char *path)
{
    struct ct__reader *reader = NULL;
    struct ct__reader_params params = {.max_pixels = 1 << 20};
    struct ct_media_info info;
    int count = 0, errors = 0;
    if (ct__reader_open(&reader, path, &params) == 0) {
        ct_frame *frame = NULL;
        int error = CT_OK;
        while (error != CT_ERROR_END) {
            error = ct__reader_read(reader, pool, &frame);
            count += error == CT_OK;
            errors += error != CT_OK;
            if (!error) {
                const struct ct_picture *picture = ct_frame_picture(frame);
                assert_true((int64_t)picture->width * picture->height <= params.max_pixels);
            }
            ct_frame_unref(&frame);
            assert_true(count < MAX_FRAMES && errors < MAX_FRAMES);
        }
    }
    ct__reader_close(&reader);
    ct_media_read(path, &info);
}

static void damage(const char *path)
{
    size_t size;
    uint8_t *data = read_bytes(path, &size);
    uint8_t *copy = malloc(size);
    for (int i = 0; i < ROUNDS; i++) {
        size_t left = size;
        memcpy(copy, data, size);
        // Half of the wounds go where headers are.
        for (uint32_t wounds = 1 + chance(8); wounds > 0; wounds--) {
            size_t head = left > 1024 && chance(2) ? 1024 : left;
            size_t after = wound(copy, head);
            if (head < left && after < head)
                memmove(copy + after, copy + head, left - head);
            left -= head - after;
        }
        write_bytes(in_folder("damaged"), copy, left);
        read_damaged(in_folder("damaged"));
    }
    free(copy);
    free(data);
}

static long peak_kb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void two_hundred_damaged_clips_neither_crash_nor_hang_nor_grow(void **state)
{
    (void)state;
    write_clip(in_folder("0"), ".mp4", 96, 64, 12);
    write_clip(in_folder("1"), ".mkv", 96, 64, 12);
    make_clip(&(struct clip){.path = in_folder("2"),
                             .encoder = "mpeg2video",
                             .muxer = "mpegts",
                             .interlaced = 1,
                             .frames = 12});
    make_clip(
        &(struct clip){.path = in_folder("3"), .encoder = "mpeg4", .muxer = "avi", .frames = 12});
    make_clip(&(struct clip){.path = in_folder("4"), .format = "yuv422p10le", .frames = 12});
    long before = peak_kb();
    for (int i = 0; i < 5; i++) {
        char name[2] = {(char)('0' + i), '\0'};
        damage(in_folder(name));
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
    assert_true(peak_kb() - before < MAX_GROWTH_KB);
#else
    (void)before;
#endif
}

// The width of a track is in three places of a file; the decoder is the last to know.
static void a_size_that_turns_to_nonsense_is_refused(void **state)
{
    (void)state;
    size_t size;
    struct ct__reader *reader = NULL;
    struct ct__reader_params params = {.max_pixels = 1 << 28};
    make_clip(&(struct clip){.path = in_folder("s.avi"), .muxer = "avi", .encoder = "ffv1"});
    uint8_t *data = read_bytes(in_folder("s.avi"), &size);
    uint8_t *header = memmem(data, size, "strf", 4);
    assert_non_null(header);
    static const uint8_t huge[8] = {0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0};
    memcpy(header + 12, huge, sizeof(huge));
    write_bytes(in_folder("s.avi"), data, size);
    free(data);
    assert_int_equal(ct__reader_open(&reader, in_folder("s.avi"), &params), CT_ERROR_LIMIT);
    expect_failure("65535 x 65535 pixels: more than the limit of 268435456");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_hundred_damaged_clips_neither_crash_nor_hang_nor_grow),
        cmocka_unit_test(a_size_that_turns_to_nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
