// SPDX-License-Identifier: Apache-2.0
// Names of outputs after any names of inputs: one file in the folder, never the same twice, and
// never a path that leads out of it.
#include "sinks/names.h"
#include "fuzz.h"

enum { COUNT = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    struct ct__names names = {0};
    struct ct__text paths[COUNT] = {{0}};
    for (int i = 0; i < COUNT; i++) {
        char *source = fuzz_text(&bytes, 250);
        FUZZ_CHECK(!ct__names_take(&names, "out", source, ".jpg", &paths[i]));
        free(source);
        const char *path = paths[i].data;
        FUZZ_CHECK(!strncmp(path, "out/", 4) && !strchr(path + 4, '/'));
        FUZZ_CHECK(strlen(path + 4) < 256 && ct__ends_with(path, ".jpg"));
        for (int j = 0; j < i; j++)
            FUZZ_CHECK(strcmp(path, paths[j].data));
    }
    for (int i = 0; i < COUNT; i++)
        ct__text_finish(&paths[i]);
    ct__names_finish(&names);
    return 0;
}
