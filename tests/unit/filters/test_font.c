// SPDX-License-Identifier: Apache-2.0
// The typeface: every glyph is there, inside of its place, and unlike every other.
#include "pixels.h"

#include "filters/font.h"

enum { SIDE = 64, HEIGHT = 24 };

static const struct ct__ink ink = {{255, 255, 255}};

static ct_frame *drawn(const char *text)
{
    ct_frame *frame = plain_frame(CT_FORMAT_RGB, SIDE, SIDE, 0);
    struct ct__canvas canvas;
    assert_int_equal(ct__canvas_init(&canvas, frame), CT_OK);
    ct__font_draw(&canvas, text, 10, 10, HEIGHT, ink);
    return frame;
}

static void every_letter_is_unlike_every_other(void **state)
{
    (void)state;
    ct_frame *all['~' + 1] = {NULL};
    for (char c = ' '; c <= '~'; c++)
        all[(int)c] = drawn((char[]){c, 0});
    for (int a = ' '; a <= '~'; a++)
        for (int b = ' '; b < a; b++)
            assert_false(same_pixels(all[a], all[b]));
    for (int a = ' '; a <= '~'; a++)
        ct_frame_unref(&all[a]);
}

static void a_letter_stays_in_its_place(void **state)
{
    (void)state;
    for (char c = ' '; c <= '~'; c++) {
        char text[] = {c, 0};
        ct_frame *frame = drawn(text);
        int right = 10 + ct__font_width(text, HEIGHT);
        int bottom = 10 + HEIGHT + HEIGHT / 3 + 3; // a third below the baseline, and half a stroke
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                if (x < 10 || x >= right || y < 8 || y >= bottom)
                    assert_int_equal(luma(frame, x, y), 0);
        ct_frame_unref(&frame);
    }
}

static void figures_are_of_one_width(void **state)
{
    (void)state;
    for (int height = 9; height < 60; height += 3) {
        int width = ct__font_width("0", height);
        for (char c = '1'; c <= '9'; c++)
            assert_int_equal(ct__font_width((char[]){c, 0}, height), width);
    }
}

static void a_text_is_as_wide_as_its_letters(void **state)
{
    (void)state;
    assert_int_equal(ct__font_width("", 18), 0);
    assert_int_equal(ct__font_width("ab c", 18), ct__font_width("a", 18) + ct__font_width("b", 18) +
                                                     ct__font_width(" ", 18) +
                                                     ct__font_width("c", 18));
}

// Two bytes, three bytes, a byte that begins nothing, a control character.
static void what_is_not_ascii_shows_as_one_box(void **state)
{
    (void)state;
    static const char *const strange[] = {"\xc3\xa9", "\xe4\xba\xba", "\xff", "\x01"};
    ct_frame *box = drawn("\x7f"), *space = drawn(" ");
    assert_false(same_pixels(box, space));
    for (int i = 0; i < 4; i++) {
        ct_frame *frame = drawn(strange[i]);
        assert_true(same_pixels(frame, box));
        assert_int_equal(ct__font_width(strange[i], HEIGHT), ct__font_width("\x7f", HEIGHT));
        ct_frame_unref(&frame);
    }
    ct_frame_unref(&box);
    ct_frame_unref(&space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_letter_is_unlike_every_other),
        cmocka_unit_test(a_letter_stays_in_its_place),
        cmocka_unit_test(figures_are_of_one_width),
        cmocka_unit_test(a_text_is_as_wide_as_its_letters),
        cmocka_unit_test(what_is_not_ascii_shows_as_one_box),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
