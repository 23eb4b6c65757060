#pragma once

#include <postrider/redis/command.h>
#include <postrider/redis/reply.h>
#include <postrider/redis/url.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::redis {

/// The commands that open a connection, and how their replies are taken.
class greeting {
 public:
    /// Begins with AUTH and SELECT, where the location has something to say there.
    explicit greeting(const location& where);

    enum class weight : std::uint8_t {
        needed,  ///< any error reply fails the attempt
        polite,  ///< may be forbidden to this user, but not unauthenticated or loading
        master,  ///< needed, and ROLE must answer that it is one
    };
    /// `name` is a literal, for people.
    void add(const char* name, weight importance, command text);

    [[nodiscard]] const std::vector<command>& commands() const noexcept { return commands_; }
    /// Why this answer to the command at `index` fails the attempt; empty when it does not. No password in
    /// it. `last_words`: the connection ended behind it.
    [[nodiscard]] std::string refusal(std::size_t index, const reply& answer, bool last_words) const;

 private:
    struct expectation {
        const char* name;
        weight importance;
    };
    [[nodiscard]] std::string refusal_text(std::string_view name, std::string_view answer) const;
    /// What a server said, bounded; nothing of it when the password is in it, wherever.
    [[nodiscard]] std::string quote(std::string_view text) const;

    secret password_;
    std::vector<command> commands_;
    std::vector<expectation> expected_;
};

/// For a connection that is to be used: who it is, whether it must be a master, and the preamble.
[[nodiscard]] greeting greeting_for_use(const location& where, const std::string& name, bool wants_master,
                                        const std::vector<command>& preamble);

}  // namespace postrider::redis
