#pragma once

#include <postrider/queue/keys.h>
#include <postrider/queue/membership.h>
#include <postrider/redis/client.h>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::queue {

/// Tells other daemons that a queue in one of their partitions, which had been empty, has work. What comes in
/// one turn of the executor goes out together, a message for each member. Nothing is repeated: a lost note
/// costs the owner up to a second, until it looks by itself. One for each shard; lives on its executor.
class work_notes {
 public:
    work_notes(const boost::asio::any_io_executor& executor, redis::client& client, const keys& keys);
    ~work_notes();
    work_notes(const work_notes&) = delete;
    work_notes& operator=(const work_notes&) = delete;

    /// Whom to tell from here on.
    void set_view(membership_view_ptr view);
    /// For a partition that is not this daemon's. At most 4,096 wait for a turn; more are left to the owner's
    /// look.
    void add(std::uint32_t partition, std::string queue_name);

 private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

/// The payload of a message: 'w', then lines "<partition> <queue>".
[[nodiscard]] std::string encode_work(const std::vector<std::pair<std::uint32_t, std::string>>& notes);
/// Leaves out what is no note of a partition below `partitions`.
[[nodiscard]] std::vector<std::pair<std::uint32_t, std::string>> decode_work(std::string_view payload,
                                                                             std::uint32_t partitions);

}  // namespace postrider::queue
