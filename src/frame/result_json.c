// SPDX-License-Identifier: Apache-2.0
// A result as its line of JSON, straight into a text: it is written for every frame of a stream.
#include "frame/result.h"

#include <stdio.h>
#include <time.h>

#include "base/text.h"

// "2026-01-01T12:00:00.400Z"
static void write_wall(int64_t wall_ns, struct ct__json *json)
{
    time_t seconds = (time_t)(wall_ns / 1000000000);
    struct tm tm;
    char text[64], line[80];
    if (wall_ns < 0 || !gmtime_r(&seconds, &tm))
        return;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(line, sizeof line, "%s.%03dZ", text, (int)(wall_ns / 1000000 % 1000));
    ct__member_string(json, "time", line);
}

static void write_points(const struct ct_object *object, struct ct__json *json)
{
    static const char *const keys[] = {
        [CT_POINTS_LANDMARKS] = "landmarks",
        [CT_POINTS_KEYPOINTS] = "keypoints",
        [CT_POINTS_CORNERS] = "corners",
    };
    bool scored = object->point_kind == CT_POINTS_KEYPOINTS;
    ct__json_key(json, keys[object->point_kind]);
    ct__json_begin_array(json);
    for (int i = 0; i < object->point_count; i++) {
        ct__json_begin_array(json);
        ct__json_number(json, object->points[i].x, 2);
        ct__json_number(json, object->points[i].y, 2);
        if (scored)
            ct__json_number(json, object->points[i].score, 4);
        ct__json_end_array(json);
    }
    ct__json_end_array(json);
}

static void write_class(const char *label, int class_id, float score, struct ct__json *json)
{
    if (label)
        ct__member_string(json, "label", label);
    ct__member_int(json, "class", class_id);
    ct__member_number(json, "score", score, 4);
}

void ct__result_mask_json(const struct ct_result *result, const struct ct_mask *mask,
                          struct ct__json *json)
{
    ct__json_begin_object(json);
    ct__json_key(json, "size");
    ct__json_begin_array(json);
    ct__json_int(json, result->height);
    ct__json_int(json, result->width);
    ct__json_end_array(json);
    ct__json_key(json, "counts");
    ct__json_begin_array(json);
    for (int i = 0; i < mask->count; i++)
        ct__json_int(json, mask->runs[i]);
    ct__json_end_array(json);
    ct__json_end_object(json);
}

static void write_box(float x, float y, float width, float height, struct ct__json *json)
{
    const float box[] = {x, y, width, height};
    ct__json_key(json, "box");
    ct__json_begin_array(json);
    for (int i = 0; i < 4; i++)
        ct__json_number(json, box[i], 2);
    ct__json_end_array(json);
}

static void write_object(const struct ct_result *result, const struct ct_object *object,
                         struct ct__json *json)
{
    ct__json_begin_object(json);
    write_class(object->label, object->class_id, object->score, json);
    write_box(object->x, object->y, object->width, object->height, json);
    if (object->id > 0)
        ct__member_int(json, "id", object->id);
    if (object->point_kind != CT_POINTS_NONE)
        write_points(object, json);
    if (object->mask.count) {
        ct__json_key(json, "mask");
        ct__result_mask_json(result, &object->mask, json);
    }
    ct__json_end_object(json);
}

static void write_objects(const struct ct_result *result, struct ct__json *json)
{
    ct__json_key(json, "objects");
    ct__json_begin_array(json);
    for (int i = 0; i < result->count; i++)
        write_object(result, &result->objects[i], json);
    ct__json_end_array(json);
}

static void write_truth(const struct ct_result *result, struct ct__json *json)
{
    ct__json_key(json, "truth");
    ct__json_begin_array(json);
    for (int i = 0; i < result->truth_count; i++) {
        const struct ct_truth *truth = &result->truth[i];
        ct__json_begin_object(json);
        ct__member_int(json, "id", truth->id);
        ct__member_string(json, "label", truth->label);
        write_box(truth->x, truth->y, truth->width, truth->height, json);
        ct__member_number(json, "visible", truth->visible, 3);
        ct__json_end_object(json);
    }
    ct__json_end_array(json);
}

static void write_classes(const struct ct_result *result, struct ct__json *json)
{
    ct__json_key(json, "classes");
    ct__json_begin_array(json);
    for (int i = 0; i < result->class_count; i++) {
        const struct ct_class *class = &result->classes[i];
        ct__json_begin_object(json);
        write_class(class->label, class->class_id, class->score, json);
        ct__json_end_object(json);
    }
    ct__json_end_array(json);
}

// What share of the picture a matte covers.
static double mean_of(const struct ct_matte *matte)
{
    uint64_t sum = 0;
    for (int y = 0; y < matte->height; y++)
        for (int x = 0; x < matte->width; x++)
            sum += matte->alpha[y * matte->stride + x];
    return (double)sum / 255 / matte->width / matte->height;
}

static void write_mattes(const struct ct_result *result, struct ct__json *json)
{
    ct__json_key(json, "mattes");
    ct__json_begin_array(json);
    for (int i = 0; i < result->matte_count; i++) {
        const struct ct_matte *matte = &result->mattes[i];
        ct__json_begin_object(json);
        if (matte->label)
            ct__member_string(json, "label", matte->label);
        ct__member_int(json, "class", matte->class_id);
        ct__member_number(json, "mean", mean_of(matte), 4);
        ct__json_end_object(json);
    }
    ct__json_end_array(json);
}

static void write_error(const struct ct_result *result, struct ct__json *json)
{
    ct__member_string(json, "error",
                      result->reason ? result->reason : ct_error_name(result->error));
}

void ct__result_json(const struct ct_result *result, struct ct__json *json)
{
    ct__json_begin_object(json);
    ct__member_string(json, "source", result->source);
    ct__member_int(json, "frame", (int64_t)result->frame);
    if (result->pts_ns != CT_NO_TIME)
        ct__member_number(json, "pts", (double)result->pts_ns / 1e9, 6);
    if (result->wall_ns != CT_NO_TIME)
        write_wall(result->wall_ns, json);
    ct__member_int(json, "width", result->width);
    ct__member_int(json, "height", result->height);
    if (result->error)
        write_error(result, json);
    else
        write_objects(result, json);
    if (!result->error && result->classes)
        write_classes(result, json);
    if (!result->error && result->mattes)
        write_mattes(result, json);
    if (result->truth)
        write_truth(result, json);
    ct__json_end_object(json);
}

int64_t ct_result_json(const struct ct_result *result, char *buffer, size_t size)
{
    struct ct__text text = {0};
    struct ct__json json;
    ct__json_init(&json, &text);
    ct__result_json(result, &json);
    return ct__text_hand_out(&text, "result", buffer, size);
}
