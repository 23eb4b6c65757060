#pragma once

#include <postrider/queue/keys.h>
#include <postrider/redis/command.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace postrider::queue {

/// How a script is named in a command: EVALSHA and its digest, or EVAL and its text where Redis had forgotten
/// it. What goes beside the script in a transaction was executed by then.
struct script_form {
    std::string_view verb;
    std::string_view script;
    bool again = false;
};

/// The partitions that one call names, each once, with the tokens that it passes for them.
class call_partitions {
 public:
    /// The partition's place among KEYS, from 1. `token` counts when the partition is new.
    std::uint32_t add(std::uint32_t partition, std::string_view token);
    /// Of a partition that was added.
    [[nodiscard]] std::uint32_t place_of(std::uint32_t partition) const;
    [[nodiscard]] const std::string& token_of(std::uint32_t partition) const;

    /// Verb, script, number of keys and the bases, with room for so many bytes `more`.
    [[nodiscard]] redis::command begin_command(const script_form& form, const keys& keys,
                                               std::size_t more = 0) const;
    void add_tokens(redis::command& command) const;

 private:
    std::vector<std::uint32_t> partitions_;
    std::vector<std::string> tokens_;
};

}  // namespace postrider::queue
