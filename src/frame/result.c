// SPDX-License-Identifier: Apache-2.0
// Results: filled again for every frame in the same memory, copied for those who keep them, written
// as a JSON line.
#include "frame/result.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"

void ct__result_clear(struct ct__result *result)
{
    result->view = (struct ct_result){.objects = result->objects};
    result->reason[0] = 0;
}

int ct__result_add(struct ct__result *result, const struct ct_object *object)
{
    int count = result->view.count;
    if (count == result->capacity) {
        int capacity = count ? 2 * count : 16;
        struct ct_object *objects =
            ct__realloc_array(result->objects, (size_t)capacity, sizeof *objects);
        if (!objects)
            return ct__fail_memory("result");
        result->objects = objects;
        result->capacity = capacity;
    }
    result->objects[count] = *object;
    result->view.objects = result->objects;
    result->view.count = count + 1;
    return CT_OK;
}

void ct__result_finish(struct ct__result *result)
{
    ct__free(result->objects);
    *result = (struct ct__result){0};
}

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

// Copies a text to *at and moves on behind it.
static const char *put_text(char **at, const char *text)
{
    size_t size = text_size(text);
    if (!size)
        return NULL;
    char *copy = memcpy(*at, text, size);
    *at += size;
    return copy;
}

struct ct_result *ct__result_copy(const struct ct_result *result)
{
    size_t objects = (size_t)result->count * sizeof *result->objects;
    size_t texts = text_size(result->source) + text_size(result->reason);
    char *memory = ct__alloc(sizeof *result + objects + texts);
    if (!memory)
        return NULL;
    struct ct_result *copy = memcpy(memory, result, sizeof *result);
    char *at = memory + sizeof *result;
    copy->objects = objects ? memcpy(at, result->objects, objects) : NULL;
    at += objects;
    copy->source = put_text(&at, result->source);
    copy->reason = put_text(&at, result->reason);
    return copy;
}

void ct_result_destroy(struct ct_result **result)
{
    ct__free(*result);
    *result = NULL;
}

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
    ct__json_key(json, "time");
    ct__json_string(json, line);
}

static void write_points(const struct ct_object *object, struct ct__json *json)
{
    bool scored = object->point_kind == CT_POINTS_KEYPOINTS;
    ct__json_key(json, scored ? "keypoints" : "landmarks");
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

static void write_object(const struct ct_object *object, struct ct__json *json)
{
    const float box[] = {object->x, object->y, object->width, object->height};
    ct__json_begin_object(json);
    if (object->label) {
        ct__json_key(json, "label");
        ct__json_string(json, object->label);
    }
    ct__json_key(json, "class");
    ct__json_int(json, object->class_id);
    ct__json_key(json, "score");
    ct__json_number(json, object->score, 4);
    ct__json_key(json, "box");
    ct__json_begin_array(json);
    for (int i = 0; i < 4; i++)
        ct__json_number(json, box[i], 2);
    ct__json_end_array(json);
    if (object->id > 0) {
        ct__json_key(json, "id");
        ct__json_int(json, object->id);
    }
    if (object->point_kind != CT_POINTS_NONE)
        write_points(object, json);
    ct__json_end_object(json);
}

static void write_objects(const struct ct_result *result, struct ct__json *json)
{
    ct__json_key(json, "objects");
    ct__json_begin_array(json);
    for (int i = 0; i < result->count; i++)
        write_object(&result->objects[i], json);
    ct__json_end_array(json);
}

static void write_error(const struct ct_result *result, struct ct__json *json)
{
    ct__json_key(json, "error");
    ct__json_string(json, result->reason ? result->reason : ct_error_name(result->error));
}

void ct__result_json(const struct ct_result *result, struct ct__json *json)
{
    ct__json_begin_object(json);
    ct__json_key(json, "source");
    ct__json_string(json, result->source);
    ct__json_key(json, "frame");
    ct__json_int(json, (int64_t)result->frame);
    if (result->pts_ns != CT_NO_TIME) {
        ct__json_key(json, "pts");
        ct__json_number(json, (double)result->pts_ns / 1e9, 6);
    }
    if (result->wall_ns != CT_NO_TIME)
        write_wall(result->wall_ns, json);
    ct__json_key(json, "width");
    ct__json_int(json, result->width);
    ct__json_key(json, "height");
    ct__json_int(json, result->height);
    if (result->error)
        write_error(result, json);
    else
        write_objects(result, json);
    ct__json_end_object(json);
}
