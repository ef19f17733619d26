// SPDX-License-Identifier: Apache-2.0
// Results as COCO's tools load them (https://cocodataset.org/#format-results): one array with an
// element for each object. It is written as it comes and closed when the run ends or is
// interrupted, so that the file is whole JSON in any case.
#include "base/json.h"
#include "base/log.h"
#include "frame/result.h"
#include "sinks/lines.h"
#include "sinks/names.h"

#include <string.h>

enum { LONGEST_NUMBER = 15 }; // of digits: exact in every reader of JSON

static const char prefix[] = "coco:";

struct coco {
    struct ct__lines lines;
    bool coco_classes;
    bool begun;     // the array has an element
    int64_t images; // answered so far
};

static int match(const char *output)
{
    return ct__lines_match(output, prefix, ".coco.json");
}

static int open_coco(struct ct__sink **out, const char *output,
                     const struct ct__sink_params *params)
{
    struct ct__lines *lines = NULL;
    if (params->live)
        return ct__fail(CT_ERROR_INVALID, output,
                        "is one document with an end, which a live stream has not: give .jsonl");
    int error = ct__lines_open(&lines, sizeof(struct coco), output, prefix, NULL, params);
    if (error)
        return error;
    ((struct coco *)lines)->coco_classes = params->coco_classes;
    *out = &lines->base;
    return CT_OK;
}

// COCO's eighty classes have ids of 1 to 90: those in the list have no class. Other classes count
// from 1.
static int category_id(const struct coco *self, int class_id)
{
    static const int unused[] = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83};
    int id = class_id + 1;
    for (size_t i = 0; self->coco_classes && i < sizeof unused / sizeof unused[0]; i++)
        id += unused[i] <= id;
    return id;
}

// COCO's own pictures are called by their id, "000000000139.jpg". What is not has the number of
// the picture or frame in this file, from 1.
static int64_t image_id(const struct coco *self, const struct ct__sink_item *item,
                        const char *file_name)
{
    size_t length = strspn(file_name, "0123456789");
    char digits[LONGEST_NUMBER + 1];
    int64_t number = 0;
    if (item->rate_num > 0 || length > LONGEST_NUMBER || file_name[length] != '.')
        return self->images;
    memcpy(digits, file_name, length);
    digits[length] = 0;
    return ct__parse_int(digits, &number) ? number : self->images;
}

static void put_keypoints(struct ct__json *json, const struct ct_object *object)
{
    ct__json_key(json, "keypoints");
    ct__json_begin_array(json);
    for (int i = 0; i < object->point_count; i++) {
        ct__json_number(json, object->points[i].x, 2);
        ct__json_number(json, object->points[i].y, 2);
        ct__json_number(json, object->points[i].score, 4);
    }
    ct__json_end_array(json);
}

static void put_element(const struct coco *self, struct ct__json *json,
                        const struct ct__sink_item *item, const struct ct_object *object)
{
    const float box[] = {object->x, object->y, object->width, object->height};
    const char *source = ct__names_path(item), *slash = strrchr(source, '/');
    const char *file_name = slash ? slash + 1 : source;
    ct__json_begin_object(json);
    ct__json_key(json, "image_id");
    ct__json_int(json, image_id(self, item, file_name));
    ct__json_key(json, "file_name");
    ct__json_string(json, file_name);
    if (item->rate_num > 0) {
        ct__json_key(json, "frame");
        ct__json_int(json, (int64_t)item->result->frame);
    }
    ct__json_key(json, "category_id");
    ct__json_int(json, category_id(self, object->class_id));
    ct__json_key(json, "bbox");
    ct__json_begin_array(json);
    for (int i = 0; i < 4; i++)
        ct__json_number(json, box[i], 2);
    ct__json_end_array(json);
    ct__json_key(json, "score");
    ct__json_number(json, object->score, 4);
    if (object->point_kind == CT_POINTS_KEYPOINTS)
        put_keypoints(json, object);
    if (object->mask.count) {
        ct__json_key(json, "segmentation");
        ct__result_mask_json(item->result, &object->mask, json);
    }
    if (object->id > 0) {
        ct__json_key(json, "track_id");
        ct__json_int(json, object->id);
    }
    ct__json_end_object(json);
}

static int write_coco(struct ct__sink *sink, const struct ct__sink_item *item)
{
    struct coco *self = (struct coco *)sink;
    const struct ct_result *result = item->result;
    struct ct__text *text = &self->lines.text;
    struct ct__json json;
    self->images++;
    if (!result->count)
        return CT_OK;
    ct__text_clear(text);
    for (int i = 0; i < result->count; i++) {
        ct__text_puts(text, self->begun || i ? ",\n" : "[\n");
        ct__json_init(&json, text);
        put_element(self, &json, item, &result->objects[i]);
    }
    int error = ct__lines_put(&self->lines);
    self->begun = self->begun || !error;
    return error;
}

static int close_coco(struct ct__sink *sink, bool complete)
{
    struct coco *self = (struct coco *)sink;
    (void)complete; // the array ends with what there is
    int error = CT_OK;
    if (!self->lines.failed) {
        ct__text_clear(&self->lines.text);
        ct__text_puts(&self->lines.text, self->begun ? "\n]\n" : "[]\n");
        error = ct__lines_put(&self->lines);
        self->lines.failed = error != CT_OK; // without its end it is no JSON
    }
    int closed = ct__lines_close(&self->lines);
    return error ? error : closed;
}

const struct ct__sink_class ct__sink_coco = {
    .name = "coco",
    .help = "results as COCO's tools load them, one JSON array",
    .forms = ".coco.json coco:PATH",
    .match = match,
    .open = open_coco,
    .write = write_coco,
    .close = close_coco,
};
