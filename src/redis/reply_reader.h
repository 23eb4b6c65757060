#pragma once

#include <postrider/base/expected.h>
#include <postrider/redis/reply.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::redis {

/// Bytes of one connection into replies (RESP2). A fault is final: the connection is closed, and the next
/// one gets a reader of its own.
class reply_reader {
 public:
    /// `max_bytes` bounds what is taken in since the last whole reply, and so the elements of an array.
    explicit reply_reader(std::size_t max_bytes);
    ~reply_reader();
    reply_reader(const reply_reader&) = delete;
    reply_reader& operator=(const reply_reader&) = delete;

    /// Appends the replies that these bytes complete, also those before a fault. `QUEUED`, which Redis says
    /// to each command of a transaction, becomes nil.
    [[nodiscard]] expected<void, std::string> feed(std::string_view bytes, std::vector<reply>& out);

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace postrider::redis
