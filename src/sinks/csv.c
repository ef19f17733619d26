// SPDX-License-Identifier: Apache-2.0
// Results as a table: a row an object, with the names of the columns in the first (RFC 4180, but
// for line feeds alone). What is unknown is an empty field.
#include "base/json.h"
#include "sinks/lines.h"

#include <string.h>

static const char prefix[] = "csv:";
static const char header[] = "source,frame,pts,label,class,score,x,y,width,height,id\n";

static int match(const char *output)
{
    return ct__lines_match(output, prefix, ".csv");
}

static int open_csv(struct ct__sink **out, const char *output, const struct ct__sink_params *params)
{
    struct ct__lines *self = NULL;
    int error = ct__lines_open(&self, sizeof *self, output, prefix, header, params);
    if (!error)
        *out = &self->base;
    return error;
}

// A field of text; quoted only where it must be.
static void put_text(struct ct__text *row, const char *field)
{
    if (!strpbrk(field, ",\"\r\n")) {
        ct__text_puts(row, field);
        return;
    }
    ct__text_puts(row, "\"");
    for (const char *quote; (quote = strchr(field, '"')); field = quote + 1) {
        ct__text_append(row, field, (size_t)(quote - field));
        ct__text_puts(row, "\"\"");
    }
    ct__text_puts(row, field);
    ct__text_puts(row, "\"");
}

// Numbers as JSON has them, whatever the locale; outside of objects and arrays the writer puts no
// commas.
static void put_row(struct ct__text *row, const struct ct_result *result,
                    const struct ct_object *object)
{
    const float box[] = {object->x, object->y, object->width, object->height};
    struct ct__json number;
    ct__json_init(&number, row);
    put_text(row, result->source ? result->source : "");
    ct__text_puts(row, ",");
    ct__json_int(&number, (int64_t)result->frame);
    ct__text_puts(row, ",");
    if (result->pts_ns != CT_NO_TIME)
        ct__json_number(&number, (double)result->pts_ns / 1e9, 6);
    ct__text_puts(row, ",");
    put_text(row, object->label ? object->label : "");
    ct__text_puts(row, ",");
    ct__json_int(&number, object->class_id);
    ct__text_puts(row, ",");
    ct__json_number(&number, object->score, 4);
    for (int i = 0; i < 4; i++) {
        ct__text_puts(row, ",");
        ct__json_number(&number, box[i], 2);
    }
    ct__text_puts(row, ",");
    if (object->id > 0)
        ct__json_int(&number, object->id);
    ct__text_puts(row, "\n");
}

static int write_csv(struct ct__sink *sink, const struct ct__sink_item *item)
{
    struct ct__lines *self = (struct ct__lines *)sink;
    ct__text_clear(&self->text);
    for (int i = 0; i < item->result->count; i++)
        put_row(&self->text, item->result, &item->result->objects[i]);
    return ct__lines_put(self);
}

static int close_csv(struct ct__sink *sink, bool complete)
{
    (void)complete; // rows are whole, so that an interrupted file is good as well
    return ct__lines_close((struct ct__lines *)sink);
}

const struct ct__sink_class ct__sink_csv = {
    .name = "csv",
    .help = "a table with a row for each object",
    .forms = ".csv csv:PATH",
    .match = match,
    .open = open_csv,
    .write = write_csv,
    .close = close_csv,
};
