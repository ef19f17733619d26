// SPDX-License-Identifier: Apache-2.0
// H.264 from a device: videos that are encoded here, whose pictures tell their number by their
// brightness.
#include "../media/samples.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>

#include "fake_v4l2.h"
#include "media/layer.h"

enum { PICTURES = 30, GROUP = 10, WIDTH = 64, HEIGHT = 48, MOST = PICTURES + 1 };

static const struct ct__source_params live = {.live = true};

static struct {
    struct fake_packet packets[MOST]; // in the order of decoding
    uint8_t data[MOST][4096];
    unsigned count;
} video;

// ---- encoding

static void add_packet(const uint8_t *data, size_t size, bool key, int ahead)
{
    struct fake_packet *packet = &video.packets[video.count];
    assert_true(video.count < MOST && size <= sizeof video.data[0]);
    memcpy(video.data[video.count++], data, size);
    *packet = (struct fake_packet){video.data[packet - video.packets], (unsigned)size,
                                   key ? V4L2_BUF_FLAG_KEYFRAME : 0, ahead};
}

static void send_picture(AVCodecContext *codec, int number)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = codec->pix_fmt;
    frame->width = WIDTH;
    frame->height = HEIGHT;
    frame->pts = number;
    assert_int_equal(av_frame_get_buffer(frame, 0), 0);
    for (int y = 0; y < HEIGHT; y++)
        memset(frame->data[0] + y * frame->linesize[0], 30 + 6 * number, WIDTH);
    for (int plane = 1; plane < 3; plane++)
        memset(frame->data[plane], 128, (size_t)frame->linesize[plane] * HEIGHT / 2);
    assert_int_equal(avcodec_send_frame(codec, frame), 0);
    av_frame_free(&frame);
}

static void receive_packets(AVCodecContext *codec, int first)
{
    AVPacket *packet = av_packet_alloc();
    while (avcodec_receive_packet(codec, packet) == 0) {
        int turn = (int)video.count - first;
        add_packet(packet->data, (size_t)packet->size, packet->flags & AV_PKT_FLAG_KEY,
                   (int)packet->pts - turn);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
}

// The video `x264` (parameters of x264) as what the device gives. `apart`: its parameter sets are
// the first packet, and come once.
static void load_video(const char *x264, bool apart)
{
    const AVCodec *encoder = avcodec_find_encoder_by_name("libx264");
    if (!encoder) {
        print_message("skipped: needs libav with libx264\n");
        skip();
    }
    AVCodecContext *codec = avcodec_alloc_context3(encoder);
    codec->width = WIDTH;
    codec->height = HEIGHT;
    codec->pix_fmt = AV_PIX_FMT_YUV420P;
    codec->time_base = (AVRational){1, 25};
    codec->gop_size = GROUP;
    codec->thread_count = 1;
    codec->flags |= apart ? AV_CODEC_FLAG_GLOBAL_HEADER : 0;
    av_opt_set(codec->priv_data, "x264-params", x264, 0);
    assert_int_equal(avcodec_open2(codec, encoder, NULL), 0);
    video.count = 0;
    if (apart)
        add_packet(codec->extradata, (size_t)codec->extradata_size, false, 0);
    for (int i = 0; i < PICTURES; i++) {
        send_picture(codec, i);
        receive_packets(codec, apart);
    }
    avcodec_send_frame(codec, NULL);
    receive_packets(codec, apart);
    avcodec_free_context(&codec);
    assert_int_equal(video.count, PICTURES + apart);
    fake.packets = video.packets;
    fake.packet_count = video.count;
    fake.modes[0] = (struct fake_mode){V4L2_PIX_FMT_H264, WIDTH, HEIGHT, 25};
}

#define REFERENCES "scenecut=0:bframes=0:sync-lookahead=0:rc-lookahead=0"
// Every second picture is one that no other builds on.
#define EVERY_SECOND "scenecut=0:bframes=1:b-adapt=0:rc-lookahead=0:"
#define CLOSED       EVERY_SECOND "keyint=11:min-keyint=11"
#define OPEN         EVERY_SECOND "keyint=12:min-keyint=12:open-gop=1"

static int number_of(ct_frame *frame)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    assert_int_equal(picture->width, WIDTH);
    assert_int_equal(picture->height, HEIGHT);
    return (picture->data[0][picture->stride[0] * 20 + 30] - 30 + 3) / 6;
}

