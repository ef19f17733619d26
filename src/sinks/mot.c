// SPDX-License-Identifier: Apache-2.0
// Results as MOTChallenge has them (https://motchallenge.net/instructions/): a line an object,
// frame,id,left,top,width,height,score,class,visibility, where frames, classes and the pixels of
// left and top count from 1. A file is one sequence: the frames of several inputs count on.
#include "base/json.h"
#include "sinks/lines.h"

static const char prefix[] = "mot:";

struct mot {
    struct ct__lines lines;
    bool track;
    struct ct__sink_count count;
};

static int match(const char *output)
{
    return ct__lines_match(output, prefix, ".mot.txt");
}

static int open_mot(struct ct__sink **out, const char *output, const struct ct__sink_params *params)
{
    struct ct__lines *lines = NULL;
    int error = ct__lines_open(&lines, sizeof(struct mot), output, prefix, NULL, params);
    error = error ? error : ct__lines_renew(lines);
    if (error) {
        if (lines)
            ct__lines_close(lines);
        return error;
    }
    ((struct mot *)lines)->track = params->track;
    *out = &lines->base;
    return CT_OK;
}

static void put_line(struct ct__text *line, uint64_t frame, const struct ct_object *object)
{
    const float box[] = {object->x + 1, object->y + 1, object->width, object->height};
    struct ct__json number;
    ct__json_init(&number, line);
    ct__json_int(&number, (int64_t)frame);
    ct__text_puts(line, ",");
    ct__json_int(&number, object->id > 0 ? object->id : -1);
    for (int i = 0; i < 4; i++) {
        ct__text_puts(line, ",");
        ct__json_number(&number, box[i], 2);
    }
    ct__text_puts(line, ",");
    ct__json_number(&number, object->score, 4);
    ct__text_puts(line, ",");
    ct__json_int(&number, object->class_id + 1);
    ct__text_puts(line, ",1\n"); // a detector sees no part of an object that is hidden
}

static int write_mot(struct ct__sink *sink, const struct ct__sink_item *item)
{
    struct mot *self = (struct mot *)sink;
    const struct ct_result *result = item->result;
    uint64_t frame = ct__sink_number(&self->count, item) + 1;
    ct__text_clear(&self->lines.text);
    // Tools that score tracks refuse an id, also -1, twice in a frame.
    for (int i = 0; i < result->count; i++)
        if (result->objects[i].id > 0 || !self->track)
            put_line(&self->lines.text, frame, &result->objects[i]);
    return ct__lines_put(&self->lines);
}

static int close_mot(struct ct__sink *sink, bool complete)
{
    (void)complete; // lines are whole, so that an interrupted file is good as well
    return ct__lines_close((struct ct__lines *)sink);
}

const struct ct__sink_class ct__sink_mot = {
    .name = "mot",
    .help = "tracks or detections as MOTChallenge's tools read them",
    .forms = ".mot.txt mot:PATH",
    .match = match,
    .open = open_mot,
    .write = write_mot,
    .close = close_mot,
};
