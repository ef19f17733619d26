// SPDX-License-Identifier: Apache-2.0
// lavfi:GRAPH: pictures that libavfilter makes.
#include "sources/sniff.h"
#include "sources/source.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "media/generator.h"

extern const struct ct__source_class ct__source_lavfi;

static const char prefix[] = "lavfi:";

struct lavfi {
    struct ct__source head;
    char *name;
    struct ct__generator *generator;
};

static int match(const char *input)
{
    bool ours = strncmp(input, prefix, sizeof(prefix) - 1) == 0;
    return ours && ct__file_kind(input) == CT__FILE_NONE ? 100 : 0;
}

static void close_lavfi(struct ct__source *source)
{
    struct lavfi *lavfi = (struct lavfi *)source;
    ct__generator_close(&lavfi->generator);
    ct__free(lavfi->name);
    ct__free(lavfi);
}

static int open_lavfi(struct ct__source **out, const char *input,
                      const struct ct__source_params *params)
{
    struct lavfi *lavfi = ct__calloc(1, sizeof(*lavfi));
    if (!lavfi)
        return ct__fail_memory(input);
    lavfi->name = ct__strdup(input);
    lavfi->head = (struct ct__source){&ct__source_lavfi, lavfi->name, false};
    int error = lavfi->name ? ct__generator_open(&lavfi->generator, input + sizeof(prefix) - 1,
                                                 input, params->max_pixels, params->stop)
                            : ct__fail_memory(input);
    if (error)
        close_lavfi(&lavfi->head);
    else
        *out = &lavfi->head;
    return error;
}

static int read_lavfi(struct ct__source *source, struct ct__pool *pool, ct_frame **frame,
                      const char **failed)
{
    *failed = NULL;
    return ct__generator_read(((struct lavfi *)source)->generator, pool, frame);
}

// A graph does not say how long it goes on.
static double expected(const struct ct__source *source)
{
    (void)source;
    return 0;
}

static void rate(const struct ct__source *source, int *numerator, int *denominator)
{
    ct__generator_rate(((const struct lavfi *)source)->generator, numerator, denominator);
}

static void interrupt(struct ct__source *source)
{
    ct__generator_interrupt(((struct lavfi *)source)->generator);
}

const struct ct__source_class ct__source_lavfi = {
    .name = "lavfi",
    .help = "lavfi:GRAPH, pictures that libavfilter makes, as in lavfi:testsrc2=duration=2",
    .match = match,
    .open = open_lavfi,
    .read = read_lavfi,
    .expected = expected,
    .rate = rate,
    .interrupt = interrupt,
    .close = close_lavfi,
};
