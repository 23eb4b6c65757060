#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::redis {

/// The arguments of one command. Arguments are copied into one buffer as they are added.
class command {
 public:
    command() = default;
    template <typename... Arguments>
    explicit command(std::string_view name, const Arguments&... arguments) {
        add(name);
        (add(arguments), ...);
    }

    void add(std::string_view argument);
    void add(const char* argument) { add(std::string_view(argument)); }
    void add(const std::string& argument) { add(std::string_view(argument)); }
    void add(std::int64_t number);
    void add(std::uint64_t number);
    void add(std::uint32_t number) { add(static_cast<std::uint64_t>(number)); }
    void add(int number) { add(static_cast<std::int64_t>(number)); }
    /// Replaces an argument that was added before: the count of keys, for example.
    void set(std::size_t index, std::string_view argument);

    [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
    [[nodiscard]] std::string_view operator[](std::size_t index) const noexcept;
    /// Bytes of all arguments: what bounds a batch.
    [[nodiscard]] std::size_t bytes() const noexcept { return buffer_.size(); }

    /// Appends the wire format (by hiredis' redisFormatSdsCommandArgv).
    void append_to(std::string& out) const;

 private:
    std::string buffer_;
    std::vector<std::size_t> ends_;
};

}  // namespace postrider::redis
