#pragma once

#include <cstddef>
#include <string>

namespace postrider::delivery {

/// The bytes of a request. Those that show an endpoint's credentials are wiped when they go: what comes into
/// the same memory may be for another endpoint, or may never come. Nothing is wiped where there are none, and
/// never the body.
class request_buffer {
 public:
    request_buffer() = default;
    request_buffer(const request_buffer&) = delete;
    request_buffer& operator=(const request_buffer&) = delete;
    ~request_buffer() { clear(); }

    std::string text;
    std::size_t credentials_end = 0;  ///< behind the last byte that shows one; 0: none does

    void swap(request_buffer& other) noexcept;
    /// For the next request; does not hold on to the memory of an unusually large one.
    void clear();
};

}  // namespace postrider::delivery
