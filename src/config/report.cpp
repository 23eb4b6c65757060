#include "report.h"

#include <algorithm>

namespace postrider::config {

std::uint32_t report::add_file(std::string name) {
    files_.push_back(std::move(name));
    return static_cast<std::uint32_t>(files_.size() - 1);
}

std::string report::describe(position at) const {
    return files_[at.file] + ':' + std::to_string(at.line) + ':' + std::to_string(at.column);
}

void report::add(position at, std::string message) {
    ++count_;
    if (entries_.size() >= most) forget_repeated();
    if (entries_.size() >= most) {
        ++left_out_;
        return;
    }
    entries_.push_back({at, std::move(message)});
}

void report::forget_repeated() {
    std::ranges::sort(entries_);
    const auto repeated = std::ranges::unique(entries_);
    entries_.erase(repeated.begin(), repeated.end());
}

std::vector<fault> report::sorted() const {
    report unique = *this;
    unique.forget_repeated();
    std::vector<fault> faults;
    for (auto& [at, message] : unique.entries_)
        faults.push_back({files_[at.file], at.line, at.column, std::move(message)});
    if (left_out_ > 0)
        faults.push_back({files_.front(), 0, 0, "more faults follow; these are the first 1000"});
    return faults;
}

}  // namespace postrider::config
