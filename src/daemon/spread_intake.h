#pragma once

#include <postrider/queue/delivery.h>
#include <postrider/queue/keys.h>

#include <cstdint>
#include <functional>
#include <string>

namespace postrider::daemon {

/// How an event gets into a Cluster, where no call spans two partitions. The id's home partition is written
/// first, with the names of all queues: it alone decides new, same or conflict. Then each other partition
/// gets its part, remembered there by the same id and content, so that repeating a part changes nothing. An
/// event that was half written is completed by its repetition: for the recorded queues and with the recorded
/// time, whatever the configuration says by then.
struct spread_intake {
    using answered = std::function<void(queue::enqueue_answer)>;
    /// Writes a part in its partition; calls back once, on the executor of `store`, never before it returns.
    std::function<void(std::uint32_t partition, queue::new_event part, answered done)> write;
    /// The endpoint of a recorded queue; null when the configuration has it no more.
    std::function<endpoint_ptr(const std::string& queue_name)> find;
    const queue::keys& keys;

    /// Stores the event in all its partitions and calls back once. An event without a content hash, whose id
    /// nobody can repeat, may be stored in part when the answer is `unavailable`.
    void store(queue::new_event event, answered done) const;
};

}  // namespace postrider::daemon
