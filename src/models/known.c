// SPDX-License-Identifier: Apache-2.0
// Models that people ask for by name. A row stands here only if others too have found this checksum
// at this address: what comes from there is then the very file, or is refused.
#include <string.h>

#include <chiton/model.h>

#include "base/model_path.h"

// clang-format off
static const struct ct_known_model known[] = {
    {.name = "birefnet-general",
     .url = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/"
            "BiRefNet-general-epoch_244.onnx",
     .sha256 = "58f621f00f5d756097615970a88a791584600dcf7c45b18a0a6267535a1ebd3c",
     .bytes = 972666916,
     .licence = "MIT",
     .family = "birefnet",
     .help = "matte of any object, 1024 x 1024 (BiRefNet)"},
    {.name = "birefnet-general-lite",
     .url = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/"
            "BiRefNet-general-bb_swin_v1_tiny-epoch_232.onnx",
     .sha256 = "5600024376f572a557870a5eb0afb1e5961636bef4e1e22132025467d0f03333",
     .bytes = 224005088,
     .licence = "MIT",
     .family = "birefnet",
     .help = "matte of any object, 1024 x 1024 (small BiRefNet)"},
    {.name = "birefnet-portrait",
     .url = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/"
            "BiRefNet-portrait-epoch_150.onnx",
     .sha256 = "1ba1c8ff5a7bbfadc8d8d13fb11d7be793f91f23d9d466549e37a854f6668f99",
     .bytes = 972666916,
     .licence = "MIT",
     .family = "birefnet",
     .help = "matte of persons, 1024 x 1024 (BiRefNet)"},
    {.name = "bria-rmbg",
     .url = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/bria-rmbg-2.0.onnx",
     .sha256 = "5b486f08200f513f460da46dd701db5fbb47d79b4be4b708a19444bcd4e79958",
     .bytes = 1024331469,
     .licence = "non-commercial",
     .family = "bria",
     .help = "matte of any object, 1024 x 1024 (BRIA RMBG 2.0)"},
    {.name = "isnet-anime",
     .url = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/isnet-anime.onnx",
     .sha256 = "f15622d853e8260172812b657053460e20806f04b9e05147d49af7bed31a6e99",
     .bytes = 176069933,
     .licence = "Apache-2.0",
     .family = "isnet_anime",
     .help = "matte of drawn figures, 1024 x 1024 (IS-Net)"},
    {.name = "isnet-general-use",
     .url = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/"
            "isnet-general-use.onnx",
     .sha256 = "60920e99c45464f2ba57bee2ad08c919a52bbf852739e96947fbb4358c0d964a",
     .bytes = 178648008,
     .licence = "Apache-2.0",
     .family = "isnet",
     .help = "matte of any object, 1024 x 1024 (IS-Net)"},
    {.name = "modnet",
     .url = "https://huggingface.co/Xenova/modnet/resolve/main/onnx/model.onnx",
     .sha256 = "07c308cf0fc7e6e8b2065a12ed7fc07e1de8febb7dc7839d7b7f15dd66584df9",
     .bytes = 25888640,
     .licence = "Apache-2.0",
     .family = "modnet",
     .help = "matte of persons, shorter side 512 (MODNet)"},
    {.name = "sam_vit_b",
     .url = "https://github.com/wkentaro/labelme/releases/download/sam-20230416/"
            "sam_vit_b_01ec64.quantized.encoder.onnx",
     .sha256 = "3346b9cc551c9902fbf3b203935e933592b22e042365f58321c17fc12641fd6a",
     .bytes = 99827688,
     .licence = "Apache-2.0",
     .family = "sam",
     .help = "matte of what points and boxes mean, 1024 x 1024 (Segment Anything ViT-B, 8 bits)",
     .decoder = {.url = "https://github.com/wkentaro/labelme/releases/download/sam-20230416/"
                        "sam_vit_b_01ec64.quantized.decoder.onnx",
                 .sha256 = "edbcf1a0afaa55621fb0abe6b3db1516818b609ea9368f309746a3afc68f7613",
                 .bytes = 8743656}},
    {.name = "scrfd_2.5g",
     .url = "https://huggingface.co/immich-app/buffalo_m/resolve/main/detection/model.onnx",
     .sha256 = "041f73f47371333d1d17a6fee6c8ab4e6aecabefe398ff32cca4e2d5eaee0af9",
     .bytes = 3292009,
     .licence = "non-commercial research",
     .family = "scrfd",
     .help = "faces with five landmarks, any size (InsightFace's det_2.5g)"},
    {.name = "silueta",
     .url = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/silueta.onnx",
     .sha256 = "75da6c8d2f8096ec743d071951be73b4a8bc7b3e51d9a6625d63644f90ffeedb",
     .bytes = 44173029,
     .licence = "not stated",
     .family = "u2net",
     .help = "matte of what stands out, 320 x 320 (U2-Net made smaller by rembg)"},
    {.name = "u2net",
     .url = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/u2net.onnx",
     .sha256 = "8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
     .bytes = 175997641,
     .licence = "Apache-2.0",
     .family = "u2net",
     .help = "matte of what stands out, 320 x 320 (U2-Net)"},
    {.name = "u2net_cloth_seg",
     .url = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/"
            "u2net_cloth_seg.onnx",
     .sha256 = "6d2cbc27bfbdc989e1fd325656d65902ecc6a3ccbe94b2d3655ec114efcb128e",
     .bytes = 176194565,
     .licence = "MIT",
     .family = "cloth",
     .help = "mattes of upper, lower and full clothes, 768 x 768 (U2-Net)"},
    {.name = "u2net_human_seg",
     .url = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/"
            "u2net_human_seg.onnx",
     .sha256 = "01eb6a29a5c4d8edb30b56adad9bb3a2a0535338e480724a213e0acfd2d1c73c",
     .bytes = 175997641,
     .licence = "Apache-2.0",
     .family = "u2net",
     .help = "matte of persons, 320 x 320 (U2-Net)"},
    {.name = "u2netp",
     .url = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/u2netp.onnx",
     .sha256 = "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
     .bytes = 4574861,
     .licence = "Apache-2.0",
     .family = "u2net",
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

const struct ct_known_model *ct_known_model_find(const char *name)
{
    if (strcmp(name, "sam") == 0)
        name = CT__SAM_KNOWN;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t length = strlen(known[i].name);
        if (strncmp(name, known[i].name, length) == 0 &&
            (!name[length] || strcmp(name + length, ".onnx") == 0))
            return &known[i];
    }
    return NULL;
}
