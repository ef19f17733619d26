// SPDX-License-Identifier: Apache-2.0
// Poses as ONNX Runtime 1.20.1, for the test that such a library is refused before it is asked for
// anything.
#include <stdlib.h>

struct base {
    const void *(*get_api)(unsigned version);
    const char *(*get_version)(void);
};
const struct base *OrtGetApiBase(void);

static const void *get_api(unsigned version)
{
    (void)version;
    abort();
}

static const char *get_version(void)
{
    return "1.20.1";
}

static const struct base base = {get_api, get_version};

__attribute__((visibility("default"))) const struct base *OrtGetApiBase(void)
{
    return &base;
}
