#include "report.h"

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
    entry added{at, std::move(message)};
    if (entries_.size() < most) {
        entries_.insert(std::move(added));
    } else if (!entries_.contains(added)) {
        more_ = true;
    }
}

std::vector<fault> report::sorted() const {
    std::vector<fault> faults;
    for (const auto& [at, message] : entries_)
        faults.push_back({files_[at.file], at.line, at.column, message});
    if (more_) faults.push_back({files_.front(), 0, 0, "more faults follow; these are the first 1000"});
    return faults;
}

}  // namespace postrider::config