// A read may end without a frame while nothing may be given.
static int read_number(struct ct__source *source)
{
    ct_frame *frame = NULL;
    const char *failed;
    for (int reads = 0; !frame && reads < PICTURES; reads++)
        assert_int_equal(source->class->read(source, pool, &frame, &failed), 0);
    assert_non_null(frame);
    int number = number_of(frame);
    ct_frame_unref(&frame);
    return number;
}

// ---- what comes

static void each_picture_is_given_at_once_with_the_drivers_time(void **state)
{
    (void)state;
    load_video(REFERENCES, false);
    struct ct__source *source = open_camera(&live);
    for (int i = 0; i < PICTURES; i++) {
        ct_frame *frame = read_frame(source);
        const struct ct_frame_info *info = ct_frame_info(frame);
        assert_int_equal(fake.packet, i + 1);
        assert_int_equal(number_of(frame), i);
        assert_int_equal(info->number, i);
        assert_int_equal(info->pts_ns, i * 40000000);
        assert_int_equal(info->capture_ns, ct__now_ns() - fake.stamp_age_ns);
        assert_int_equal(info->wall_ns, ct__wall_ns() - fake.stamp_age_ns);
        ct_frame_unref(&frame);
    }
    assert_int_equal(source->damaged + source->undecoded + source->lost, 0);
    ct__source_close(&source);
}

static void pictures_that_are_shown_in_another_order_keep_their_times(void **state)
{
    (void)state;
    fake.stamp_age_ns = 100000000;
    load_video(CLOSED, false);
    struct ct__source *source = open_camera(&live);
    for (int i = 0; i < PICTURES - 2; i++) {
        ct_frame *frame = read_frame(source);
        assert_int_equal(number_of(frame), i);
        assert_int_equal(ct_frame_info(frame)->pts_ns, i * 40000000);
        ct_frame_unref(&frame);
    }
    ct__source_close(&source);
}

static void it_is_joined_at_a_key_picture(void **state)
{
    (void)state;
    load_video(REFERENCES, false);
    for (unsigned i = 0; i < video.count; i++)
        video.packets[i].flags = 0; // IDR pictures tell it themselves
    struct ct__source *source = open_camera(&live);
    fake.packet = 3;
    assert_int_equal(read_number(source), GROUP);
    assert_int_equal(read_number(source), GROUP + 1);
    assert_int_equal(source->damaged + source->undecoded + source->lost, 0);
    ct__source_close(&source);
}

// An open group: what is shown before its key picture builds on what came before.
static void a_key_picture_is_one_if_the_driver_says_so(void **state)
{
    (void)state;
    fake.stamp_age_ns = 100000000;
    load_video(OPEN, false);
    struct ct__source *source = open_camera(&live);
    unsigned key = fake.packet = 3;
    while (!video.packets[key].flags)
        key++;
    int shown = (int)key + video.packets[key].ahead;
    assert_int_equal(ct__h264_content(video.packets[key].data, video.packets[key].size),
                     CT__H264_OTHER);
    assert_int_equal(read_number(source), shown);
    assert_int_equal(read_number(source), shown + 1);
    assert_int_equal(source->damaged, 1);
    ct__source_close(&source);
}

static void parameter_sets_may_come_once_and_apart(void **state)
{
    (void)state;
    load_video(REFERENCES, true);
    struct ct__source *source = open_camera(&live);
    assert_int_equal(read_number(source), 0);
    assert_int_equal(fake.packet, 2);
    ct__source_close(&source);
    source = open_camera(&live);
    fake.packet = 0;
    fake.skips = 0;
    source->class->want(source, -1); // the sets are kept all the same
    assert_int_equal(read_code(source), 0);
    source->class->want(source, 0);
    assert_int_equal(read_number(source), GROUP);
    ct__source_close(&source);
}

// ---- what is withheld

static void after_a_gap_nothing_comes_until_a_key_picture(void **state)
{
    (void)state;
    load_video(REFERENCES, false);
    struct ct__source *source = open_camera(&live);
    for (int i = 0; i < 3; i++)
        assert_int_equal(read_number(source), i);
    fake.packet++;
    fake.skips = 1;
    assert_int_equal(read_number(source), GROUP);
    assert_int_equal(source->lost, 1);
    assert_int_equal(source->damaged, GROUP - 4);
    fake.packet = 2 * GROUP; // missing, but a key picture needs nothing
    fake.skips = GROUP - 1;
    assert_int_equal(read_number(source), 2 * GROUP);
    assert_int_equal(source->lost, GROUP);
    assert_int_equal(source->damaged, GROUP - 4);
    ct__source_close(&source);
}

