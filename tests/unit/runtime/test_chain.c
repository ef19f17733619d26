// SPDX-License-Identifier: Apache-2.0
// Two files that are one model: which they are, what it looks like, and what is refused.
#include "support.h"

#include <sys/stat.h>

#include "runtime/chain.h"

#define ENCODER(shape)                                                                             \
    "{\"chiton_fake\": 1, \"inputs\": [{\"name\": \"images\", \"shape\": [1, 2]}], "               \
    "\"outputs\": [{\"name\": \"found\", \"shape\": " shape ", \"fill\": 3}], "                    \
    "\"mark\": {\"output\": 0, \"index\": 0, \"scale\": 1}}"

// Answers the mean of its first input.
#define DECODER(inputs)                                                                            \
    "{\"chiton_fake\": 1, \"inputs\": [" inputs "], "                                              \
    "\"outputs\": [{\"name\": \"out\", \"shape\": [1]}, {\"name\": \"more\", \"shape\": [2]}], "   \
    "\"mark\": {\"output\": 0, \"index\": 0, \"scale\": 1}}"

#define FOUND "{\"name\": \"found\", \"shape\": [1, 2]}"
#define POINT "{\"name\": \"point\", \"shape\": [1, -1, 2]}"

static int open_pair(struct ct__chain *chain, const char *encoder, const char *decoder)
{
    *chain = (struct ct__chain){0};
    const char *path = write_text("x.encoder.json", encoder);
    write_text("x.decoder.json", decoder);
    return ct__chain_open(chain, path, "auto", NULL);
}

static void two_files_are_one_graph(void **state)
{
    (void)state;
    struct ct__chain chain;
    assert_int_equal(open_pair(&chain, ENCODER("[1, 2]"), DECODER(FOUND ", " POINT)), 0);
    assert_int_equal(chain.graph.input_count, 2);
    assert_string_equal(chain.graph.inputs[0].name, "images");
    assert_string_equal(chain.graph.inputs[1].name, "point");
    assert_int_equal(chain.graph.output_count, 2);
    assert_string_equal(chain.graph.outputs[0].name, "out");
    assert_int_equal(ct__session_loaded(), 2);
    ct__chain_close(&chain);
    assert_int_equal(ct__session_loaded(), 0);
    ct__chain_close(&chain);
}

static void one_file_alone_is_as_it_is(void **state)
{
    (void)state;
    struct ct__chain chain = {0};
    const char *path = write_text("alone.encoder.json", ENCODER("[1, 2]"));
    assert_int_equal(ct__chain_open(&chain, path, "auto", NULL), 0);
    assert_null(chain.second);
    assert_int_equal(chain.graph.input_count, 1);
    assert_string_equal(chain.graph.outputs[0].name, "found");
    struct ct__chain_request *request = NULL;
    struct ct__tensor input = {.rank = 2, .dim = {1, 2}};
    const struct ct__tensor *outputs = NULL;
    assert_int_equal(ct__chain_request_create(&request, &chain, &input), 0);
    memcpy(input.data, (float[]){4, 6}, 2 * sizeof(float));
    assert_int_equal(ct__chain_request_run(request, &outputs), 0);
    assert_float_equal(*(float *)outputs[0].data, 5, 0);
    ct__chain_request_destroy(&request);
    ct__chain_request_destroy(&request);
    ct__chain_close(&chain);
}

static void the_last_encoder_of_the_name_counts(void **state)
{
    (void)state;
    struct ct__chain chain = {0};
    assert_int_equal(mkdir(path_of("encoder"), 0700), 0);
    const char *path = write_text("encoder/encoder_encoder_7.json", ENCODER("[1, 2]"));
    write_text("encoder/encoder_decoder_7.json", DECODER(FOUND));
    assert_int_equal(ct__chain_open(&chain, path, "auto", NULL), 0);
    assert_non_null(chain.second);
    ct__chain_close(&chain);
}

// The mean of (m, 3), m that of the picture: the fake's own mark.
static void what_the_first_finds_goes_to_the_second(void **state)
{
    (void)state;
    struct ct__chain chain;
    struct ct__chain_request *request = NULL;
    struct ct__tensor inputs[] = {{.rank = 2, .dim = {1, 2}}, {.rank = 3, .dim = {1, 5, 2}}};
    const struct ct__tensor *outputs = NULL;
    assert_int_equal(open_pair(&chain, ENCODER("[1, 2]"), DECODER(FOUND ", " POINT)), 0);
    assert_int_equal(ct__chain_request_create(&request, &chain, inputs), 0);
    assert_string_equal(inputs[1].name, "point");
    memset(inputs[1].data, 0, 10 * sizeof(float)); // is there
    for (int i = 0; i < 3; i++) {
        memcpy(inputs[0].data, (float[]){(float)i, (float)i}, 2 * sizeof(float));
        assert_int_equal(ct__chain_request_run(request, &outputs), 0);
        assert_float_equal(*(float *)outputs[0].data, (i + 3) / 2., 0);
    }
    ct__chain_request_destroy(&request);
    ct__chain_close(&chain);
}

