#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postrider::redis {

/// The arguments of one command, kept as they go over the wire (RESP2): each is copied once as it is added,
/// and once more, together with all others, when the command is written.
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
    /// `index` past the last one: std::out_of_range.
    void set(std::size_t index, std::string_view argument);
    /// Makes one transaction of both (MULTI, EXEC): a command of these arguments is executed before this one
    /// and behind what was put first earlier, or none of them is. The reply is that of this one, or the first
    /// error that kept all from being executed. The replies to what was put first are its siblings
    /// (`reply::sibling`).
    template <typename... Arguments>
    void put_first(std::string_view name, const Arguments&... arguments) {
        begin_first(1 + sizeof...(arguments));
        add_first(name);
        (add_first(arguments), ...);
    }
    /// The same, of so many arguments (at least one): exactly as many `add_first` have to follow. More of
    /// them, or fewer when the next one begins or it is written: std::logic_error, for Redis would take all
    /// that comes behind for something else.
    void begin_first(std::size_t arguments);
    void add_first(std::string_view argument);
    void add_first(std::uint64_t number);

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Looked for from the first one on: for a few, not for all.
    [[nodiscard]] std::string_view operator[](std::size_t index) const noexcept;
    /// How many were put first; 0: it is no transaction.
    [[nodiscard]] std::size_t commands_first() const noexcept { return commands_first_; }
    /// Bytes of all arguments, of what was put first too: what bounds a batch.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    /// Makes room for arguments of so many bytes in all, before many are added.
    void reserve(std::size_t bytes) { wire_.reserve(bytes); }
    /// The same for what is put first.
    void reserve_first(std::size_t bytes) { first_.reserve(bytes); }

    /// Appends what Redis reads.
    void append_to(std::string& out) const;

 private:
    /// Where an argument is in `wire_`: its line of the length, and its own bytes.
    struct place {
        std::size_t line;
        std::size_t begin;
        std::size_t end;
    };
    [[nodiscard]] place place_of(std::size_t index) const noexcept;
    void check_first() const;

    std::string wire_;
    std::string first_;  ///< whole commands, as they go over the wire
    std::size_t commands_first_ = 0;
    std::size_t missing_first_ = 0;  ///< arguments of the last of them
    std::size_t size_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace postrider::redis
