// SPDX-License-Identifier: Apache-2.0
// A name is a file's unless a word and a colon stand in front.
#include "config/place.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "base/url.h"

// Length of "jsonl:" at the start of a text, 0 without. One letter is no word but a file's name.
static size_t prefix_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]))
        length++;
    return length > 1 && text[length] == ':' ? length + 1 : 0;
}

// What is in `text`, as a string of the arena; frees the text.
static const char *settle(struct ct__text *text, struct ct__arena *arena)
{
    const char *own =
        text->failed || !text->data ? NULL : ct__arena_text(arena, text->data, text->length);
    ct__text_finish(text);
    return own;
}

static void put_placed(struct ct__text *text, const char *folder, const char *name)
{
    if (folder && *name != '/')
        ct__text_printf(text, "%s/", folder);
    ct__text_puts(text, name);
}

const char *ct__place_of(const char *path, struct ct__arena *arena, bool *failed)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return NULL;
    const char *folder = ct__arena_text(arena, path, slash == path ? 1 : (size_t)(slash - path));
    *failed |= !folder;
    return folder;
}

const char *ct__place_file(const char *folder, const char *name, struct ct__arena *arena)
{
    struct ct__text text = {0};
    put_placed(&text, folder, name);
    return settle(&text, arena);
}

// Where the file's name begins in "synthetic:pan?zoom=2&image=FILE", or NULL.
static const char *file_in(const char *input)
{
    static const char *const keys[] = {"image=", "clip="};
    const char *query = strncmp(input, "synthetic:", 10) == 0 ? strchr(input, '?') : NULL;
    for (; query; query = strchr(query + 1, '&'))
        for (int i = 0; i < 2; i++)
            if (strncmp(query + 1, keys[i], strlen(keys[i])) == 0)
                return query + 1 + strlen(keys[i]);
    return NULL;
}

const char *ct__place_input(const char *folder, const char *input, struct ct__arena *arena)
{
    struct ct__text text = {0};
    const char *file = file_in(input);
    if (file) {
        ct__text_append(&text, input, (size_t)(file - input));
        put_placed(&text, folder, file);
    } else if (prefix_length(input) || strcmp(input, "-") == 0) {
        ct__text_puts(&text, input);
    } else {
        put_placed(&text, folder, input);
    }
    return settle(&text, arena);
}

const char *ct__place_output(const char *folder, const char *output, const char *camera,
                             struct ct__arena *arena)
{
    struct ct__text text = {0};
    size_t prefix = prefix_length(output);
    const char *at = output + prefix;
    bool file = strcmp(output, "-") != 0 && !ct__url_scheme(output) && *at;
    ct__text_append(&text, output, prefix);
    if (file && folder && *at != '/')
        ct__text_printf(&text, "%s/", folder);
    for (const char *mark; (mark = strstr(at, "{camera}")); at = mark + strlen("{camera}")) {
        ct__text_append(&text, at, (size_t)(mark - at));
        ct__text_puts(&text, camera);
    }
    ct__text_puts(&text, at);
    return settle(&text, arena);
}
