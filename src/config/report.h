#pragma once

#include <postrider/config/config.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace postrider::config {

/// A place in one of the files of a report. Lines and columns count from 1; line 0 is the file as a whole.
struct position {
    std::uint32_t file = 0;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    [[nodiscard]] auto operator<=>(const position&) const = default;
};

/// Collects the faults of one configuration. Never more than `most`: of the rest
/// it is only told that there is more.
class report {
 public:
    static constexpr std::size_t most = 1000;

    [[nodiscard]] std::uint32_t add_file(std::string name);
    [[nodiscard]] const std::string& file_name(std::uint32_t file) const { return files_[file]; }
    /// "file:line:col", as in the faults themselves.
    [[nodiscard]] std::string describe(position at) const;

    void add(position at, std::string message);
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    /// Faults so far, repeated ones and those past the bound too.
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// By file in the order of reading, line and column. The same fault of the same place comes once:
    /// defaults and aliases are read for each endpoint that takes them.
    [[nodiscard]] std::vector<fault> sorted() const;

 private:
    struct entry {
        position at;
        std::string message;
        [[nodiscard]] auto operator<=>(const entry&) const = default;
    };

    std::vector<std::string> files_;
    std::set<entry> entries_;
    bool more_ = false;
    std::uint64_t count_ = 0;
};

}  // namespace postrider::config
