// SPDX-License-Identifier: Apache-2.0
// Finds the sink for an output as a person writes it, and what several sinks share: the line of
// JSON, and counting on from input to input.
#include "sinks/sink.h"

#include "base/json.h"
#include "base/log.h"
#include "frame/result.h"

static int fail_unknown(const char *output)
{
    struct ct__text forms = {0};
    for (const struct ct__sink_class *const *class = ct__sinks(); *class; class ++)
        ct__text_printf(&forms, " %s", (*class)->forms);
    int error = ct__fail(CT_ERROR_INVALID, output, "no output of this kind:%s",
                         forms.failed ? "" : forms.data);
    ct__text_finish(&forms);
    return error;
}

static const struct ct__sink_class *find_class(const char *output)
{
    const struct ct__sink_class *best = NULL;
    int best_score = 0;
    for (const struct ct__sink_class *const *class = ct__sinks(); *class; class ++) {
        int score = (*class)->match(output);
        if (score > best_score) {
            best = *class;
            best_score = score;
        }
    }
    return best;
}

int ct__sink_open(struct ct__sink **out, const char *output, const struct ct__sink_params *params)
{
    const struct ct__sink_class *best = find_class(output);
    if (!best)
        return fail_unknown(output);
    return ct__sink_open_as(out, best, output, params);
}

int ct__sink_open_as(struct ct__sink **out, const struct ct__sink_class *class, const char *output,
                     const struct ct__sink_params *params)
{
    int error = class->open(out, output, params);
    if (!error)
        (*out)->class = class;
    return error;
}

int ct__sinks_with_sound(const char *const *outputs)
{
    int count = 0;
    for (; outputs && *outputs; outputs++) {
        const struct ct__sink_class *class = find_class(*outputs);
        count += class && class->sounds && class->sounds(*outputs);
    }
    return count;
}

bool ct__sinks_want_mattes(const char *const *outputs)
{
    bool wanted = false;
    for (; outputs && *outputs; outputs++) {
        const struct ct__sink_class *class = find_class(*outputs);
        wanted = wanted || (class && class->wants_mattes);
    }
    return wanted;
}

int ct__sink_close(struct ct__sink **sink, bool complete)
{
    struct ct__sink *closing = *sink;
    *sink = NULL;
    return closing ? closing->class->close(closing, complete) : CT_OK;
}

uint64_t ct__sink_number(struct ct__sink_count *count, const struct ct__sink_item *item)
{
    if (item->part != count->part) {
        count->part = item->part;
        count->first = count->next;
    }
    uint64_t number = count->first + item->result->frame;
    count->next = number >= count->next ? number + 1 : count->next;
    return number;
}

int ct__sink_line(struct ct__text *text, const struct ct_result *result, const char *scope)
{
    struct ct__json json;
    ct__text_clear(text);
    ct__json_init(&json, text);
    ct__result_json(result, &json);
    ct__text_puts(text, "\n");
    if (!text->failed)
        return CT_OK;
    ct__text_finish(text); // so that the next line may try again
    return ct__fail_memory(scope);
}
