// SPDX-License-Identifier: Apache-2.0
// Sessions are shared by what a file holds, not by how it is named.
#include "support.h"

#include <pthread.h>
#include <sys/stat.h>

#define MODEL(value)                                                                               \
    "{\"chiton_fake\": 1, \"inputs\": [{\"name\": \"images\", \"shape\": [1, -1]}], "              \
    "\"outputs\": [{\"name\": \"out\", \"shape\": [1], \"fill\": " value "}], "                    \
    "\"mark\": {\"output\": 0, \"index\": 0, \"scale\": 1}}"

static struct ct__session *open_model(const char *path)
{
    struct ct__session *session = NULL;
    assert_int_equal(ct__session_open(&session, path, "auto", NULL), CT_OK);
    assert_non_null(session);
    return session;
}

static void the_same_content_is_loaded_once_by_whatever_name(void **state)
{
    (void)state;
    const char *first = write_text("a.json", MODEL("1")), *copy = write_text("b.json", MODEL("1"));
    const char *link = path_of("c.json");
    assert_int_equal(symlink(first, link), 0);
    struct ct__session *a = open_model(first), *b = open_model(copy), *c = open_model(link);
    assert_ptr_equal(a, b);
    assert_ptr_equal(a, c);
    assert_int_equal(ct__session_loaded(), 1);
    assert_ptr_equal(ct__session_backend(a), &ct__backend_fake);
    ct__session_close(&a);
    ct__session_close(&b);
    assert_int_equal(ct__session_loaded(), 1);
    ct__session_close(&c);
    assert_null(c);
    assert_int_equal(ct__session_loaded(), 0);
    ct__session_close(&c);
}

static void a_known_file_is_not_read_again(void **state)
{
    (void)state;
    const char *path = write_text("known.json", MODEL("2"));
    struct ct__session *a = open_model(path), *b = NULL;
    // The allocation that reading would need would fail.
    ct__mem_fail(1);
    int error = ct__session_open(&b, path, "fake", NULL);
    int failed = ct__mem_failed();
    ct__mem_fail(0);
    assert_int_equal(error, CT_OK);
    assert_false(failed);
    assert_ptr_equal(a, b);
    ct__session_close(&a);
    ct__session_close(&b);
}

static void a_changed_file_is_another_model(void **state)
{
    (void)state;
    const char *path = write_text("changing.json", MODEL("3"));
    struct ct__session *a = open_model(path);
    write_text("changing.json", MODEL("34"));
    struct ct__session *b = open_model(path);
    assert_ptr_not_equal(a, b);
    assert_int_equal(ct__session_loaded(), 2);
    write_text("changing.json", MODEL("3"));
    struct ct__session *c = open_model(path);
    assert_ptr_equal(a, c);
    ct__session_close(&a);
    ct__session_close(&b);
    ct__session_close(&c);
    assert_int_equal(ct__session_loaded(), 0);
}

static void another_plan_is_another_session(void **state)
{
    (void)state;
    const char *path = write_text("plan.json", MODEL("4"));
    struct ct__session *a = open_model(path), *b = NULL, *c = NULL;
    assert_int_equal(ct__session_open(&b, path, "auto", &(struct ct__plan){2}), CT_OK);
    assert_int_equal(ct__session_open(&c, path, "auto", &(struct ct__plan){1}), CT_OK);
    assert_ptr_not_equal(a, b);
    assert_ptr_equal(a, c);
    ct__session_close(&a);
    ct__session_close(&b);
    ct__session_close(&c);
}

static void a_request_keeps_its_session(void **state)
{
    (void)state;
    struct ct__session *session = open_model(write_text("kept.json", MODEL("0")));
    struct ct__request *request = NULL;
    struct ct__tensor input = {.rank = 2, .dim = {1, 4}};
    const struct ct__tensor *outputs = NULL;
    assert_int_equal(ct__request_create(&request, session, &input), CT_OK);
    assert_string_equal(input.name, "images");
    assert_int_equal(input.type, CT_TYPE_F32);
    ct__session_close(&session);
    assert_int_equal(ct__session_loaded(), 1);
    for (int i = 0; i < 4; i++)
        ((float *)input.data)[i] = 6;
    assert_int_equal(ct__request_run(request, &outputs), CT_OK);
    assert_true(*(const float *)outputs[0].data == 6);
    ct__request_destroy(&request);
    assert_null(request);
    assert_int_equal(ct__session_loaded(), 0);
    ct__request_destroy(&request);
}

static void a_shape_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct ct__session *session = open_model(write_text("shape.json", MODEL("0")));
    struct ct__request *request = NULL;
    struct ct__tensor input = {.rank = 2, .dim = {2, 4}};
    assert_int_equal(ct__request_create(&request, session, &input), CT_ERROR_INVALID);
    assert_reason("input images is [2,4]: expected [1,?]");
    input = (struct ct__tensor){.rank = 1, .dim = {1}};
    assert_int_equal(ct__request_create(&request, session, &input), CT_ERROR_INVALID);
    input = (struct ct__tensor){.rank = 2, .dim = {1, -1}};
    assert_int_equal(ct__request_create(&request, session, &input), CT_ERROR_INVALID);
    assert_null(request);
    ct__session_close(&session);
}

