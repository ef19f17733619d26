// SPDX-License-Identifier: Apache-2.0
// Where a picture ends. Its beginning is told by its units, so that the end of the one before needs
// no guess; all else here is about knowing the end earlier, and about when not to be sure of it.
#include "media/assembler.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

enum { START_CODE = 4, MOST_BYTES = 1 << 26, SPARE = 1 << 16 };
enum { ENOUGH = 32, ENOUGH_KEYS = 2, PENALTY = 32, MOST_NEEDED = 1 << 20 };
enum { H264_SLICE = 1, H264_IDR = 5, H264_SEI = 6, H264_DELIMITER = 9 };
enum { H265_IRAP = 16, H265_IRAP_LAST = 23, H265_SLICES = 32, H265_DELIMITER = 35, H265_SEI = 39 };

// What a piece holds.
struct content {
    unsigned units, slices; // that begin in it
    bool first;             // the first slice of a picture, or a delimiter
    bool front;             // what stands in front of a picture: parameter sets, SEI
    bool key;
};

// ---- pieces

static bool starts_unit(const uint8_t *data, size_t size)
{
    return size > START_CODE && !data[0] && !data[1] && !data[2] && data[3] == 1;
}

// The first slice of a picture has a 1 behind its header: the number of its first block is 0.
static void note_h264(const uint8_t *unit, size_t size, struct content *content)
{
    int type = unit[0] & 31;
    bool slice = type == H264_SLICE || type == H264_IDR;
    content->first |= slice ? size > 1 && unit[1] & 0x80 : type == H264_DELIMITER;
    content->front |= type >= H264_SEI && type < H264_DELIMITER;
    content->key |= type == H264_IDR;
    content->slices += slice;
    content->units++;
}

static void note_h265(const uint8_t *unit, size_t size, struct content *content)
{
    int type = unit[0] >> 1 & 63;
    bool slice = type < H265_SLICES;
    content->first |= slice ? size > 2 && unit[2] & 0x80 : type == H265_DELIMITER;
    content->front |= (type >= H265_SLICES && type < H265_DELIMITER) || type == H265_SEI;
    content->key |= type >= H265_IRAP && type <= H265_IRAP_LAST;
    content->slices += slice;
    content->units++;
}

static bool is_h265(const struct ct__assembler *assembler)
{
    return assembler->headers->codec_id == AV_CODEC_ID_HEVC;
}

static struct content look(const struct ct__assembler *assembler, const struct ct__piece *piece)
{
    struct content content = {0};
    const uint8_t *at = piece->data, *end = piece->data + piece->size;
    if (!starts_unit(at, piece->size))
        return content;
    for (; at; at = memchr(at + 1, 0, (size_t)(end - at) - 1)) {
        size_t left = (size_t)(end - at);
        if (!starts_unit(at, left))
            continue;
        if (is_h265(assembler))
            note_h265(at + START_CODE, left - START_CODE, &content);
        else
            note_h264(at + START_CODE, left - START_CODE, &content);
    }
    return content;
}

// More of a picture that has begun, unless its own beginning is what is missing.
static bool goes_on(const struct ct__piece *piece, const struct content *content)
{
    return !content->first && !piece->lost && (content->slices || !content->units);
}

// Times help where pictures do not tell it themselves, but cameras may give parameter sets and
// slices times of their own, and repeat sets between the slices of a picture.
static bool begins(const struct ct__assembler *assembler, const struct ct__piece *piece,
                   const struct content *content)
{
    bool other_time = piece->time != assembler->time;
    return assembler->slices && (content->first || (content->front && assembler->taken) ||
                                 (other_time && !goes_on(piece, content)));
}

// ---- what the camera does

// What the picture that has ended tells of those to come.
static void learn(struct ct__assembler *assembler)
{
    if (assembler->lost)
        return;
    if (assembler->slices == assembler->usual && !assembler->early) {
        assembler->proven += assembler->complete;
        assembler->proven_keys += assembler->key;
        return;
    }
    assembler->usual = assembler->slices;
    assembler->proven = assembler->proven_keys = 0;
}

// The picture goes on that seemed complete. If it was taken, much more is needed for the next.
static void admit_error(struct ct__assembler *assembler)
{
    assembler->early = true;
    if (!assembler->taken || assembler->torn)
        return;
    ct__log(CT_LOG_DEBUG, assembler->scope, "a picture went on when it seemed complete");
    assembler->torn = true;
    if (assembler->needed < MOST_NEEDED)
        assembler->needed *= PENALTY;
}

