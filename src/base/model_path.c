// SPDX-License-Identifier: Apache-2.0
// The search for a model: a file as it is named, then the model folders.
#include "base/model_path.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <chiton/error.h>

#include "base/text.h"

// A folder is no model, whatever it is called.
static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

// Whether folder/name or folder/name.onnx is there, or the first half of a model of this name;
// `path` is written in any case.
static bool model_in(const char *folder, const char *name, char path[PATH_MAX])
{
    static const char *const endings[] = {"", ".onnx", ".encoder.onnx"};
    for (int i = 0; i < 3; i++) {
        int length = snprintf(path, PATH_MAX, "%s/%s%s", folder, name, endings[i]);
        if (length < PATH_MAX && is_file(path))
            return true;
    }
    return false;
}

static bool model_in_any(char folders[][PATH_MAX], int count, const char *name, char path[PATH_MAX])
{
    for (int i = 0; i < count; i++)
        if (model_in(folders[i], name, path))
            return true;
    // What script/bootstrap brought beside the source that this was built from.
    return model_in(CT_BUILD_MODELS, name, path);
}

// $XDG_DATA_HOME/chiton/models, and where the variable says nothing what the XDG specification puts
// in its place.
static void data_folder(char folder[PATH_MAX])
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    if (data && data[0])
        snprintf(folder, PATH_MAX, "%s/chiton/models", data);
    else
        snprintf(folder, PATH_MAX, "%s/.local/share/chiton/models", home ? home : "");
}

int ct__model_folders(const char *given, char folders[CT__MODEL_FOLDERS][PATH_MAX])
{
    int count = 0;
    if (given && given[0])
        ct__copy_text(folders[count++], PATH_MAX, given);
    data_folder(folders[count++]);
    return count;
}

bool ct__model_decoder(const char *path, char decoder[PATH_MAX])
{
    static const char from[] = "encoder", to[] = "decoder";
    const char *slash = strrchr(path, '/'), *last = NULL;
    for (const char *at = strstr(slash ? slash : path, from); at; at = strstr(at + 1, from))
        last = at;
    return last && snprintf(decoder, PATH_MAX, "%.*s%s%s", (int)(last - path), path, to,
                            last + strlen(from)) < PATH_MAX;
}

// Whether the usual or the known SAM is there.
static bool sam_in_any(char folders[][PATH_MAX], int count, char path[PATH_MAX])
{
    return model_in_any(folders, count, CT__SAM_USUAL, path) ||
           model_in_any(folders, count, CT__SAM_KNOWN, path);
}

// The path as it is named; false if it is too long.
static bool place(const struct ct__model_wish *wish, char path[PATH_MAX])
{
    bool absolute = wish->name[0] == '/' || !wish->beside;
    return snprintf(path, PATH_MAX, "%s%s%s", absolute ? "" : wish->beside, absolute ? "" : "/",
                    wish->name) < PATH_MAX;
}

int ct__model_path(const struct ct__model_wish *wish, char path[PATH_MAX], char *why, size_t size)
{
    char folders[CT__MODEL_FOLDERS][PATH_MAX];
    if (!place(wish, path)) {
        snprintf(why, size, "path too long");
        return CT_ERROR_LIMIT;
    }
    if (!wish->only_folders && is_file(path))
        return CT_OK;
    if (strchr(wish->name, '/')) {
        snprintf(why, size, "no such model file");
        return CT_ERROR_NOT_FOUND;
    }
    int count = ct__model_folders(wish->given, folders);
    if (model_in_any(folders, count, wish->name, path) ||
        (strcmp(wish->name, "sam") == 0 && sam_in_any(folders, count, path)))
        return CT_OK;
    snprintf(why, size, "no such model: neither a file %s nor in %s%s%s (each also with .onnx)",
             wish->beside ? wish->beside : "here", folders[0], count > 1 ? " or " : "",
             count > 1 ? folders[1] : "");
    return CT_ERROR_NOT_FOUND;
}
