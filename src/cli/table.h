#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace postrider::cli {

/// A table of text for people.
class table {
 public:
    enum class fit {
        whole,    ///< never cut: what is copied into the next command
        cut,      ///< cut with `…` when the terminal is narrow
        dropped,  ///< cut, and then left out, the last such column first
    };
    struct column {
        std::string title;
        fit narrow = fit::whole;
        bool number = false;  ///< aligned to the right
        bool state = false;   ///< painted by its tone
    };

    explicit table(std::vector<column> columns);

    /// One cell for each column, of any bytes: what could steer a terminal is shown as `\xNN`.
    void add(const std::vector<std::string>& cells);

    /// Titles and rows, each line at most `width` columns if that is possible; 0: nothing is cut.
    [[nodiscard]] std::string render(std::size_t width, bool colours = false) const;

 private:
    std::vector<column> columns_;
    std::vector<std::vector<std::string>> rows_;  ///< printable
};

}  // namespace postrider::cli
