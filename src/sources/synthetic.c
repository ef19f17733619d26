// SPDX-License-Identifier: Apache-2.0
// What all synthetic sources share: the name is taken apart, the kind is found, frames are numbered
// and timed as if a camera of the stated rate had taken them.
#include "sources/synthetic.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "media/picture.h"
#include "sources/sniff.h"

extern const struct ct__source_class ct__source_synthetic;

enum { KINDS = 3 };

static const struct ct__synthetic_kind *const kinds[KINDS + 1];
static const char *const kind_names[KINDS + 1];
static const struct ct__option length_rows[2], picture_rows[4];

static int match(const char *input)
{
    return ct__file_kind(input) == CT__FILE_MADE ? 100 : 0;
}

// A source begins with its class, and its class is the first member that its kind can be told by.
static const struct ct__synthetic_kind *kind_of(const struct ct__source *source)
{
    int i = 0;
    while (&kinds[i]->class != source->class)
        i++;
    return kinds[i];
}

void ct__synthetic_close(struct ct__source *source)
{
    struct ct__synthetic *synthetic = (struct ct__synthetic *)source;
    kind_of(source)->finish(synthetic);
    ct__free(synthetic->text);
    ct__free(synthetic->name);
    ct__free(synthetic);
}

// Cuts the query off the text; the kind that stands before it.
static int find_kind(const char *input, char *text, const struct ct__synthetic_kind **kind,
                     char **query)
{
    char *name = strchr(text, ':') + 1;
    *query = strchr(name, '?');
    if (*query)
        *(*query)++ = 0;
    for (int i = 0; kinds[i]; i++) {
        *kind = kinds[i];
        if (strcmp(name, kinds[i]->name) == 0)
            return CT_OK;
    }
    const char *nearest = ct__nearest(name, kind_names);
    return ct__fail(CT_ERROR_INVALID, input, "unknown kind %s: expected walkers, pan or loop%s%s%s",
                    name, nearest ? "; did you mean " : "", nearest ? nearest : "",
                    nearest ? "?" : "");
}

// Thousandths are fine enough for a stated rate, and whole rates stay whole.
static void set_rate(struct ct__synthetic *synthetic, double rate)
{
    bool whole = rate == floor(rate);
    synthetic->rate_num = (int)lround(rate * (whole ? 1 : 1000));
    synthetic->rate_den = whole ? 1 : 1000;
}

static int begin(struct ct__synthetic *synthetic, const struct ct__synthetic_kind *kind,
                 char *query, void *options, const struct ct__source_params *params)
{
    const struct ct__option *const groups[] = {kind->rows, length_rows,
                                               kind->makes_pictures ? picture_rows : NULL, NULL};
    const struct ct__command command = {
        .name = synthetic->text, .groups = groups, .size = kind->options_size};
    struct ct__text message = {0};
    int error = ct__options_query(&command, query, options, &message);
    if (error == CT_ERROR_INVALID)
        error = ct__fail(error, synthetic->name, "%s", message.data);
    ct__text_finish(&message);
    if (error)
        return error;
    const struct ct__synthetic_options *common = options;
    set_rate(synthetic, common->rate);
    synthetic->frames = (uint64_t)common->frames;
    return kind->begin(synthetic, options, params);
}

static int open_synthetic(struct ct__source **out, const char *input,
                          const struct ct__source_params *params)
{
    const struct ct__synthetic_kind *kind = NULL;
    char *query = NULL, *text = ct__strdup(input);
    int error = text ? find_kind(input, text, &kind, &query) : ct__fail_memory(input);
    struct ct__synthetic *synthetic = error ? NULL : ct__calloc(1, kind->size);
    if (!synthetic) {
        ct__free(text);
        return error ? error : ct__fail_memory(input);
    }
    synthetic->text = text;
    synthetic->name = ct__strdup(input);
    synthetic->head = (struct ct__source){.class = &kind->class, .name = synthetic->name};
    void *options = ct__alloc(kind->options_size);
    error = options && synthetic->name ? begin(synthetic, kind, query, options, params)
                                       : ct__fail_memory(input);
    ct__free(options);
    if (error)
        ct__synthetic_close(&synthetic->head);
    else
        *out = &synthetic->head;
    return error;
}

int ct__synthetic_more(const struct ct__synthetic *synthetic)
{
    if (atomic_load(&synthetic->stopped))
        return CT_ERROR_STOPPED;
    return synthetic->frames && synthetic->next >= synthetic->frames ? CT_ERROR_END : CT_OK;
}

int ct__synthetic_stamp(struct ct__synthetic *synthetic, ct_frame *frame)
{
    uint64_t number = synthetic->next++, rate = (uint64_t)synthetic->rate_num;
    uint64_t period = UINT64_C(1000000000) * (uint64_t)synthetic->rate_den; // of `rate` frames
    struct ct_frame_info info = {
        .number = number,
        .pts_ns = (int64_t)(number / rate * period + number % rate * period / rate),
        .capture_ns = ct__now_ns(),
        .wall_ns = CT_NO_TIME,
    };
    return ct_frame_set_info(frame, &info);
}

int ct__synthetic_size(const struct ct__synthetic *synthetic, const char *text, int64_t max_pixels,
                       int *width, int *height)
{
    const char *end = ct__parse_size(text, width, height);
    if (!end || *end || *width < 16 || *height < 16 || *width > 65535 || *height > 65535)
        return ct__fail(CT_ERROR_INVALID, synthetic->name,
                        "size = %s: expected WIDTHxHEIGHT, 16 to 65535 pixels each", text);
    return ct__picture_check(*width, *height, max_pixels, synthetic->name);
}

double ct__synthetic_expected(const struct ct__source *source)
{
    return (double)((const struct ct__synthetic *)source)->frames;
}

void ct__synthetic_rate(const struct ct__source *source, int *numerator, int *denominator)
{
    *numerator = ((const struct ct__synthetic *)source)->rate_num;
    *denominator = ((const struct ct__synthetic *)source)->rate_den;
}

void ct__synthetic_interrupt(struct ct__source *source)
{
    atomic_store(&((struct ct__synthetic *)source)->stopped, true);
}

#define AT(member) offsetof(struct ct__synthetic_options, member)

// clang-format off
static const struct ct__option length_rows[] = {
    {"frames", 0, CT__OPTION_INT, AT(frames), .preset = "300", .most = 1e12},
    {NULL},
};

static const struct ct__option picture_rows[] = {
    {"size", 0, CT__OPTION_STRING, AT(size), .preset = "1280x720"},
    {"rate", 0, CT__OPTION_FLOAT, AT(rate), .preset = "30", .least = .001, .most = 1000},
    {"seed", 0, CT__OPTION_INT, AT(seed), .preset = "1", .most = 1e15},
    {NULL},
};
// clang-format on

static const struct ct__synthetic_kind *const kinds[KINDS + 1] = {
    &ct__synthetic_walkers,
    &ct__synthetic_pan,
    &ct__synthetic_loop,
    NULL,
};

static const char *const kind_names[KINDS + 1] = {"walkers", "pan", "loop", NULL};

const struct ct__source_class ct__source_synthetic = {
    .name = "synthetic",
    .help = "made here: synthetic:walkers, synthetic:pan, synthetic:loop",
    .match = match,
    .open = open_synthetic,
};
