// SPDX-License-Identifier: Apache-2.0
// What people's clips have that ours have not.
#include "clips.h"

#include "media/generator.h"

static struct ct__reader *open_video(const char *path, int video)
{
    struct ct__reader *reader = NULL;
    struct ct__reader_params params = {.video_stream = video};
    assert_int_equal(ct__reader_open(&reader, path, &params), 0);
    return reader;
}

static ct_frame *next_frame(struct ct__reader *reader)
{
    ct_frame *frame = NULL;
    assert_int_equal(ct__reader_read(reader, pool, &frame), 0);
    return frame;
}

static void expect_end(struct ct__reader **reader)
{
    ct_frame *frame = NULL;
    assert_int_equal(ct__reader_read(*reader, pool, &frame), CT_ERROR_END);
    ct__reader_close(reader);
}

static void expect_size(const char *path, int video, int width, int height)
{
    struct ct__reader *reader = open_video(path, video);
    ct_frame *frame = next_frame(reader);
    assert_int_equal(ct_frame_picture(frame)->width, width);
    assert_int_equal(ct_frame_picture(frame)->height, height);
    ct_frame_unref(&frame);
    ct__reader_close(&reader);
}

static void one_of_several_videos_is_chosen_by_its_number(void **state)
{
    (void)state;
    const char *path = in_folder("two.mkv");
    make_clip(&(struct clip){.path = path, .videos = 2});
    expect_size(path, 0, 64, 48);
    expect_size(path, 1, 64, 48);
    expect_size(path, 2, 32, 48);
    struct ct__reader *reader = NULL;
    struct ct__reader_params params = {.video_stream = 3};
    assert_int_equal(ct__reader_open(&reader, path, &params), CT_ERROR_INVALID);
    expect_failure("video stream 3: it has 2");
}

static void a_cover_picture_is_no_video(void **state)
{
    (void)state;
    const char *path = in_folder("cover.mp4");
    make_clip(&(struct clip){.path = path, .muxer = "mp4", .encoder = "mpeg4", .cover = 1});
    struct ct_media_info info;
    assert_int_equal(ct_media_read(path, &info), 0);
    assert_int_equal(info.stream_count, 2);
    expect_size(path, 0, 64, 48);
    expect_size(path, 1, 64, 48);
}

// Where a stored pixel goes: the matrix says it, the picture then starts at zero again.
static void place(const int32_t *matrix, int *x, int *y, int width, int height)
{
    int a = matrix[0] >> 16, b = matrix[1] >> 16, c = matrix[3] >> 16, d = matrix[4] >> 16;
    int to_x = a * *x + c * *y, to_y = b * *x + d * *y;
    *x = to_x + (a < 0 ? width - 1 : 0) + (c < 0 ? height - 1 : 0);
    *y = to_y + (b < 0 ? width - 1 : 0) + (d < 0 ? height - 1 : 0);
}

static void every_turn_and_mirror_of_the_container_is_applied(void **state)
{
    (void)state;
    enum { ONE = 1 << 16, W = 64, H = 48 };
    static const int turns[8][4] = {{1, 0, 0, 1}, {-1, 0, 0, 1}, {-1, 0, 0, -1}, {1, 0, 0, -1},
                                    {0, 1, 1, 0}, {0, 1, -1, 0}, {0, -1, -1, 0}, {0, -1, 1, 0}};
    for (int i = 0; i < 8; i++) {
        int32_t matrix[9] = {turns[i][0] * ONE,
                             turns[i][1] * ONE,
                             0,
                             turns[i][2] * ONE,
                             turns[i][3] * ONE,
                             0,
                             0,
                             0,
                             1 << 30};
        const char *path = in_folder("turned.mov");
        make_clip(&(struct clip){.path = path,
                                 .muxer = "mov",
                                 .encoder = "ffv1",
                                 .matrix = matrix,
                                 .options = "strict=-2"});
        struct ct__reader *reader = open_video(path, 0);
        ct_frame *frame = next_frame(reader);
        const struct ct_picture *picture = ct_frame_picture(frame);
        assert_int_equal(picture->width, turns[i][0] ? W : H);
        for (int y = 0; y < H; y++) {
            for (int x = 0; x < W; x++) {
                int to_x = x, to_y = y;
                place(matrix, &to_x, &to_y, W, H);
                assert_int_equal(picture->data[0][to_y * picture->stride[0] + to_x],
                                 clip_sample(0, x, y, 0));
            }
        }
        ct_frame_unref(&frame);
        ct__reader_close(&reader);
    }
}

