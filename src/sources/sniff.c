// SPDX-License-Identifier: Apache-2.0
// What a file is by its first bytes; its name only tells what it should have been.
#include "sources/sniff.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "media/picture.h"
#include "media/reader.h"

enum { HEAD = 8192 }; // MPEG-TS needs this much to be told from noise

// By the first bytes; a GIF has to be looked through.
static enum ct__file_kind look(FILE *file)
{
    uint8_t head[HEAD];
    size_t count = fread(head, 1, sizeof(head), file);
    if (count == 0)
        return CT__FILE_OTHER;
    if (ct__picture_sniff(head, count) == CT__PICTURE_NONE)
        return ct__reader_sniff(head, count) ? CT__FILE_CLIP : CT__FILE_OTHER;
    rewind(file);
    return ct__gif_moves(file) ? CT__FILE_CLIP : CT__FILE_PICTURE;
}

bool ct__file_promises_media(const char *path)
{
    static const char *const endings[] = {
        ".jpg", ".jpeg", ".png",  ".bmp", ".gif", ".webp", ".tif",  ".tiff", ".ppm",
        ".pgm", ".avif", ".heic", ".mp4", ".mov", ".mkv",  ".webm", ".avi",  NULL,
    };
    const char *const *ending = endings;
    while (*ending && !ct__ends_with(path, *ending))
        ending++;
    return *ending != NULL;
}

enum ct__file_kind ct__file_kind(const char *path)
{
    static const char made[] = "synthetic:";
    struct stat status;
    if (strncmp(path, made, sizeof made - 1) == 0)
        return CT__FILE_MADE;
    if (stat(path, &status))
        return CT__FILE_NONE;
    if (S_ISDIR(status.st_mode))
        return CT__FILE_FOLDER;
    if (!S_ISREG(status.st_mode))
        return S_ISBLK(status.st_mode) ? CT__FILE_OTHER : CT__FILE_PIPE;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return CT__FILE_OTHER;
    FILE *file = fdopen(descriptor, "rb");
    if (!file) {
        close(descriptor);
        return CT__FILE_OTHER;
    }
    enum ct__file_kind kind = look(file);
    fclose(file);
    return kind;
}
