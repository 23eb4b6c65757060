#include "field_paths.h"

#include "section.h"

namespace postrider::config {

position field_paths::add(position around, std::string_view key) {
    return add({around.line, shown_key(key), 0});
}

position field_paths::add(step step) {
    steps_.push_back(std::move(step));
    return {file_, static_cast<std::uint32_t>(steps_.size()), 1};
}

std::string field_paths::path_of(std::size_t line) const {
    std::vector<const step*> way;
    for (; line != 0 && steps_.at(line - 1).around != 0; line = steps_[line - 1].around)
        way.push_back(&steps_[line - 1]);
    std::string path;
    for (auto one = way.rbegin(); one != way.rend(); ++one) {
        if ((*one)->key.empty()) {
            path += '[' + std::to_string((*one)->index) + ']';
        } else {
            path.append(path.empty() ? "" : ".").append((*one)->key);
        }
    }
    return path;
}

}  // namespace postrider::config
