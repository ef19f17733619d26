// SPDX-License-Identifier: Apache-2.0
// rembg counts from 0 where the cut-out's parameters have 0 for a default.
#include "service/wish.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum { LONGEST = 64, MOST_EROSION = 1000 };

struct fields {
    int64_t a, af, ab, ae, om, ppm, dc, vm;
};

static const struct field {
    const char *name;
    size_t offset;
    int preset, most; // most 1: yes or no
} table[] = {
    {"a", offsetof(struct fields, a), 0, 1},
    {"af", offsetof(struct fields, af), 240, 255},
    {"ab", offsetof(struct fields, ab), 10, 255},
    {"ae", offsetof(struct fields, ae), 10, MOST_EROSION},
    {"om", offsetof(struct fields, om), 0, 1},
    {"ppm", offsetof(struct fields, ppm), 0, 1},
    {"dc", offsetof(struct fields, dc), 0, 1},
    {"vm", offsetof(struct fields, vm), 0, 1},
};

// Where fields are looked for.
struct place {
    const struct ct__request *request;
    const struct ct__form *form;
    char *why;
    size_t size;
};

// The bytes of a field; NULL where it is not given.
static const char *find_bytes(const struct place *place, const char *name, size_t *size)
{
    const struct ct__field_part *part = place->form ? ct__form_find(place->form, name) : NULL;
    const char *data = part ? part->data : ct__request_query(place->request, name);
    *size = part ? part->size : data ? strlen(data) : 0;
    return data;
}

// The text of a field, "" where it is not given. False if it is too long or holds a zero byte.
static bool find(const struct place *place, const char *name, char text[LONGEST])
{
    size_t size;
    const char *data = find_bytes(place, name, &size);
    bool good = size < LONGEST && !(size && memchr(data, 0, size));
    if (good && size)
        memcpy(text, data, size);
    text[good ? size : 0] = 0;
    if (!good)
        snprintf(place->why, place->size, "%s: a value as long as no value is", name);
    return good;
}

static bool read_word(const char *text, int64_t *value)
{
    static const char *const words[][6] = {{"0", "off", "f", "false", "n", "no"},
                                           {"1", "on", "t", "true", "y", "yes"}};
    for (int is = 0; is < 2; is++)
        for (int i = 0; i < 6; i++)
            if (strcasecmp(text, words[is][i]) == 0) {
                *value = is;
                return true;
            }
    return false;
}

static bool read_field(const struct place *place, const struct field *field, int64_t *value)
{
    char text[LONGEST];
    *value = field->preset;
    if (!find(place, field->name, text))
        return false;
    bool word = field->most == 1;
    if (!text[0] || (word && read_word(text, value)) ||
        (!word && ct__parse_int(text, value) && *value >= 0 && *value <= field->most))
        return true;
    if (word)
        snprintf(place->why, place->size, "%s = %s: expected true or false", field->name, text);
    else
        snprintf(place->why, place->size, "%s = %s: expected 0 to %d", field->name, text,
                 field->most);
    return false;
}

static bool read_colour(const struct place *place, struct ct_cutout_params *cut)
{
    char text[LONGEST];
    if (!find(place, "bgc", text))
        return false;
    cut->has_colour = text[0] != 0;
    if (!text[0] || ct__parse_colour(text, cut->colour))
        return true;
    snprintf(place->why, place->size, "bgc = %s: expected R,G,B,A, 0 to 255 each", text);
    return false;
}

// What cannot be done is refused: a picture without it would not be what was asked for.
static bool check_unknown(const struct place *place, const struct fields *fields)
{
    const char *unknown = fields->dc ? "dc" : fields->vm ? "vm" : NULL;
    if (unknown)
        snprintf(place->why, place->size, "%s: this server has nothing of the kind", unknown);
    return !unknown;
}

static bool read_extras(const struct place *place, struct ct__wish *wish)
{
    char why[256];
    size_t size;
    const char *text = find_bytes(place, "extras", &size);
    bool good = ct__prompts_read_extras(&wish->prompts, text ? text : "", size, why, sizeof why);
    if (!good)
        snprintf(place->why, place->size, "extras: %s", why);
    wish->cut.prompts = wish->prompts.items;
    wish->cut.prompt_count = wish->prompts.count;
    return good;
}

static int or_least(int64_t value)
{
    return value ? (int)value : -1;
}

bool ct__wish_read(struct ct__wish *wish, const struct ct__request *request,
                   const struct ct__form *form, char *why, size_t size)
{
    const struct place place = {request, form, why, size};
    struct fields fields;
    *wish = (struct ct__wish){0};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t *value = (int64_t *)(void *)((char *)&fields + table[i].offset);
        if (!read_field(&place, &table[i], value))
            return false;
    }
    wish->cut = (struct ct_cutout_params){
        .only_mask = fields.om != 0,
        .post_process_mask = fields.ppm != 0,
        .alpha_matting = fields.a != 0,
        .foreground_threshold = or_least(fields.af),
        .background_threshold = or_least(fields.ab),
        .erode_size = or_least(fields.ae),
    };
    return find(&place, "model", wish->model) && read_colour(&place, &wish->cut) &&
           check_unknown(&place, &fields) && read_extras(&place, wish);
}

void ct__wish_settle_model(struct ct__wish *wish, const char *preset)
{
    char text[sizeof wish->model];
    const char *named = wish->model[0] ? wish->model : preset;
    const char *name = ct__prompts_model(&wish->prompts, named, text);
    ct__copy_text(wish->model, sizeof wish->model, name);
}
