#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace postrider::test {

/// A directory of the test's own, removed with everything in it at the end.
class temporary_directory {
 public:
    temporary_directory();
    ~temporary_directory();
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;

    /// Writes a file and gives its path.
    std::string write(std::string_view name, std::string_view content) const;
    [[nodiscard]] std::string path(std::string_view name) const;

 private:
    std::filesystem::path path_;
};

}  // namespace postrider::test
