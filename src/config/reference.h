#pragma once

#include <postrider/base/expected.h>
#include <postrider/config/config.h>

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace postrider::config {

/// A text with its references replaced.
struct resolved_text {
    std::string text;
    bool as_written = true;  ///< nothing was replaced: it may be repeated in a fault
};

/// Replaces what a configuration takes from outside: `${NAME}`, `${NAME:-default}` (unset or empty), `$${`
/// for a literal `${`, and `file:/path` as a whole value, without the file's last line end. What was put in
/// is never looked at again. Reads each file once.
class references {
 public:
    static constexpr std::size_t max_file_bytes = 65536;

    explicit references(const environment& environment) : environment_(&environment) {}
    /// Replaces nothing: every text is what it is.
    enum literal_texts { literal };
    explicit references(literal_texts) {}

    /// The error names the variable or the path, never a value.
    [[nodiscard]] expected<resolved_text, std::string> resolve(const std::string& text);

    /// The paths that `file:` named, readable or not.
    [[nodiscard]] std::set<std::string> paths() const;

 private:
    using content = expected<std::string, std::string>;
    [[nodiscard]] const content& read(const std::string& path);

    const environment* environment_ = nullptr;  ///< null: nothing is replaced
    std::map<std::string, content> files_;
};

}  // namespace postrider::config
