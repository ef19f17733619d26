// SPDX-License-Identifier: Apache-2.0
// Stands for the others in a build without ONNX Runtime's headers: it knows its files and says why
// it cannot load them.
#include "base/log.h"
#include "base/text.h"
#include "runtime/backend.h"
#include "runtime/onnx.h"

static const char reason[] = "built without ONNX Runtime's headers";

int ct__ort_set_library(const char *path)
{
    return ct__fail(CT_ERROR_UNSUPPORTED, path ? path : "onnxruntime", "%s", reason);
}

static int probe(char *text, size_t text_size, char *path, size_t path_size)
{
    (void)path, (void)path_size;
    ct__copy_text(text, text_size, reason);
    return CT_ERROR_UNSUPPORTED;
}

static int load(void **model, const char *scope, const uint8_t *data, size_t size,
                const struct ct__plan *plan)
{
    (void)model, (void)data, (void)size, (void)plan;
    return ct__fail(CT_ERROR_UNSUPPORTED, scope, "no ONNX Runtime: %s", reason);
}

// There is no model, hence no call of the others.
const struct ct__backend ct__backend_ort = {
    .name = "ort",
    .help = "ONNX Runtime (not in this build)",
    .probe = probe,
    .accepts = ct__onnx_accepts,
    .beside = ct__onnx_beside,
    .load = load,
};
