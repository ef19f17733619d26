// SPDX-License-Identifier: Apache-2.0
// Sound that waits between the reader of a pipe and its writers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "media/spool.h"

static int warnings;

static void hear(void *opaque, enum ct_log_level level, const char *scope, const char *text)
{
    (void)opaque;
    (void)scope;
    (void)text;
    warnings += level == CT_LOG_WARN;
}

static struct ct__spool *make(int listeners)
{
    AVFormatContext *format = avformat_alloc_context();
    assert_non_null(format);
    AVStream *stream = avformat_new_stream(format, NULL);
    stream->codecpar->codec_id = AV_CODEC_ID_AAC;
    stream->codecpar->sample_rate = 48000;
    stream->time_base = (AVRational){1, 1000};
    struct ct__spool *spool = NULL;
    assert_int_equal(ct__spool_create(&spool, stream, 7, listeners, "pipe"), CT_OK);
    avformat_free_context(format);
    return spool;
}

static void drop(struct ct__spool *spool)
{
    struct ct__company *company = ct__spool_company(spool);
    ct__company_unref(&company);
}

static void put(struct ct__spool *spool, int64_t pts, int size)
{
    AVPacket *packet = av_packet_alloc();
    assert_non_null(packet);
    assert_int_equal(av_new_packet(packet, size), 0);
    packet->pts = pts;
    ct__spool_put(spool, packet);
    av_packet_free(&packet);
}

// The time of the next packet; 0 for none yet, -1 at the end.
static int64_t take(struct ct__spool *spool, int queue)
{
    AVPacket *packet = av_packet_alloc();
    assert_non_null(packet);
    int got = ct__spool_take(spool, queue, packet);
    int64_t pts = got > 0 ? packet->pts : got;
    av_packet_free(&packet);
    return pts;
}

static void each_listener_gets_all_packets_in_order(void **state)
{
    (void)state;
    struct ct__spool *spool = make(2);
    assert_int_equal(ct__spool_parameters(spool)->sample_rate, 48000);
    assert_int_equal(ct__spool_time_base(spool).den, 1000);
    assert_int_equal(ct__spool_start(spool), 7);
    put(spool, 1, 10);
    int first = ct__spool_join(spool), second = ct__spool_join(spool);
    assert_int_not_equal(first, second);
    assert_int_equal(ct__spool_join(spool), -1); // there are two queues
    put(spool, 2, 10);
    assert_int_equal(take(spool, first), 1);
    assert_int_equal(take(spool, first), 2);
    assert_int_equal(take(spool, first), 0);
    ct__spool_end(spool);
    assert_int_equal(take(spool, first), -1);
    assert_int_equal(take(spool, second), 1);
    assert_int_equal(take(spool, second), 2);
    assert_int_equal(take(spool, second), -1);
    drop(spool);
}

// Nobody waits: what is too much is left out, and who has left needs no room.
static void memory_is_bounded(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20, COUNT = CT__SPOOL_BYTES / SIZE };
    struct ct__spool *spool = make(2);
    int reader = ct__spool_join(spool), other = ct__spool_join(spool);
    warnings = 0;
    ct_log_set(CT_LOG_WARN, hear, NULL);
    ct__spool_leave(spool, other);
    for (int i = 1; i <= COUNT + 3; i++)
        put(spool, i, SIZE);
    assert_int_equal(warnings, 1);
    for (int i = 1; i <= COUNT; i++)
        assert_int_equal(take(spool, reader), i);
    assert_int_equal(take(spool, reader), 0);
    put(spool, 99, SIZE); // there is room again
    assert_int_equal(take(spool, reader), 99);
    assert_int_equal(take(spool, other), 0);
    ct_log_set(CT_LOG_NONE, NULL, NULL);
    drop(spool);
}

// The reader may be closed before the last frame is written.
static void it_lives_as_long_as_its_frames(void **state)
{
    (void)state;
    struct ct__spool *spool = make(1);
    struct ct__pool *pool = NULL;
    ct_frame *frame = NULL;
    assert_int_equal(ct__pool_create(&pool), CT_OK);
    assert_int_equal(ct__pool_frame(pool, &frame, CT_FORMAT_GREY, 8, 8), CT_OK);
    frame->company = ct__company_ref(ct__spool_company(spool));
    put(spool, 5, 10);
    drop(spool);
    assert_ptr_equal(ct__spool_of(frame->company), spool);
    assert_int_equal(take(spool, ct__spool_join(spool)), 5);
    ct_frame_unref(&frame);
    assert_int_equal(ct__pool_frame(pool, &frame, CT_FORMAT_GREY, 8, 8), CT_OK);
    assert_null(ct__spool_of(frame->company)); // a frame that is used again begins without
    ct_frame_unref(&frame);
    ct__pool_unref(&pool);
}

static void lack_of_memory_is_told(void **state)
{
    (void)state;
    AVFormatContext *format = avformat_alloc_context();
    AVStream *stream = avformat_new_stream(format, NULL);
    for (int n = 1; n <= 2; n++) {
        struct ct__spool *spool = NULL;
        ct__mem_fail(n);
        assert_int_equal(ct__spool_create(&spool, stream, 0, 1, "pipe"), CT_ERROR_MEMORY);
        assert_true(ct__mem_failed());
        ct__mem_fail(0);
        assert_null(spool);
    }
    avformat_free_context(format);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_listener_gets_all_packets_in_order),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(it_lives_as_long_as_its_frames),
        cmocka_unit_test(lack_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