static void what_builds_on_a_damaged_picture_is_withheld(void **state)
{
    (void)state;
    load_video(REFERENCES, false);
    video.packets[4].flags |= V4L2_BUF_FLAG_ERROR; // by the driver
    video.packets[GROUP].size -= 5;                // on its way
    struct ct__source *source = open_camera(&live);
    for (int i = 0; i < 4; i++)
        assert_int_equal(read_number(source), i);
    assert_int_equal(read_number(source), 2 * GROUP);
    assert_int_equal(source->damaged, 2 * GROUP - 4);
    assert_int_equal(source->undecoded, 0);
    ct__source_close(&source);
}

static void a_video_above_the_limit_gives_nothing(void **state)
{
    (void)state;
    const struct ct__source_params params = {
        .live = true, .max_pixels = WIDTH * HEIGHT - 1, .timeout_ms = 60000};
    load_video(REFERENCES, false);
    fake.modes[0].width = 32; // but that is not true
    struct ct__source *source = open_camera(&params);
    assert_int_equal(read_code(source), 0);
    assert_true(source->damaged > 0);
    ct__source_close(&source);
}

// ---- what is wanted

static void of_few_wanted_only_those_are_decoded_that_others_build_on(void **state)
{
    (void)state;
    const struct ct__source_params params = {.live = true, .fps = 12};
    fake.stamp_age_ns = 100000000;
    load_video(CLOSED, false);
    struct ct__source *source = open_camera(&params);
    for (int i = 0; i < 3 * PICTURES; i++) // it is measured meanwhile
        read_number(source);
    uint64_t undecoded = source->undecoded;
    for (int i = 0; i < PICTURES; i++)
        read_number(source);
    assert_in_range(source->undecoded - undecoded, PICTURES / 2, PICTURES);
    assert_int_equal(source->damaged, 0);
    ct__source_close(&source);
}

static void of_very_few_wanted_only_key_pictures_are_decoded(void **state)
{
    (void)state;
    const struct ct__source_params params = {.live = true, .fps = 2.5};
    load_video(REFERENCES, false);
    struct ct__source *source = open_camera(&params);
    while (source->undecoded < PICTURES) // it is measured meanwhile
        read_number(source);
    for (int i = 0; i < PICTURES; i++)
        assert_int_equal(read_number(source) % GROUP, 0);
    assert_int_equal(source->damaged, 0);
    ct__source_close(&source);
}

static void of_none_wanted_nothing_is_decoded_and_it_goes_on_at_a_key_picture(void **state)
{
    (void)state;
    load_video(REFERENCES, false);
    struct ct__source *source = open_camera(&live);
    assert_int_equal(read_number(source), 0);
    source->class->want(source, -1);
    assert_int_equal(read_code(source), 0);
    assert_int_equal(source->undecoded, fake.packet - 1);
    source->class->want(source, 0);
    assert_int_equal(read_number(source), 2 * GROUP);
    assert_int_equal(source->undecoded, 2 * GROUP - 1);
    assert_int_equal(source->damaged, 0);
    ct__source_close(&source);
    const struct ct__source_params none = {.live = true, .fps = -1};
    source = open_camera(&none);
    fake.packet = 1; // from the start too
    assert_int_equal(read_code(source), 0);
    assert_int_equal(source->undecoded, 10);
    ct__source_close(&source);
}

// ---- trouble

static void every_allocation_may_fail(void **state)
{
    (void)state;
    load_video(REFERENCES, false);
    assert_true(fail_each_allocation() > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DEVICE(each_picture_is_given_at_once_with_the_drivers_time),
        WITH_DEVICE(pictures_that_are_shown_in_another_order_keep_their_times),
        WITH_DEVICE(it_is_joined_at_a_key_picture),
        WITH_DEVICE(a_key_picture_is_one_if_the_driver_says_so),
        WITH_DEVICE(parameter_sets_may_come_once_and_apart),
        WITH_DEVICE(after_a_gap_nothing_comes_until_a_key_picture),
        WITH_DEVICE(what_builds_on_a_damaged_picture_is_withheld),
        WITH_DEVICE(a_video_above_the_limit_gives_nothing),
        WITH_DEVICE(of_few_wanted_only_those_are_decoded_that_others_build_on),
        WITH_DEVICE(of_very_few_wanted_only_key_pictures_are_decoded),
        WITH_DEVICE(of_none_wanted_nothing_is_decoded_and_it_goes_on_at_a_key_picture),
        WITH_DEVICE(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
