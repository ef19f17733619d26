// SPDX-License-Identifier: Apache-2.0
// A file's name without folder and ending is what requests say: "u2netp" of /models/u2netp.onnx.
#include "service/shelf.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/model_path.h"
#include "base/text.h"

static const char SCOPE[] = "serve";

// The name of a file without its last ending, and of a model of two files without "encoder"; false
// if it is too long for a name.
static bool name_of(const char *path, char name[CT__LONGEST_MODEL + 1])
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    size_t length = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    if (length > CT__LONGEST_MODEL)
        return false;
    memcpy(name, base, length);
    name[length] = 0;
    char *ending = ct__ends_with(name, ".encoder") ? strrchr(name, '.') : NULL;
    if (ending && ending > name)
        *ending = 0;
    return true;
}

static int add(struct ct__shelf *shelf, const char *path)
{
    struct ct__given_model *model = &shelf->models[shelf->count];
    if (!name_of(path, model->name) || !ct__model_name_is_plain(model->name))
        return ct__fail(CT_ERROR_INVALID, SCOPE,
                        "%s: a model is called by its file's name, of letters, digits and . _ - in "
                        "at most %d bytes",
                        path, CT__LONGEST_MODEL);
    for (int i = 0; i < shelf->count; i++)
        if (strcmp(shelf->models[i].name, model->name) == 0)
            return ct__fail(CT_ERROR_INVALID, SCOPE, "two models are called %s: %s and %s",
                            model->name, shelf->models[i].path, path);
    model->path = ct__strdup(path);
    if (!model->path)
        return ct__fail_memory(SCOPE);
    shelf->count++;
    return CT_OK;
}

int ct__shelf_fill(struct ct__shelf *shelf, const char *const *models, int count,
                   const char *folder)
{
    char path[PATH_MAX], why[3 * PATH_MAX];
    int error = CT_OK;
    shelf->models = ct__calloc((size_t)count + 1, sizeof *shelf->models);
    if (!shelf->models)
        return ct__fail_memory(SCOPE);
    for (int i = 0; i < count && !error; i++) {
        const struct ct__model_wish wish = {.name = models[i], .given = folder};
        error = ct__model_path(&wish, path, why, sizeof why);
        error = error ? ct__fail(error, models[i], "%s", why) : add(shelf, path);
    }
    return error;
}

void ct__shelf_finish(struct ct__shelf *shelf)
{
    for (int i = 0; i < shelf->count; i++)
        ct__free(shelf->models[i].path);
    ct__free(shelf->models);
    *shelf = (struct ct__shelf){0};
}
