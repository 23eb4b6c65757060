#pragma once

#include <postrider/base/text_map.h>

#include <cstdint>
#include <string_view>

namespace postrider::queue {

/// Queues whose history is known to be in the store, so that a plain command may push into it. Where there is
/// none yet (or none any more) a script has to make it, and name the queue in `names`, in one step.
class known_histories {
 public:
    [[nodiscard]] bool has(std::string_view queue_name) const { return is_long_.contains(queue_name); }
    /// Whether it should be cut; from then on it counts as cut.
    [[nodiscard]] bool take_long(std::string_view queue_name);
    /// A push left so many records in a history of `most`; 0: it was not there.
    void note_length(std::string_view queue_name, std::uint64_t length, std::uint64_t most);
    /// A script pushed into it.
    void note_made(std::string_view queue_name);

 private:
    text_map<bool> is_long_;
};

}  // namespace postrider::queue
