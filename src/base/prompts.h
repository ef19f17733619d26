// SPDX-License-Identifier: Apache-2.0
// Prompts as people and clients of rembg write them. Each function returns false with a sentence in
// `why` for what cannot be: "5,x: expected X,Y or ...". Pure functions; any thread.
#ifndef CT_BASE_PROMPTS_H
#define CT_BASE_PROMPTS_H

#include <stdbool.h>
#include <stddef.h>

#include <chiton/model.h>

struct ct__prompt_list {
    struct ct_prompt items[CT_MAX_PROMPTS];
    int count;
    // Which of SAM's models rembg's "sam" means: "" where that is not said, and whether it is the
    // one with small numbers.
    char model[64];
    bool quantised;
};

// Adds "X,Y" or "X,Y:LABEL" (1: of what is meant, 0: of something else), or "X1,Y1,X2,Y2".
bool ct__prompts_add_point(struct ct__prompt_list *list, const char *text, char *why, size_t size);
bool ct__prompts_add_box(struct ct__prompt_list *list, const char *text, char *why, size_t size);

// Adds what rembg's extras say, JSON of `length` bytes: {"sam_prompt": [{"type": "point",
// "data": [x, y], "label": 1}, {"type": "rectangle", "data": [x1, y1, x2, y2]}], "sam_model":
// "sam_vit_b_01ec64", "sam_quant": true}. Nothing, null and {} say nothing; anything else is
// refused: what rembg does by it is not done here.
bool ct__prompts_read_extras(struct ct__prompt_list *list, const char *text, size_t length,
                             char *why, size_t size);

// The name under which a model's file is looked for: where `name` is "sam" and the list says which
// of them is meant, that one's, written to `text`; else `name` itself.
const char *ct__prompts_model(const struct ct__prompt_list *list, const char *name, char text[96]);

#endif
