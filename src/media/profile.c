// SPDX-License-Identifier: Apache-2.0
// ICC profiles: kept as they are, or, for ink, used through lcms2.
#include "media/codec.h"

#include <lcms2.h>
#include <string.h>

// Of a profile's header: what the colours are, and the mark of all profiles.
enum { AT_SPACE = 16, AT_MARK = 36, HEADER = 128 };

static bool is_profile(const uint8_t *profile, size_t size, const char *space)
{
    return size > HEADER && memcmp(profile + AT_SPACE, space, 4) == 0 &&
           memcmp(profile + AT_MARK, "acsp", 4) == 0;
}

int ct__profile_keep(ct_frame *frame, const uint8_t *profile, size_t size)
{
    return is_profile(profile, size, "RGB ") ? ct__frame_set_profile(frame, profile, size) : CT_OK;
}

bool ct__profile_convert(const uint8_t *profile, size_t size, const uint8_t *ink, bool inverted,
                         ct_frame *rgb)
{
    if (!is_profile(profile, size, "CMYK") || size > INT32_MAX)
        return false;
    cmsHPROFILE from = cmsOpenProfileFromMem(profile, (cmsUInt32Number)size);
    cmsHPROFILE to = cmsCreate_sRGBProfile();
    cmsHTRANSFORM transform =
        from && to ? cmsCreateTransform(from, inverted ? TYPE_CMYK_8_REV : TYPE_CMYK_8, to,
                                        TYPE_RGB_8, INTENT_PERCEPTUAL, 0)
                   : NULL;
    const struct ct_picture *picture = ct_frame_picture(rgb);
    for (int y = 0; transform && y < picture->height; y++)
        cmsDoTransform(transform, ink + (size_t)y * (size_t)picture->width * 4,
                       ct_frame_writable(rgb, 0) + y * picture->stride[0],
                       (cmsUInt32Number)picture->width);
    bool done = transform != NULL;
    if (transform)
        cmsDeleteTransform(transform);
    if (from)
        cmsCloseProfile(from);
    if (to)
        cmsCloseProfile(to);
    return done;
}
