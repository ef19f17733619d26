// SPDX-License-Identifier: Apache-2.0
// The YAML file beside a model.
#include "models/sidecar.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct__sidecar sidecar = {0};
    if (!ct__sidecar_parse(&sidecar, "fuzz.yaml", (const char *)data, size)) {
        FUZZ_CHECK(sidecar.width >= 0 && sidecar.height >= 0 && sidecar.max_objects >= 0);
        FUZZ_CHECK(sidecar.conf >= 0 && sidecar.conf <= 1 && sidecar.iou >= 0 && sidecar.iou <= 1);
        FUZZ_CHECK(sidecar.labels.count >= 0 && sidecar.labels.count <= CT__MAX_LABELS);
        for (int c = 0; c < 3; c++)
            FUZZ_CHECK(isfinite(sidecar.mean[c]) && isfinite(sidecar.scale[c]));
    }
    ct__sidecar_finish(&sidecar);
    return 0;
}