static void times_are_what_a_clip_of_changing_rate_says(void **state)
{
    (void)state;
    static const int64_t times[] = {0, 33, 200, 210, 1500};
    for (int start = 0; start <= 5000; start += 5000) {
        const char *path = in_folder("vfr.mkv");
        make_clip(&(struct clip){.path = path, .times = times, .start_ms = start});
        struct ct__reader *reader = open_video(path, 0);
        for (int i = 0; i < 5; i++) {
            ct_frame *frame = next_frame(reader);
            assert_int_equal(ct_frame_info(frame)->pts_ns, times[i] * 1000000);
            ct_frame_unref(&frame);
        }
        expect_end(&reader);
    }
}

static void times_that_jump_are_kept(void **state)
{
    (void)state;
    static const int64_t times[] = {0, 40, 86400000, 86400040, 86400080};
    const char *path = in_folder("jump.nut");
    make_clip(&(struct clip){.path = path, .muxer = "nut", .times = times});
    struct ct__reader *reader = open_video(path, 0);
    for (int i = 0; i < 5; i++) {
        ct_frame *frame = next_frame(reader);
        assert_int_equal(ct_frame_info(frame)->pts_ns, times[i] * 1000000);
        ct_frame_unref(&frame);
    }
    expect_end(&reader);
}

// A bare stream of MPEG-4 pictures has no times at all.
static void times_that_are_missing_follow_the_rate(void **state)
{
    (void)state;
    const char *path = in_folder("bare.m4v");
    make_clip(&(struct clip){.path = path, .muxer = "m4v", .encoder = "mpeg4", .frames = 6});
    struct ct__reader *reader = open_video(path, 0);
    int rate, base;
    ct__reader_rate(reader, &rate, &base);
    for (int i = 0; i < 6; i++) {
        ct_frame *frame = next_frame(reader);
        int64_t expected = INT64_C(1000000000) * base * i / rate;
        assert_in_range(ct_frame_info(frame)->pts_ns, expected - (i > 0), expected + 1);
        ct_frame_unref(&frame);
    }
    expect_end(&reader);
}

static uint32_t big_endian(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_big_endian(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

// An edit list that starts at the fourth of ten frames, none of the first three a key for it.
static void frames_that_an_edit_list_leaves_out_are_not_given(void **state)
{
    (void)state;
    size_t size;
    const char *path = in_folder("edit.mp4");
    make_clip(&(struct clip){.path = path, .muxer = "mp4", .encoder = "mpeg4", .frames = 10});
    uint8_t *data = read_bytes(path, &size);
    uint8_t *list = memmem(data, size, "elst", 4), *media = memmem(data, size, "mdhd", 4);
    assert_true(list && media);
    assert_int_equal(big_endian(list + 8), 1);
    put_big_endian(list + 12, 280);
    put_big_endian(list + 16, big_endian(media + 16) * 120 / 1000);
    write_bytes(path, data, size);
    free(data);
    struct ct__reader *reader = open_video(path, 0);
    for (int i = 0; i < 7; i++) {
        ct_frame *frame = next_frame(reader);
        assert_int_equal(ct_frame_info(frame)->number, i);
        assert_int_equal(ct_frame_info(frame)->pts_ns, i * INT64_C(40000000));
        assert_true(abs(ct_frame_picture(frame)->data[0][0] - clip_sample(0, 0, 0, i + 3)) < 5);
        ct_frame_unref(&frame);
    }
    expect_end(&reader);
}

static const struct depth {
    const char *theirs;
    enum ct_format ours;
    int shift_x, shift_y;
} depths[] = {
    {"yuv420p", CT_FORMAT_I420, 1, 1},     {"yuv420p10le", CT_FORMAT_I420, 1, 1},
    {"yuv422p", CT_FORMAT_I422, 1, 0},     {"yuv422p10le", CT_FORMAT_I422, 1, 0},
    {"yuv444p", CT_FORMAT_I444, 0, 0},     {"yuv444p12le", CT_FORMAT_I444, 0, 0},
    {"yuv420p16le", CT_FORMAT_I420, 1, 1}, {"yuv444p16le", CT_FORMAT_I444, 0, 0},
};

static void expect_samples(const struct ct_picture *picture, const struct depth *depth)
{
    for (int plane = 0; plane < 3; plane++) {
        int right = plane ? depth->shift_x : 0, down = plane ? depth->shift_y : 0;
        for (int y = 0; y < (picture->height + down) >> down; y++) {
            for (int x = 0; x < (picture->width + right) >> right; x++) {
                int sample = picture->data[plane][y * picture->stride[plane] + x];
                assert_true(abs(sample - clip_sample(plane, x, y, 0)) <= 1);
            }
        }
    }
}

static void depths_and_samplings_keep_their_values_at_odd_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
        for (int odd = 0; odd < 2; odd++) {
            const char *path = in_folder("deep.mkv");
            make_clip(&(struct clip){.path = path,
                                     .format = depths[i].theirs,
                                     .width = 64 + odd,
                                     .height = 48 + odd,
                                     .frames = 1});
            struct ct__reader *reader = open_video(path, 0);
            ct_frame *frame = next_frame(reader);
            assert_int_equal(ct_frame_picture(frame)->format, depths[i].ours);
            assert_int_equal(ct_frame_picture(frame)->width, 64 + odd);
            expect_samples(ct_frame_picture(frame), &depths[i]);
            ct_frame_unref(&frame);
            expect_end(&reader);
        }
    }
}

