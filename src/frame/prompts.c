// SPDX-License-Identifier: Apache-2.0
// What can be known of prompts without a model: numbers are numbers, places lie within the picture.
#include "frame/prompts.h"

#include <math.h>
#include <stdbool.h>

#include "base/log.h"

static bool is_sound(const struct ct_prompt *prompt)
{
    bool box = prompt->kind == CT_PROMPT_BOX;
    return prompt->kind >= CT_PROMPT_FOREGROUND && prompt->kind <= CT_PROMPT_BOX &&
           isfinite(prompt->x) && isfinite(prompt->y) &&
           (!box || (isfinite(prompt->x2) && isfinite(prompt->y2)));
}

int ct__prompts_check(const struct ct__prompts *prompts, const char *scope)
{
    if (prompts->count < 0 || prompts->count > CT_MAX_PROMPTS ||
        (prompts->count && !prompts->items))
        return ct__fail(CT_ERROR_INVALID, scope, "%d prompts: expected 0 to %d", prompts->count,
                        CT_MAX_PROMPTS);
    for (int i = 0; i < prompts->count; i++)
        if (!is_sound(&prompts->items[i]))
            return ct__fail(CT_ERROR_INVALID, scope,
                            "prompt %d is of kind %d at %g,%g: expected a point or a box", i + 1,
                            (int)prompts->items[i].kind, prompts->items[i].x, prompts->items[i].y);
    return CT_OK;
}

static int check_point(double x, double y, int number, int width, int height, const char *scope)
{
    if (x >= 0 && x <= width && y >= 0 && y <= height)
        return CT_OK;
    return ct__fail(CT_ERROR_INVALID, scope, "prompt %d: %g,%g lies outside the picture of %dx%d",
                    number, x, y, width, height);
}

int ct__prompts_check_within(const struct ct__prompts *prompts, int width, int height,
                             const char *scope)
{
    int error = CT_OK;
    for (int i = 0; i < prompts->count && !error; i++) {
        const struct ct_prompt *prompt = &prompts->items[i];
        error = check_point(prompt->x, prompt->y, i + 1, width, height, scope);
        if (!error && prompt->kind == CT_PROMPT_BOX)
            error = check_point(prompt->x2, prompt->y2, i + 1, width, height, scope);
    }
    return error;
}
