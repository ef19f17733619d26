// SPDX-License-Identifier: Apache-2.0
// A file of text that grows item by item. A terminal sees each item at once; files and pipes get
// them in blocks.
#include "sinks/lines.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int ct__lines_match(const char *output, const char *prefix, const char *ending)
{
    if (strncmp(output, prefix, strlen(prefix)) == 0)
        return 100;
    return ct__ends_with(output, ending) ? 80 : 0;
}

static int put_bytes(struct ct__lines *lines, const char *data, size_t size)
{
    FILE *file = lines->out.file;
    bool whole = fwrite(data, 1, size, file) == size && (!lines->live || fflush(file) == 0);
    if (whole) {
        lines->size += lines->size >= 0 ? (int64_t)size : 0;
        return CT_OK;
    }
    int why = errno;
    lines->failed = true;
    // Lines stay whole: what comes after a while is not to be added to a half of one.
    if (lines->live && lines->size >= 0 && ftruncate(fileno(file), lines->size))
        why = errno;
    return ct__fail(CT_ERROR_IO, lines->out.path, "cannot write: %s", strerror(why));
}

static int open_file(struct ct__lines *lines, const char *path)
{
    int error = lines->live ? ct__out_append(&lines->out, path, &lines->size)
                            : ct__out_open(&lines->out, path);
    if (!error && lines->header && lines->size <= 0)
        error = put_bytes(lines, lines->header, strlen(lines->header));
    if (error)
        ct__out_discard(&lines->out);
    return error;
}

int ct__lines_open(struct ct__lines **out, size_t size, const char *output, const char *prefix,
                   const char *header, const struct ct__sink_params *params)
{
    bool prefixed = strncmp(output, prefix, strlen(prefix)) == 0;
    const char *path = prefixed ? output + strlen(prefix) : output;
    if (!*path)
        return ct__fail(CT_ERROR_INVALID, output, "names no file: %sPATH or %s-", prefix, prefix);
    struct ct__lines *lines = ct__calloc(1, size);
    if (!lines)
        return ct__fail_memory(output);
    lines->header = header;
    lines->live = params->live;
    lines->rotate_bytes = params->rotate_bytes;
    lines->rotate_keep = params->rotate_keep;
    int error = open_file(lines, path);
    if (error) {
        ct__free(lines);
        return error;
    }
    *out = lines;
    return CT_OK;
}

static int shift_file(const char *path, int from, struct ct__text names[2])
{
    for (int i = 0; i < 2; i++) {
        ct__text_clear(&names[i]);
        ct__text_puts(&names[i], path);
        if (from + i > 0)
            ct__text_printf(&names[i], ".%d", from + i);
        if (names[i].failed)
            return ct__fail_memory(path);
    }
    if (rename(names[0].data, names[1].data) && errno != ENOENT)
        return ct__fail(CT_ERROR_IO, names[0].data, "cannot be renamed: %s", strerror(errno));
    return CT_OK;
}

// Makes place for a new file: the oldest goes, the others move on by one.
static int rotate(struct ct__lines *lines)
{
    struct ct__text names[2] = {{0}};
    char *path = lines->out.path;
    lines->out.path = NULL;
    ct__out_discard(&lines->out);
    int error = CT_OK;
    for (int i = lines->rotate_keep - 1; !error && i >= 0; i--)
        error = shift_file(path, i, names);
    // Where renaming fails, lines go on in the old file rather than nowhere.
    int opened = open_file(lines, path);
    ct__text_finish(&names[0]);
    ct__text_finish(&names[1]);
    ct__free(path);
    lines->failed |= opened != CT_OK;
    return opened ? opened : error == CT_ERROR_IO ? CT_OK : error;
}

int ct__lines_renew(struct ct__lines *lines)
{
    return lines->live && lines->size > 0 ? rotate(lines) : CT_OK;
}

int ct__lines_put(struct ct__lines *lines)
{
    struct ct__text *text = &lines->text;
    if (lines->failed)
        return CT_ERROR_IO; // told already, and there may be no file
    if (text->failed) {
        ct__text_finish(text);
        return ct__fail_memory(lines->out.path);
    }
    int error = CT_OK;
    if (lines->live && lines->rotate_keep && lines->size >= lines->rotate_bytes)
        error = rotate(lines);
    return error ? error : put_bytes(lines, text->data, text->length);
}

int ct__lines_close(struct ct__lines *lines)
{
    int error = CT_OK;
    if (lines->failed)
        ct__out_discard(&lines->out);
    else
        error = ct__out_commit(&lines->out);
    ct__text_finish(&lines->text);
    ct__free(lines);
    return error;
}