// MPEG-TS files may be joined as they are: opens 1.ts and 2.ts as one.
static struct ct__reader *open_joined(void)
{
    size_t first, second;
    uint8_t *one = read_bytes(in_folder("1.ts"), &first);
    uint8_t *two = read_bytes(in_folder("2.ts"), &second);
    one = realloc(one, first + second);
    memcpy(one + first, two, second);
    write_bytes(in_folder("both.ts"), one, first + second);
    free(one);
    free(two);
    return open_video(in_folder("both.ts"), 0);
}

// Pictures follow, whatever size they have.
static void a_size_that_changes_in_mid_stream_is_followed(void **state)
{
    (void)state;
    make_clip(&(struct clip){
        .path = in_folder("1.ts"), .muxer = "mpegts", .encoder = "mpeg2video", .frames = 6});
    make_clip(&(struct clip){.path = in_folder("2.ts"),
                             .muxer = "mpegts",
                             .encoder = "mpeg2video",
                             .width = 96,
                             .height = 80,
                             .frames = 6,
                             .start_ms = 240});
    struct ct__reader *reader = open_joined();
    ct_frame *frame = NULL;
    int small = 0, large = 0;
    while (ct__reader_read(reader, pool, &frame) == 0) {
        small += ct_frame_picture(frame)->width == 64;
        large += ct_frame_picture(frame)->width == 96;
        ct_frame_unref(&frame);
    }
    assert_in_range(small, 5, 6); // the decoder may forget the one it held back
    assert_int_equal(large, 6);
    ct__reader_close(&reader);
}

// What was said, for the test below.
static char said[2][128];
static int said_count;

static void note(void *opaque, enum ct_log_level level, const char *scope, const char *text)
{
    (void)opaque;
    (void)scope;
    if ((level == CT_LOG_INFO || level == CT_LOG_WARN) && said_count < 2)
        snprintf(said[said_count++], sizeof(said[0]), "%s", text);
}

// Each frame has two flat fields, and so a comb of lines. Made whole, it is flat.
static void interlaced_pictures_are_made_whole_and_that_is_said_once(void **state)
{
    (void)state;
    const char *path = in_folder("fields.ts");
    make_clip(&(struct clip){
        .path = path, .muxer = "mpegts", .encoder = "mpeg2video", .frames = 12, .interlaced = 1});
    said_count = 0;
    ct_log_set(CT_LOG_INFO, note, NULL);
    struct ct__reader *reader = open_video(path, 0);
    for (int i = 0; i < 12; i++) {
        ct_frame *frame = next_frame(reader);
        const struct ct_picture *picture = ct_frame_picture(frame);
        assert_int_equal(ct_frame_info(frame)->number, i);
        assert_int_equal(ct_frame_info(frame)->pts_ns, i * INT64_C(40000000));
        int comb = 0;
        for (int y = 8; y < 40; y++) {
            const uint8_t *row = picture->data[0] + y * picture->stride[0] + 32;
            comb += abs(2 * row[0] - row[-picture->stride[0]] - row[picture->stride[0]]);
        }
        assert_true(comb < 32 * 20);
        ct_frame_unref(&frame);
    }
    expect_end(&reader);
    ct_log_set(CT_LOG_NONE, NULL, NULL);
    assert_int_equal(said_count, 1);
    assert_string_equal(said[0], "interlaced: deinterlaced with bwdif");
}

