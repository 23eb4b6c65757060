// Base64 and hexadecimal: one text for each sequence of bytes, and no other text for it.

#include "fuzz/target.h"

#include <postrider/base/encoding.h>

#include <string>

FUZZ_TARGET(base64) {
    using namespace postrider;
    const auto text = to_base64(bytes_of(input));
    HOLDS(from_base64(text) == std::string(input));
    if (const auto bytes = from_base64(input)) HOLDS(to_base64(bytes_of(*bytes)) == input);
    const auto url = to_base64url(bytes_of(input));
    HOLDS(url.find_first_of("+/=") == std::string::npos && url.size() <= text.size());
    HOLDS(to_hex(bytes_of(input)).size() == 2 * input.size());
}