// Whether the unit that the piece belongs to may go on in the next. One that fits into a packet is
// told from the first piece of a longer one by its length.
static bool follow_unit(struct ct__assembler *assembler, const struct ct__piece *piece,
                        const struct content *content)
{
    size_t header = START_CODE + (is_h265(assembler) ? 2 : 1);
    size_t size = piece->size, longest = assembler->longest;
    bool second = !content->units && assembler->first;
    assembler->first = content->units == 1;
    if (content->units) {
        assembler->longest = size > header ? size - header : 0;
        return content->units == 1 &&
               (!assembler->least_first || assembler->longest >= assembler->least_first);
    }
    if (second && !piece->lost && (!assembler->least_first || longest < assembler->least_first))
        assembler->least_first = longest;
    assembler->longest = size > longest ? size : longest;
    return size >= longest;
}

// ---- putting together

bool ct__assembler_knows(enum AVCodecID codec)
{
    return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC;
}

int ct__assembler_init(struct ct__assembler *assembler, const AVCodecParameters *parameters,
                       const char *scope)
{
    assembler->scope = scope;
    assembler->needed = ENOUGH;
    assembler->headers = avcodec_alloc_context3(NULL);
    if (!assembler->headers || avcodec_parameters_to_context(assembler->headers, parameters) < 0)
        return ct__fail_memory(scope);
    assembler->parser = av_parser_init((int)parameters->codec_id);
    if (!assembler->parser)
        return ct__fail_memory(scope);
    assembler->parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    return CT_OK;
}

void ct__assembler_finish(struct ct__assembler *assembler)
{
    av_parser_close(assembler->parser);
    avcodec_free_context(&assembler->headers);
    ct__free(assembler->data);
    *assembler = (struct ct__assembler){0};
}

static int append(struct ct__assembler *assembler, const struct ct__piece *piece)
{
    size_t size = assembler->size + piece->size;
    bool beyond = size > MOST_BYTES; // no camera's picture
    assembler->lost |= beyond;
    size = beyond ? assembler->size : size;
    if (size + AV_INPUT_BUFFER_PADDING_SIZE > assembler->capacity) {
        size_t capacity = 2 * size + SPARE;
        uint8_t *data = ct__realloc_array(assembler->data, capacity, 1);
        if (!data)
            return ct__fail_memory(assembler->scope);
        assembler->data = data;
        assembler->capacity = capacity;
    }
    memcpy(assembler->data + assembler->size, piece->data, size - assembler->size);
    assembler->size = size;
    return CT_OK;
}

bool ct__assembler_end(struct ct__assembler *assembler, const struct ct__piece *piece)
{
    struct content content = look(assembler, piece);
    if (assembler->taken || !begins(assembler, piece, &content))
        return false;
    assembler->lost |= piece->lost && !assembler->complete; // its end may be what is missing
    return true;
}

static void begin_picture(struct ct__assembler *assembler)
{
    learn(assembler);
    assembler->slices = 0;
    assembler->key = assembler->lost = assembler->early = assembler->taken = false;
    assembler->complete = false;
}

int ct__assembler_add(struct ct__assembler *assembler, const struct ct__piece *piece)
{
    struct content content = look(assembler, piece);
    if (begins(assembler, piece, &content))
        begin_picture(assembler);
    else if (assembler->complete && (content.slices || !content.units))
        admit_error(assembler);
    if (assembler->taken)
        return CT_OK;
    if (!assembler->slices)
        assembler->time = piece->time;
    assembler->arrived_ns = piece->arrived_ns;
    assembler->slices += content.slices;
    assembler->key |= content.key;
    assembler->lost |= piece->lost;
    assembler->open = follow_unit(assembler, piece, &content);
    assembler->complete =
        assembler->slices && assembler->slices == assembler->usual && !assembler->open;
    return append(assembler, piece);
}

bool ct__assembler_ready(const struct ct__assembler *assembler)
{
    return assembler->complete && !assembler->taken && assembler->proven >= assembler->needed &&
           assembler->proven_keys >= ENOUGH_KEYS;
}

void ct__assembler_take(struct ct__assembler *assembler, AVPacket *packet)
{
    AVCodecParserContext *parser = assembler->parser;
    uint8_t *parsed;
    int size = (int)assembler->size, parsed_size;
    memset(assembler->data + size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    av_parser_parse2(parser, assembler->headers, &parsed, &parsed_size, assembler->data, size,
                     AV_NOPTS_VALUE, AV_NOPTS_VALUE, 0);
    bool key =
        parser->key_frame == 1 || (parser->key_frame < 0 && parser->pict_type == AV_PICTURE_TYPE_I);
    packet->data = assembler->data;
    packet->size = size;
    packet->flags = key ? AV_PKT_FLAG_KEY : 0;
    assembler->size = 0;
    assembler->taken = true;
}
