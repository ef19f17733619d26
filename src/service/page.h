// SPDX-License-Identifier: Apache-2.0
// The page at "/": dashboard.html, which embed.py turns into bytes while building.
#ifndef CT_SERVICE_PAGE_H
#define CT_SERVICE_PAGE_H

#include "service/http.h"

extern const unsigned char ct__page_data[];
extern const size_t ct__page_size;
extern const char ct__page_policy[]; // of what the page may load and run

void ct__page_answer(struct ct__request *request);

#endif