static void a_file_that_is_no_model_is_refused(void **state)
{
    (void)state;
    struct ct__session *session = NULL;
    const char *jpeg = write_file("photo.onnx", "\xff\xd8\xff\xe0\0\x10JFIF", 10);
    assert_int_equal(ct__session_open(&session, jpeg, "auto", NULL), CT_ERROR_FORMAT);
    assert_reason("no ONNX model: starts with bytes ff d8 ff e0");
    const char *empty = write_text("empty.onnx", "");
    assert_int_equal(ct__session_open(&session, empty, "auto", NULL), CT_ERROR_FORMAT);
    assert_reason("no ONNX model: the file is empty");
    const char *text = write_text("x.json", "no");
    assert_int_equal(ct__session_open(&session, text, "fake", NULL), CT_ERROR_FORMAT);
    assert_reason("no fake model: starts with bytes 6e 6f");
    assert_int_equal(ct__session_open(&session, path_of("missing.onnx"), "auto", NULL),
                     CT_ERROR_NOT_FOUND);
    assert_null(session);
    assert_int_equal(ct__session_loaded(), 0);
}

static void a_wrong_call_is_refused(void **state)
{
    (void)state;
    struct ct__session *session = NULL;
    const char *path = write_text("call.json", MODEL("0"));
    assert_int_equal(ct__session_open(&session, path, "tpu", NULL), CT_ERROR_INVALID);
    assert_reason("backend = tpu: expected auto, ort or fake");
    assert_int_equal(ct__session_open(&session, path, "auto", &(struct ct__plan){-1}),
                     CT_ERROR_INVALID);
    assert_reason("threads = -1: expected 1 to 256");
    assert_int_equal(ct__session_open(&session, path, "auto", &(struct ct__plan){999}),
                     CT_ERROR_INVALID);
    assert_null(session);
}

static void a_file_above_two_gibibytes_is_refused(void **state)
{
    (void)state;
    struct ct__session *session = NULL;
    const char *path = write_file("large.onnx", "\x08\x08", 2);
    assert_int_equal(truncate(path, ((off_t)1 << 31) + 1), 0); // holes: takes no disk
    assert_int_equal(ct__session_open(&session, path, "auto", NULL), CT_ERROR_LIMIT);
    assert_null(session);
}

static void *open_in_thread(void *path)
{
    struct ct__session *session = NULL;
    return ct__session_open(&session, path, "auto", NULL) ? NULL : session;
}

static void threads_that_open_one_file_share_one_session(void **state)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    struct ct__session *sessions[THREADS];
    void *found;
    (void)state;
    char *path = (char *)write_text("threads.json", MODEL("5"));
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_in_thread, path), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &found), 0);
        sessions[i] = found;
        assert_non_null(sessions[i]);
        assert_ptr_equal(sessions[i], sessions[0]);
    }
    assert_int_equal(ct__session_loaded(), 1);
    for (int i = 0; i < THREADS; i++)
        ct__session_close(&sessions[i]);
    assert_int_equal(ct__session_loaded(), 0);
}

// Runs its own request of the session many times; gives the number of wrong answers.
static void *run_in_thread(void *opened)
{
    struct ct__request *request = NULL;
    struct ct__tensor input = {.rank = 2, .dim = {1, 1}};
    intptr_t wrong = ct__request_create(&request, opened, &input) != CT_OK;
    for (int i = 0; request && i < 200; i++) {
        const struct ct__tensor *outputs = NULL;
        *(float *)input.data = (float)i;
        wrong += ct__request_run(request, &outputs) || *(const float *)outputs[0].data != (float)i;
    }
    ct__request_destroy(&request);
    return (void *)wrong;
}

static void threads_run_one_session_side_by_side(void **state)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    void *wrong;
    (void)state;
    struct ct__session *session = open_model(write_text("side.json", MODEL("0")));
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_in_thread, session), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    ct__session_close(&session);
    assert_int_equal(ct__session_loaded(), 0);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    const char *path = write_text("memory.json", MODEL("6"));
    for (uint64_t n = 1;; n++) {
        struct ct__session *session = NULL;
        struct ct__request *request = NULL;
        struct ct__tensor input = {.rank = 2, .dim = {1, 4}};
        ct__mem_fail(n);
        int error = ct__session_open(&session, path, "auto", NULL);
        if (!error)
            error = ct__request_create(&request, session, &input);
        bool failed = ct__mem_failed();
        ct__mem_fail(0);
        // Remembering the file is the one thing that may fail unnoticed: it will be read again.
        assert_true(error == CT_OK || (failed && error == CT_ERROR_MEMORY));
        ct__request_destroy(&request);
        ct__session_close(&session);
        assert_int_equal(ct__session_loaded(), 0);
        if (!failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_content_is_loaded_once_by_whatever_name),
        cmocka_unit_test(a_known_file_is_not_read_again),
        cmocka_unit_test(a_changed_file_is_another_model),
        cmocka_unit_test(another_plan_is_another_session),
        cmocka_unit_test(a_request_keeps_its_session),
        cmocka_unit_test(a_shape_that_does_not_fit_is_refused),
        cmocka_unit_test(a_file_that_is_no_model_is_refused),
        cmocka_unit_test(a_wrong_call_is_refused),
        cmocka_unit_test(a_file_above_two_gibibytes_is_refused),
        cmocka_unit_test(threads_that_open_one_file_share_one_session),
        cmocka_unit_test(threads_run_one_session_side_by_side),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
