// SPDX-License-Identifier: Apache-2.0
// One picture, no engine: fill a frame with pixels, run the model, read the objects.
//
//     image MODEL PICTURE.ppm
#include <stdio.h>

#include <chiton/chiton.h>

static void print_message(void *opaque, enum ct_log_level level, const char *scope,
                          const char *text)
{
    (void)opaque, (void)level;
    fprintf(stderr, "%s: %s\n", scope, text);
}

// Reads a binary PPM file: a line "P6", width, height and 255, then R,G,B bytes without padding.
static int read_ppm(const char *path, ct_frame **frame)
{
    int width, height, error = CT_ERROR_FORMAT;
    FILE *file = fopen(path, "rb");
    if (!file)
        return CT_ERROR_NOT_FOUND;
    if (fscanf(file, "P6 %d %d 255", &width, &height) == 2 && fgetc(file) != EOF)
        error = ct_frame_create(frame, CT_FORMAT_RGB, width, height);
    for (int y = 0; !error && y < height; y++) {
        unsigned char *row = ct_frame_writable(*frame, 0);
        row += y * ct_frame_picture(*frame)->stride[0];
        error = fread(row, 3, (size_t)width, file) == (size_t)width ? CT_OK : CT_ERROR_FORMAT;
    }
    fclose(file);
    return error;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: image MODEL PICTURE.ppm\n");
        return 2;
    }
    ct_model *model = NULL;
    ct_frame *frame = NULL;
    struct ct_result *result = NULL;
    ct_log_set(CT_LOG_WARN, print_message, NULL);
    int error = read_ppm(argv[2], &frame);
    if (error)
        fprintf(stderr, "%s: %s\n", argv[2], ct_error_name(error));
    if (!error)
        error = ct_model_open(&model, argv[1], NULL);
    if (!error)
        error = ct_model_run(model, frame, &result);
    for (int i = 0; !error && i < result->count; i++) {
        const struct ct_object *object = &result->objects[i];
        printf("%s %.2f at %.0f,%.0f, %.0f x %.0f\n", object->label, object->score, object->x,
               object->y, object->width, object->height);
    }
    ct_result_destroy(&result);
    ct_frame_unref(&frame);
    ct_model_close(&model);
    return error ? 1 : 0;
}
