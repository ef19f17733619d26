// SPDX-License-Identifier: Apache-2.0
// Models that people ask for by name. A row stands here only if others too have found this checksum
// at this address: what comes from there is then the very file, or is refused.
#include <chiton/model.h>

// clang-format off
static const struct ct_known_model known[] = {
    {.name = "scrfd_2.5g",
     .url = "https://huggingface.co/immich-app/buffalo_m/resolve/main/detection/model.onnx",
     .sha256 = "041f73f47371333d1d17a6fee6c8ab4e6aecabefe398ff32cca4e2d5eaee0af9",
     .bytes = 3292009,
     .licence = "non-commercial research",
     .family = "scrfd",
     .help = "faces with five landmarks, any size (InsightFace's det_2.5g)"},
    {.name = "u2netp",
     .url = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/u2netp.onnx",
     .sha256 = "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
     .bytes = 4574861,
     .licence = "Apache-2.0",
     .help = "matte of what stands out, 320 x 320 (small U2-Net of rembg)"},
    {.name = "yolox_nano",
     .url = "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/"
            "yolox_nano.onnx",
     .sha256 = "c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d",
     .bytes = 3659407,
     .licence = "Apache-2.0",
     .family = "yolox",
     .help = "things of COCO's 80 classes, 416 x 416 (the smallest YOLOX)"},
};
// clang-format on

int ct_known_model_list(const struct ct_known_model **list)
{
    *list = known;
    return sizeof known / sizeof *known;
}
