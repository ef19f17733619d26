// SPDX-License-Identifier: Apache-2.0
// What a recurrent model's run leaves for the next.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "pipeline/carry.h"

static const struct ct_tensor_info info = {
    .name = "r1i", .type = CT_TYPE_F32, .rank = 4, .dim = {-1, -1, -1, -1}};

static struct ct__tensor tensor(float *data, int64_t side)
{
    return (struct ct__tensor){
        .name = "r1o", .type = CT_TYPE_F32, .rank = 4, .dim = {1, 1, side, 1}, .data = data};
}

static void numbers_go_from_an_output_to_an_input(void **state)
{
    (void)state;
    struct ct__carry carry = {0};
    float from[3] = {1, 2, 3}, to[3] = {9, 9, 9};
    const struct ct__tensor output = tensor(from, 3), input = tensor(to, 3);
    ct__carry_write(&carry, 1, &input);
    assert_true(to[0] == 0 && to[2] == 0);
    assert_int_equal(ct__carry_keep(&carry, 1, &info, &output, "model"), 0);
    carry.held = true;
    memset(from, 0, sizeof from); // the library uses its memory again
    ct__carry_write(&carry, 1, &input);
    assert_true(to[0] == 1 && to[2] == 3);
    uint64_t before = ct__mem_count();
    assert_int_equal(ct__carry_keep(&carry, 1, &info, &output, "model"), 0);
    assert_int_equal(ct__mem_count(), before);
    ct__carry_finish(&carry);
}

static void what_cannot_be_an_input_is_refused(void **state)
{
    (void)state;
    struct ct__carry carry = {0};
    float data[3] = {0};
    for (int kind = 0; kind < 3; kind++) {
        struct ct__tensor output = tensor(data, kind == 0 ? 0 : 3);
        output.type = kind == 1 ? CT_TYPE_F16 : CT_TYPE_F32;
        output.rank = kind == 2 ? 3 : 4;
        assert_int_equal(ct__carry_keep(&carry, 1, &info, &output, "model"), CT_ERROR_FORMAT);
    }
    const struct ct__tensor output = tensor(data, 3);
    ct__mem_fail(1);
    assert_int_equal(ct__carry_keep(&carry, 1, &info, &output, "model"), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    ct__carry_finish(&carry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_go_from_an_output_to_an_input),
        cmocka_unit_test(what_cannot_be_an_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
