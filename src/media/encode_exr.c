// SPDX-License-Identifier: Apache-2.0
// Writes OpenEXR through OpenEXRCore: half floats, PIZ.
#include "media/codec.h"

#include <math.h>
#include <openexr.h>
#include <string.h>

#include "base/half.h"
#include "base/log.h"
#include "base/mem.h"

enum { MOST_LINES = 32 }; // of a chunk of PIZ

// A file in memory: the library writes its table of chunks last, into the middle.
struct target {
    struct ct__text *bytes;
    size_t start;
    const char *scope;
};

static int64_t write_bytes(exr_const_context_t context, void *opaque, const void *data,
                           uint64_t size, uint64_t offset, exr_stream_error_func_ptr_t fail)
{
    struct target *target = opaque;
    size_t end = target->start + offset + size;
    (void)fail, (void)context;
    if (end > target->bytes->length) {
        size_t more = end - target->bytes->length;
        char *room = ct__text_room(target->bytes, more);
        if (!room)
            return -1;
        memset(room, 0, more);
        target->bytes->length = end;
    }
    memcpy(target->bytes->data + target->start + offset, data, size);
    return (int64_t)size;
}

static void complain(exr_const_context_t context, exr_result_t code, const char *sentence)
{
    (void)context, (void)code;
    ct__log(CT_LOG_DEBUG, "exr", "%s", sentence);
}

// What each sample is in linear light.
static float *make_table(int bits)
{
    int count = 1 << bits;
    float *table = ct__alloc((size_t)count * sizeof *table);
    for (int i = 0; table && i < count; i++) {
        double x = (double)i / (count - 1);
        table[i] = (float)(x <= .04045 ? x / 12.92 : pow((x + .055) / 1.055, 2.4));
    }
    return table;
}

static unsigned sample(const struct ct__raster *raster, const uint8_t *row, int at)
{
    return raster->bits == 16 ? ((const uint16_t *)(const void *)row)[at] : row[at];
}

// One row to half floats; alpha is multiplied in.
static void convert_row(uint16_t *to, const struct ct__raster *raster, const uint8_t *row,
                        const float *table)
{
    int channels = raster->channels, colours = channels < 3 ? 1 : 3;
    float most = (float)((1 << raster->bits) - 1);
    for (int x = 0; x < raster->width; x++) {
        int at = x * channels;
        float alpha = channels == 4 ? (float)sample(raster, row, at + 3) / most : 1;
        for (int i = 0; i < colours; i++)
            to[at + i] = ct__half_of(table[sample(raster, row, at + i)] * alpha);
        if (channels == 4)
            to[at + 3] = ct__half_of(alpha);
    }
}

static exr_result_t write_header(exr_context_t file, const struct ct__raster *raster)
{
    static const char *const names[][4] = {{0}, {"Y"}, {0}, {"R", "G", "B"}, {"R", "G", "B", "A"}};
    int part = 0;
    exr_result_t error = exr_add_part(file, "picture", EXR_STORAGE_SCANLINE, &part);
    if (!error)
        error = exr_initialize_required_attr_simple(file, part, raster->width, raster->height,
                                                    EXR_COMPRESSION_PIZ);
    for (int i = 0; !error && i < raster->channels; i++)
        error = exr_add_channel(file, part, names[raster->channels][i], EXR_PIXEL_HALF,
                                EXR_PERCEPTUALLY_LOGARITHMIC, 1, 1);
    return error ? error : exr_write_header(file);
}

// Points the library's channels, which it sorts by name, at the samples of a chunk.
static void point(exr_encode_pipeline_t *pipeline, const struct ct__raster *raster,
                  const uint16_t *halves)
{
    static const char order[] = "RGBA";
    for (int i = 0; i < pipeline->channel_count; i++) {
        exr_coding_channel_info_t *channel = &pipeline->channels[i];
        const char *found = strchr(order, channel->channel_name[0]);
        channel->encode_from_ptr = (const uint8_t *)(halves + (found ? found - order : 0));
        channel->user_bytes_per_element = 2;
        channel->user_data_type = EXR_PIXEL_HALF;
        channel->user_pixel_stride = raster->channels * 2;
        channel->user_line_stride = raster->width * raster->channels * 2;
    }
}

static exr_result_t write_chunks(exr_context_t file, const struct ct__raster *raster,
                                 const float *table, uint16_t *halves)
{
    exr_encode_pipeline_t pipeline = EXR_ENCODE_PIPELINE_INITIALIZER;
    exr_chunk_info_t chunk;
    exr_result_t error = EXR_ERR_SUCCESS;
    for (int top = 0; !error && top < raster->height; top += MOST_LINES) {
        for (int y = top; y < raster->height && y < top + MOST_LINES; y++)
            convert_row(halves + (size_t)(y - top) * (size_t)(raster->width * raster->channels),
                        raster, raster->data + y * raster->stride, table);
        error = exr_write_scanline_chunk_info(file, 0, top, &chunk);
        if (!error)
            error = top ? exr_encoding_update(file, 0, &chunk, &pipeline)
                        : exr_encoding_initialize(file, 0, &chunk, &pipeline);
        point(&pipeline, raster, halves);
        if (!error && !top)
            error = exr_encoding_choose_default_routines(file, 0, &pipeline);
        if (!error)
            error = exr_encoding_run(file, 0, &pipeline);
    }
    exr_encoding_destroy(file, &pipeline);
    return error;
}

static exr_result_t encode(struct target *target, const struct ct__raster *raster,
                           const float *table, uint16_t *halves)
{
    exr_context_initializer_t setup = EXR_DEFAULT_CONTEXT_INITIALIZER;
    exr_context_t file = NULL;
    setup.user_data = target;
    setup.write_fn = write_bytes;
    setup.error_handler_fn = complain;
    exr_result_t error = exr_start_write(&file, target->scope, EXR_WRITE_FILE_DIRECTLY, &setup);
    if (!error)
        error = write_header(file, raster);
    if (!error)
        error = write_chunks(file, raster, table, halves);
    exr_result_t finished = file ? exr_finish(&file) : EXR_ERR_SUCCESS;
    return error ? error : finished;
}

int ct__exr_encode(struct ct__text *bytes, const char *scope, const struct ct__raster *raster,
                   const struct ct__encode_params *params)
{
    (void)params;
    size_t row = (size_t)raster->width * (size_t)raster->channels;
    struct target target = {bytes, bytes->length, scope};
    float *table = make_table(raster->bits);
    uint16_t *halves = ct__alloc(row * MOST_LINES * sizeof *halves);
    exr_result_t error = EXR_ERR_OUT_OF_MEMORY;
    if (table && halves)
        error = encode(&target, raster, table, halves);
    ct__free(table);
    ct__free(halves);
    if (error == EXR_ERR_OUT_OF_MEMORY || bytes->failed)
        return ct__fail_memory(scope);
    return error ? ct__fail(CT_ERROR_FORMAT, scope, "no EXR: %s",
                            exr_get_default_error_message(error))
                 : CT_OK;
}