static void interlaced_pictures_may_change_their_size(void **state)
{
    (void)state;
    make_clip(&(struct clip){.path = in_folder("1.ts"),
                             .muxer = "mpegts",
                             .encoder = "mpeg2video",
                             .frames = 6,
                             .interlaced = 1});
    make_clip(&(struct clip){.path = in_folder("2.ts"),
                             .muxer = "mpegts",
                             .encoder = "mpeg2video",
                             .width = 96,
                             .frames = 6,
                             .interlaced = 1,
                             .start_ms = 240});
    struct ct__reader *reader = open_joined();
    ct_frame *frame = NULL;
    int widths[2] = {0};
    while (ct__reader_read(reader, pool, &frame) == 0) {
        widths[ct_frame_picture(frame)->width == 96]++;
        ct_frame_unref(&frame);
    }
    assert_in_range(widths[0], 5, 6);
    assert_int_equal(widths[1], 6);
    ct__reader_close(&reader);
}

static void a_graph_makes_pictures(void **state)
{
    (void)state;
    struct ct__generator *generator = NULL;
    ct_frame *frame = NULL;
    int rate, base;
    assert_int_equal(ct__generator_open(&generator, "testsrc2=size=64x48:rate=10:duration=0.5",
                                        "pattern", 0, NULL),
                     0);
    ct__generator_rate(generator, &rate, &base);
    assert_int_equal(rate, 10 * base);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ct__generator_read(generator, pool, &frame), 0);
        assert_int_equal(ct_frame_picture(frame)->width, 64);
        assert_int_equal(ct_frame_info(frame)->number, i);
        assert_int_equal(ct_frame_info(frame)->pts_ns, i * INT64_C(100000000));
        ct_frame_unref(&frame);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(ct__generator_read(generator, pool, &frame), CT_ERROR_END);
    ct__generator_close(&generator);
    assert_null(generator);
    ct__generator_close(&generator);
}

static void a_graph_that_is_none_is_explained(void **state)
{
    (void)state;
    struct ct__generator *generator = NULL;
    static const char *const wrong[] = {
        "", "nosuch", "sine", "null", "testsrc2,split", "[", "testsrc2=size=wide"};
    for (int i = 0; i < 7; i++)
        assert_int_equal(ct__generator_open(&generator, wrong[i], "g", 0, NULL), CT_ERROR_INVALID);
    ct__generator_open(&generator, "nosuch=1", "g", 0, NULL);
    expect_failure("no graph with one video output: No such filter: 'nosuch'");
    int error = ct__generator_open(&generator, "testsrc2=size=100x100", "g", 9999, NULL);
    assert_int_equal(error, CT_ERROR_LIMIT);
}

static void a_gif_that_moves_is_a_clip_and_one_that_does_not_is_a_picture(void **state)
{
    (void)state;
    struct ct_media_info info;
    for (int frames = 1; frames <= 7; frames += 6) {
        const char *path = in_folder("a.gif");
        make_clip(&(struct clip){
            .path = path, .muxer = "gif", .encoder = "gif", .format = "gray", .frames = frames});
        assert_int_equal(ct_media_read(path, &info), 0);
        assert_int_equal(info.is_picture, frames == 1);
    }
    struct ct__reader *reader = open_video(in_folder("a.gif"), 0);
    for (int i = 0; i < 7; i++) {
        ct_frame *frame = next_frame(reader);
        assert_int_equal(ct_frame_info(frame)->pts_ns, i * INT64_C(40000000));
        assert_int_equal(ct_frame_picture(frame)->width, 64);
        ct_frame_unref(&frame);
    }
    expect_end(&reader);
}

static void expect_picture_failure(const void *data, size_t size, int code, const char *sentence)
{
    ct_frame *frame = NULL;
    uint8_t *exact = malloc(size);
    memcpy(exact, data, size);
    assert_int_equal(ct__picture_decode(exact, size, "p", 0, pool, &frame), code);
    expect_failure(sentence);
    free(exact);
}

static void pictures_that_libav_cannot_read_are_named(void **state)
{
    (void)state;
    static const char webp[] = "RIFF\x30\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x3f\0\0\x2f\0\0"
                               "ANIM\x06\0\0\0\0\0\0\0\0\0";
    static const char heic[] = "\0\0\0\x18"
                               "ftypheic\0\0\0\0mif1heic";
    expect_picture_failure(webp, sizeof(webp) - 1, CT_ERROR_UNSUPPORTED,
                           "animated WebP, which libavcodec cannot decode");
#if LIBAVFORMAT_VERSION_MAJOR < 61
    char sentence[96];
    snprintf(sentence, sizeof(sentence),
             "a picture in HEIC, of a kind that libavformat %d cannot read",
             LIBAVFORMAT_VERSION_MAJOR);
    expect_picture_failure(heic, sizeof(heic) - 1, CT_ERROR_UNSUPPORTED, sentence);
#else
    (void)heic;
#endif
}

