// Times in RFC 3339, of clients and of configuration: two readers that were written apart agree, and what is
// read is written as the same time.

#include "fuzz/target.h"

#include <postrider/base/clock.h>
#include <postrider/base/rfc3339.h>

#include <config/timestamp.h>

FUZZ_TARGET(time) {
    using namespace postrider;
    const auto time = parse_rfc3339(input);
    const auto configured = config::parse_rfc3339(input);
    if (time) {
        HOLDS(parse_rfc3339(to_rfc3339(*time)) == time);
        HOLDS(configured == time);
    } else if (configured) {
        // Configuration is milder: a blank for the 'T', a leap second anywhere, a year beyond in UTC.
        const auto second = input.find(":60");
        const auto written = to_rfc3339(*configured);
        HOLDS(input.find(' ') != std::string_view::npos || second != std::string_view::npos ||
              parse_rfc3339(written) != configured);
    }
}
