// SPDX-License-Identifier: Apache-2.0
// A fingerprint of a whole run: SHA-256 over the lines that the jsonl sink would write. Two runs
// that agree in it agree in every byte, which makes tests and comparisons one line long.
#include "base/hash.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "sinks/sink.h"

#include <inttypes.h>
#include <string.h>

static const char prefix[] = "hash:";

struct hash {
    struct ct__sink base;
    struct ct__out out;
    struct ct__text line;
    struct ct__hash *digest;
    uint64_t frames;
};

static int match(const char *output)
{
    return strncmp(output, prefix, strlen(prefix)) == 0 ? 100 : 0;
}

static void destroy(struct hash *self)
{
    ct__out_discard(&self->out);
    ct__hash_destroy(&self->digest);
    ct__text_finish(&self->line);
    ct__free(self);
}

static int open_hash(struct ct__sink **out, const char *output,
                     const struct ct__sink_params *params)
{
    (void)params;
    const char *path = output + strlen(prefix);
    struct hash *self = ct__calloc(1, sizeof *self);
    if (!self)
        return ct__fail_memory(output);
    int error = ct__hash_create(&self->digest);
    if (error)
        error = ct__fail_memory(output);
    else
        error = ct__out_open(&self->out, *path ? path : "-");
    if (error) {
        destroy(self);
        return error;
    }
    *out = &self->base;
    return CT_OK;
}

static int write_hash(struct ct__sink *sink, const struct ct__sink_item *item)
{
    struct hash *self = (struct hash *)sink;
    int error = ct__sink_line(&self->line, item->result, prefix);
    if (error)
        return error;
    ct__hash_update(self->digest, self->line.data, self->line.length);
    self->frames++;
    return CT_OK;
}

static int close_hash(struct ct__sink *sink, bool complete)
{
    struct hash *self = (struct hash *)sink;
    (void)complete; // the number of frames says how far an interrupted run came
    uint8_t digest[CT__HASH_SIZE];
    char text[2 * CT__HASH_SIZE + 1];
    ct__hash_digest(self->digest, digest);
    ct__hash_text(digest, text);
    fprintf(self->out.file, "%s  %" PRIu64 " frames\n", text, self->frames);
    int error = ct__out_commit(&self->out); // tells what fprintf() may have met
    destroy(self);
    return error;
}

const struct ct__sink_class ct__sink_hash = {
    .name = "hash",
    .help = "SHA-256 of all lines, printed at the end",
    .forms = "hash: hash:PATH",
    .match = match,
    .open = open_hash,
    .write = write_hash,
    .close = close_hash,
};