// Cut anywhere and damaged at places, too.
static void an_avif_is_a_picture(void **state)
{
    (void)state;
    size_t size;
    ct_frame *frame = NULL;
    if (!avcodec_find_encoder_by_name("libaom-av1") || !av_guess_format("avif", NULL, NULL))
        skip();
    make_clip(&(struct clip){
        .path = in_folder("a.avif"), .muxer = "avif", .encoder = "libaom-av1", .frames = 1});
    uint8_t *data = read_bytes(in_folder("a.avif"), &size);
    assert_int_equal(ct__picture_decode(data, size, "p", 64 * 48, pool, &frame), 0);
    const struct ct_picture *picture = ct_frame_picture(frame);
    assert_int_equal(picture->format, CT_FORMAT_RGB);
    assert_int_equal(picture->width, 64);
    assert_int_equal(picture->height, 48);
    ct_frame_unref(&frame);
    assert_int_equal(ct__picture_decode(data, size, "p", 64 * 47, pool, &frame), CT_ERROR_LIMIT);
    expect_failure("64 x 48 pixels: more than the limit of 3008");
    for (size_t at = 12; at < size; at += 7) {
        uint8_t *cut = malloc(at);
        memcpy(cut, data, at);
        if (ct__picture_decode(cut, at, "p", 1 << 20, pool, &frame) == 0)
            ct_frame_unref(&frame);
        free(cut);
        data[at] ^= 0xff;
        if (ct__picture_decode(data, size, "p", 1 << 20, pool, &frame) == 0)
            ct_frame_unref(&frame);
        data[at] ^= 0xff;
    }
    free(data);
}

static void a_file_opens_no_other_file(void **state)
{
    (void)state;
    static const char *const lists[][2] = {
        {"ffconcat version 1.0\nfile inner.mkv\n", "concat"},
        {"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ninner.mkv\n#EXT-X-ENDLIST\n", "hls"},
        {"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n", "sdp"},
    };
    make_clip(&(struct clip){.path = in_folder("inner.mkv")});
    for (int i = 0; i < 3; i++) {
        char sentence[160], url[128];
        struct ct__reader *reader = NULL;
        snprintf(sentence, sizeof(sentence),
                 "a playlist (%s): a file may not open other files; name the clips instead",
                 lists[i][1]);
        write_bytes(in_folder("list.mp4"), lists[i][0], strlen(lists[i][0]));
        int error = ct__reader_open(&reader, in_folder("list.mp4"), NULL);
        assert_int_equal(error, CT_ERROR_UNSUPPORTED);
        expect_failure(sentence);
        snprintf(url, sizeof(url), "file://%s", in_folder("list.mp4"));
        assert_true(ct__reader_open(&reader, url, NULL) < 0);
        assert_null(reader);
    }
}

static int begin_quietly(void **state)
{
    av_log_set_level(AV_LOG_ERROR);
    return begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_several_videos_is_chosen_by_its_number),
        cmocka_unit_test(a_cover_picture_is_no_video),
        cmocka_unit_test(every_turn_and_mirror_of_the_container_is_applied),
        cmocka_unit_test(times_are_what_a_clip_of_changing_rate_says),
        cmocka_unit_test(times_that_jump_are_kept),
        cmocka_unit_test(times_that_are_missing_follow_the_rate),
        cmocka_unit_test(frames_that_an_edit_list_leaves_out_are_not_given),
        cmocka_unit_test(depths_and_samplings_keep_their_values_at_odd_sizes),
        cmocka_unit_test(a_size_that_changes_in_mid_stream_is_followed),
        cmocka_unit_test(interlaced_pictures_are_made_whole_and_that_is_said_once),
        cmocka_unit_test(interlaced_pictures_may_change_their_size),
        cmocka_unit_test(a_graph_makes_pictures),
        cmocka_unit_test(a_graph_that_is_none_is_explained),
        cmocka_unit_test(a_gif_that_moves_is_a_clip_and_one_that_does_not_is_a_picture),
        cmocka_unit_test(pictures_that_libav_cannot_read_are_named),
        cmocka_unit_test(an_avif_is_a_picture),
        cmocka_unit_test(a_file_opens_no_other_file),
    };
    return cmocka_run_group_tests(tests, begin_quietly, end);
}
