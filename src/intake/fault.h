#pragma once

#include <postrider/http/message.h>

#include <string>
#include <vector>

namespace postrider::intake {

struct field_error {
    std::string field;  ///< empty: the event as a whole
    std::string message;
    [[nodiscard]] bool operator==(const field_error&) const = default;
};

/// Why an event, or a whole request, is refused: a problem with a list of its fields.
struct fault {
    int status = 400;
    std::string code;
    std::string detail;
    std::vector<field_error> errors;
    int retry_after_seconds = 0;  ///< 0: nothing is said
};

/// The RFC 9457 object, with `errors` beside `detail` where there are some.
[[nodiscard]] std::string to_json(const fault& fault);
[[nodiscard]] http::response to_response(const fault& fault);

}  // namespace postrider::intake
