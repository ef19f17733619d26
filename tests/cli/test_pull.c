// SPDX-License-Identifier: Apache-2.0
// Pulling a model that has two files from a server that misbehaves: whoever finds the model's name
// finds all of it, and what has come is not fetched again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <chiton/error.h>

#include "../said.h"
#include "cli/known.h"
#include "fixture.h"
#include "server.h"
#include "transfer.h"

#define ENCODER "models/two.encoder.onnx"
#define DECODER "models/two.decoder.onnx"

static int begin(void **state)
{
    static const char *const files[] = {ENCODER, DECODER, ENCODER ".part", DECODER ".part"};
    (void)state;
    for (int i = 0; i < 4; i++)
        remove(files[i]);
    server_requests();
    said_forget();
    return 0;
}

// A model whose files are the bytes that the server has, at these of its paths.
static int pull_from(const char *encoder, const char *decoder, const char *url)
{
    char urls[2][256], path[PATH_MAX];
    snprintf(urls[0], sizeof urls[0], "%s", server_url(encoder));
    snprintf(urls[1], sizeof urls[1], "%s", server_url(decoder));
    const struct ct_known_model model = {.name = "two",
                                         .url = urls[0],
                                         .sha256 = served_digest,
                                         .bytes = SERVED_BYTES,
                                         .decoder = {urls[1], served_digest, SERVED_BYTES}};
    assert_true(ct__known_path(&model, "models", path));
    assert_string_equal(path, ENCODER);
    int error = ct__known_pull(&model, path, &(struct ct__pull){url, 20});
    assert_int_equal(ct__known_there(&model, path), !error);
    if (!error)
        assert_int_equal(ct__known_check(&model, path), CT_OK);
    return error;
}

static int pull(const char *encoder, const char *decoder)
{
    return pull_from(encoder, decoder, NULL);
}

static void assert_said(const char *message)
{
    if (!strstr(said, message))
        assert_string_equal(said, message);
}

static void the_decoder_comes_first(void **state)
{
    (void)state;
    assert_int_equal(pull("/redirect/1", "/good"), CT_OK);
    assert_string_equal(server_requests(), "/good -\n/redirect/1 -\n/redirect/0 -\n/good -\n");
    assert_int_equal(pull("/nothing", "/nothing"), CT_OK); // all of it is here
    assert_string_equal(server_requests(), "");
    assert_string_equal(said, "");
}

static void a_pull_that_broke_off_goes_on_with_what_is_missing(void **state)
{
    (void)state;
    assert_int_equal(pull("/third", "/good"), CT_ERROR_IO);
    assert_true(file_exists(DECODER) && !file_exists(ENCODER) && file_exists(ENCODER ".part"));
    assert_said("two: 127.0.0.1:");
    server_requests();
    assert_int_equal(pull("/good", "/nothing"), CT_OK);
    assert_string_equal(server_requests(), "/good bytes=100000-\n");
}

static void nothing_has_the_name_while_the_decoder_is_missing(void **state)
{
    (void)state;
    assert_int_equal(pull("/good", "/third"), CT_ERROR_IO);
    assert_false(file_exists(ENCODER) || file_exists(ENCODER ".part"));
    assert_true(file_exists(DECODER ".part"));
    server_requests();
    assert_int_equal(pull("/break", "/break"), CT_OK);
    assert_string_equal(server_requests(),
                        "/break bytes=100000-\n/break bytes=200000-\n"
                        "/break -\n/break bytes=100000-\n/break bytes=200000-\n");
}

static void wrong_bytes_of_either_file_are_refused(void **state)
{
    (void)state;
    assert_int_equal(pull("/good", "/wrong"), CT_ERROR_FORMAT);
    assert_said("two: refused: its SHA-256 is");
    assert_false(file_exists(DECODER) || file_exists(DECODER ".part"));
    assert_string_equal(server_requests(), "/wrong -\n");
    assert_int_equal(pull("/wrong", "/good"), CT_ERROR_FORMAT);
    assert_true(file_exists(DECODER) && !file_exists(ENCODER) && !file_exists(ENCODER ".part"));
}

static void another_decoder_under_the_name_is_told_and_stays(void **state)
{
    (void)state;
    write_text(DECODER, "mine");
    assert_int_equal(pull("/good", "/good"), CT_ERROR_FORMAT);
    assert_said("two: " DECODER " is another file: 4 bytes, SHA-256 ");
    assert_string_equal(server_requests(), "");
    assert_true(file_exists(DECODER));
}

static void a_check_names_the_file_that_is_missing(void **state)
{
    (void)state;
    assert_int_equal(pull("/good", "/good"), CT_OK);
    remove(DECODER);
    const struct ct_known_model model = {.name = "two",
                                         .sha256 = served_digest,
                                         .decoder = {"https://x", served_digest, SERVED_BYTES}};
    assert_false(ct__known_there(&model, ENCODER));
    assert_int_equal(ct__known_check(&model, ENCODER), CT_ERROR_NOT_FOUND);
    assert_said("two: " DECODER " is not here");
}

static void another_address_is_that_of_the_encoder(void **state)
{
    (void)state;
    char url[256];
    snprintf(url, sizeof url, "%s", server_url("/encoder/own.encoder.onnx"));
    assert_int_equal(pull_from("/good", "/good", url), CT_ERROR_NOT_FOUND);
    assert_string_equal(server_requests(), "/encoder/own.decoder.onnx -\n");
    snprintf(url, sizeof url, "%s", server_url("/encoder/own.onnx"));
    assert_int_equal(pull_from("/good", "/good", url), CT_ERROR_INVALID);
    assert_said("--url: two has two files: expected the address of its encoder");
    assert_string_equal(server_requests(), "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_decoder_comes_first, begin),
        cmocka_unit_test_setup(a_pull_that_broke_off_goes_on_with_what_is_missing, begin),
        cmocka_unit_test_setup(nothing_has_the_name_while_the_decoder_is_missing, begin),
        cmocka_unit_test_setup(wrong_bytes_of_either_file_are_refused, begin),
        cmocka_unit_test_setup(another_decoder_under_the_name_is_told_and_stays, begin),
        cmocka_unit_test_setup(a_check_names_the_file_that_is_missing, begin),
        cmocka_unit_test_setup(another_address_is_that_of_the_encoder, begin),
    };
    transfer_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    transfer_end();
    return failed;
}