static void an_output_of_no_shape_is_looked_at_when_it_is_there(void **state)
{
    (void)state;
    struct ct__chain chain;
    struct ct__chain_request *request = NULL;
    struct ct__tensor input = {.rank = 2, .dim = {1, 2}};
    const struct ct__tensor *outputs = NULL;
    assert_int_equal(open_pair(&chain, ENCODER("[]"), DECODER(FOUND)), 0);
    assert_int_equal(ct__chain_request_create(&request, &chain, &input), 0);
    assert_int_equal(ct__chain_request_run(request, &outputs), CT_ERROR_FORMAT);
    assert_reason("output found [] of float32 cannot be input found");
    ct__chain_request_destroy(&request);
    ct__chain_close(&chain);
}

// A name comes before the place.
static void what_does_not_join_is_told(void **state)
{
    (void)state;
    struct ct__chain chain;
    assert_int_equal(open_pair(&chain, ENCODER("[1, 2]"), DECODER(POINT ", " FOUND)), 0);
    assert_int_equal(chain.link, 1);
    ct__chain_close(&chain);
    assert_int_equal(open_pair(&chain, ENCODER("[1, 3]"), DECODER(FOUND)), CT_ERROR_FORMAT);
    assert_reason("input found [1,2] of float32 does not take output found [1,3] of float32");
    ct__chain_close(&chain);
    assert_int_equal(open_pair(&chain, ENCODER("[1, 2]"), DECODER(POINT)), CT_ERROR_FORMAT);
    assert_reason("input point [1,?,2] of float32 does not take output found");
    ct__chain_close(&chain);
    assert_int_equal(open_pair(&chain, ENCODER("[1, 2]"), "nonsense"), CT_ERROR_FORMAT);
    assert_reason("no ONNX model");
    ct__chain_close(&chain);
    assert_int_equal(ct__session_loaded(), 0);
}

static void another_shape_than_the_graph_has_is_refused(void **state)
{
    (void)state;
    struct ct__chain chain;
    struct ct__chain_request *request = NULL;
    struct ct__tensor inputs[] = {{.rank = 2, .dim = {1, 2}}, {.rank = 3, .dim = {1, 5, 3}}};
    assert_int_equal(open_pair(&chain, ENCODER("[1, 2]"), DECODER(FOUND ", " POINT)), 0);
    assert_int_equal(ct__chain_request_create(&request, &chain, inputs), CT_ERROR_INVALID);
    assert_reason("input point is [1,5,3]: expected [1,?,2]");
    assert_null(request);
    ct__chain_close(&chain);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    const char *path = write_text("x.encoder.json", ENCODER("[1, 2]"));
    write_text("x.decoder.json", DECODER(FOUND ", " POINT));
    for (uint64_t n = 1;; n++) {
        struct ct__chain chain = {0};
        struct ct__chain_request *request = NULL;
        struct ct__tensor inputs[] = {{.rank = 2, .dim = {1, 2}}, {.rank = 3, .dim = {1, 5, 2}}};
        ct__mem_fail(n);
        int error = ct__chain_open(&chain, path, "auto", NULL);
        error = error ? error : ct__chain_request_create(&request, &chain, inputs);
        bool failed = ct__mem_failed();
        ct__mem_fail(0);
        // Remembering the file is the one thing that may fail unnoticed: it will be read again.
        assert_true(error == CT_OK || (failed && error == CT_ERROR_MEMORY));
        ct__chain_request_destroy(&request);
        ct__chain_close(&chain);
        assert_int_equal(ct__session_loaded(), 0);
        if (!failed)
            break;
        assert_true(n < 500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_files_are_one_graph),
        cmocka_unit_test(one_file_alone_is_as_it_is),
        cmocka_unit_test(the_last_encoder_of_the_name_counts),
        cmocka_unit_test(what_the_first_finds_goes_to_the_second),
        cmocka_unit_test(an_output_of_no_shape_is_looked_at_when_it_is_there),
        cmocka_unit_test(what_does_not_join_is_told),
        cmocka_unit_test(another_shape_than_the_graph_has_is_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
