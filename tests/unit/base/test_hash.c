// SPDX-License-Identifier: Apache-2.0
// SHA-256 of the standard's examples (FIPS 180-4), in one go and in pieces.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"

static const char long_message[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
static const char long_digest[] =
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";

static void the_standards_examples_come_out(void **state)
{
    (void)state;
    const struct {
        const char *message, *digest;
    } known[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {long_message, long_digest},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint8_t digest[CT__HASH_SIZE];
        char text[2 * CT__HASH_SIZE + 1];
        ct__hash_bytes(known[i].message, strlen(known[i].message), digest);
        ct__hash_text(digest, text);
        assert_string_equal(text, known[i].digest);
    }
}

static void pieces_give_the_digest_of_the_whole_and_start_anew(void **state)
{
    (void)state;
    struct ct__hash *hash = NULL;
    assert_int_equal(ct__hash_create(&hash), CT_OK);
    for (size_t piece = 1; piece < 9; piece++) {
        uint8_t digest[CT__HASH_SIZE];
        char text[2 * CT__HASH_SIZE + 1];
        size_t size = strlen(long_message);
        for (size_t i = 0; i < size; i += piece)
            ct__hash_update(hash, long_message + i, size - i < piece ? size - i : piece);
        ct__hash_digest(hash, digest);
        ct__hash_text(digest, text);
        assert_string_equal(text, long_digest);
    }
    ct__hash_destroy(&hash);
    assert_null(hash);
    ct__hash_destroy(&hash);
}

static void a_file_has_the_digest_of_its_bytes(void **state)
{
    (void)state;
    char path[] = "/tmp/chiton-hash-XXXXXX", text[2 * CT__HASH_SIZE + 1];
    uint8_t digest[CT__HASH_SIZE];
    int64_t size = 0;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, long_message, strlen(long_message)), strlen(long_message));
    close(fd);
    assert_int_equal(ct__hash_file(path, digest, &size), CT_OK);
    ct__hash_text(digest, text);
    assert_string_equal(text, long_digest);
    assert_int_equal(size, strlen(long_message));
    unlink(path);
    assert_int_equal(ct__hash_file(path, digest, &size), CT_ERROR_NOT_FOUND);
    assert_int_equal(ct__hash_file("/", digest, NULL), CT_ERROR_IO);
}

static void lack_of_memory_is_reported(void **state)
{
    (void)state;
    struct ct__hash *hash = NULL;
    ct__mem_fail(1);
    assert_int_equal(ct__hash_create(&hash), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    assert_null(hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_standards_examples_come_out),
        cmocka_unit_test(pieces_give_the_digest_of_the_whole_and_start_anew),
        cmocka_unit_test(a_file_has_the_digest_of_its_bytes),
        cmocka_unit_test(lack_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
