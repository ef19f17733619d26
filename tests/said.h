// SPDX-License-Identifier: Apache-2.0
// What the library logs, for tests that look at it.
#ifndef TESTS_SAID_H
#define TESTS_SAID_H

#include <chiton/log.h>

extern char said[65536]; // all that was logged since said_forget(), "SCOPE: TEXT\n" each

// From here on everything up to this level is kept.
void said_listen(enum ct_log_level level);
void said_forget(void);

#endif
