// SPDX-License-Identifier: Apache-2.0
// The page itself holds no secret: it asks for everything it shows.
#include "service/page.h"

static void keep(void *opaque)
{
    (void)opaque;
}

void ct__page_answer(struct ct__request *request)
{
    ct__answer_header(request, "Content-Security-Policy", ct__page_policy);
    ct__answer_data(request, 200, "text/html; charset=utf-8", ct__page_data, ct__page_size, keep,
                    NULL);
}
