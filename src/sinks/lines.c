// SPDX-License-Identifier: Apache-2.0
// A file of text that grows item by item. A terminal sees each item at once; files and pipes get
// them in blocks.
#include "sinks/lines.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <string.h>

int ct__lines_match(const char *output, const char *prefix, const char *ending)
{
    if (strncmp(output, prefix, strlen(prefix)) == 0)
        return 100;
    return ct__ends_with(output, ending) ? 80 : 0;
}

int ct__lines_open(struct ct__lines **out, size_t size, const char *output, const char *prefix)
{
    bool prefixed = strncmp(output, prefix, strlen(prefix)) == 0;
    const char *path = prefixed ? output + strlen(prefix) : output;
    if (!*path)
        return ct__fail(CT_ERROR_INVALID, output, "names no file: %sPATH or %s-", prefix, prefix);
    struct ct__lines *lines = ct__calloc(1, size);
    if (!lines)
        return ct__fail_memory(output);
    int error = ct__out_open(&lines->out, path);
    if (error) {
        ct__free(lines);
        return error;
    }
    *out = lines;
    return CT_OK;
}

int ct__lines_put(struct ct__lines *lines)
{
    const char *path = lines->out.path;
    struct ct__text *text = &lines->text;
    if (text->failed) {
        ct__text_finish(text);
        return ct__fail_memory(path);
    }
    if (fwrite(text->data, 1, text->length, lines->out.file) == text->length)
        return CT_OK;
    lines->failed = true;
    return ct__fail(CT_ERROR_IO, path, "cannot write: %s", strerror(errno));
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
