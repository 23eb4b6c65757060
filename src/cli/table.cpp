#include "table.h"

#include "terminal_text.h"
#include "tone.h"

#include <algorithm>
#include <utility>

namespace postrider::cli {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest_cut = 8;

/// How wide each column is drawn; 0: not at all.
class fitting {
 public:
    fitting(const std::vector<table::column>& columns, std::vector<std::size_t> widths)
        : columns_(columns), widths_(std::move(widths)) {}

    std::vector<std::size_t> fit_into(std::size_t width) {
        while (total() > width && (shrink_widest() || drop_last()))
            ;
        return widths_;
    }

 private:
    [[nodiscard]] std::size_t total() const {
        std::size_t sum = 0;
        for (const auto width : widths_)
            sum += width > 0 ? width + gap : 0;
        return sum - gap;
    }

    bool shrink_widest() {
        std::size_t* widest = nullptr;
        for (std::size_t n = 0; n < widths_.size(); ++n) {
            if (columns_[n].narrow == table::fit::whole || widths_[n] <= narrowest_cut) continue;
            if (widest == nullptr || widths_[n] > *widest) widest = &widths_[n];
        }
        if (widest != nullptr) --*widest;
        return widest != nullptr;
    }

    bool drop_last() {
        for (std::size_t n = widths_.size(); n-- > 0;) {
            if (columns_[n].narrow != table::fit::dropped || widths_[n] == 0) continue;
            widths_[n] = 0;
            return true;
        }
        return false;
    }

    const std::vector<table::column>& columns_;
    std::vector<std::size_t> widths_;
};

void append_cell(std::string& line, const std::string& cell, std::size_t width, bool right, tone tone) {
    const auto shown = cut_to(cell, width);
    const std::string blanks(width - columns_of(shown), ' ');
    if (!line.empty()) line.append(gap, ' ');
    line += right ? blanks + painted(shown, tone) : painted(shown, tone) + blanks;
}

}  // namespace

table::table(std::vector<column> columns) : columns_(std::move(columns)) {}

void table::add(const std::vector<std::string>& cells) {
    auto& row = rows_.emplace_back();
    for (const auto& cell : cells)
        row.push_back(printable(cell));
}

std::string table::render(std::size_t width, bool colours) const {
    std::vector<std::size_t> widths;
    for (std::size_t n = 0; n < columns_.size(); ++n) {
        widths.push_back(columns_of(columns_[n].title));
        for (const auto& row : rows_)
            widths.back() = std::max(widths.back(), columns_of(row[n]));
    }
    if (width > 0) widths = fitting(columns_, std::move(widths)).fit_into(width);

    std::string out;
    const auto append_line = [&](const auto& cell_of, bool painted) {
        std::string line;
        for (std::size_t n = 0; n < columns_.size(); ++n)
            if (widths[n] > 0)
                append_cell(line, cell_of(n), widths[n], columns_[n].number,
                            painted && columns_[n].state ? tone_of(cell_of(n)) : tone::plain);
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    };
    append_line([&](std::size_t n) { return columns_[n].title; }, false);
    for (const auto& row : rows_)
        append_line([&](std::size_t n) { return row[n]; }, colours);
    return out;
}

}  // namespace postrider::cli
