#pragma once

#include <ctime>
#include <string>
#include <string_view>

namespace postrider::http {

/// "Date: Sun, 06 Nov 1994 08:49:37 GMT" with CRLF, made once a second.
class date_line {
 public:
    [[nodiscard]] std::string_view now();

 private:
    std::time_t made_at_ = -1;
    std::string line_;
};

}  // namespace postrider::http
