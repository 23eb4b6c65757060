#include "reference.h"

#include "source.h"

#include <algorithm>

namespace postrider::config {
namespace {

constexpr std::string_view file_scheme = "file:";

bool is_name(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
    const auto part = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
    return !name.empty() && name.size() <= 128 && letter(name.front()) && std::ranges::all_of(name, part);
}

/// Appends what "NAME" or "NAME:-default" stands for; what is wrong otherwise.
std::string append_variable(std::string_view inside, const environment& environment, std::string& out) {
    const auto separator = inside.find(":-");
    const std::string name(inside.substr(0, separator));
    if (!is_name(name))
        return "\"${\" is not followed by a name and \"}\"; allowed are ${NAME}, ${NAME:-default}, and $${ "
               "for a literal \"${\"";
    const auto value = environment(name);
    if (separator != std::string_view::npos) {
        out += value && !value->empty() ? *value : std::string(inside.substr(separator + 2));
        return {};
    }
    if (!value)
        return "the environment variable " + name + " is not set; set it, or give a default: ${" + name +
               ":-default}";
    out += *value;
    return {};
}

expected<resolved_text, std::string> replace_variables(std::string_view text,
                                                       const environment& environment) {
    resolved_text resolved;
    for (;;) {
        const auto found = text.find("${");
        if (found == std::string_view::npos) {
            resolved.text += text;
            return resolved;
        }
        if (found > 0 && text[found - 1] == '$') {  // $${ : the first dollar is the escape
            resolved.text.append(text.substr(0, found - 1)).append("${");
            text.remove_prefix(found + 2);
            continue;
        }
        resolved.text += text.substr(0, found);
        text.remove_prefix(found + 2);
        const auto end = text.find('}');
        const auto inside = end == std::string_view::npos ? std::string_view{} : text.substr(0, end);
        auto wrong = append_variable(inside, environment, resolved.text);
        if (!wrong.empty()) return unexpected<std::string>(std::move(wrong));
        resolved.as_written = false;
        text.remove_prefix(end + 1);
    }
}

std::string without_line_end(std::string content) {
    if (content.ends_with('\n')) content.pop_back();
    if (content.ends_with('\r')) content.pop_back();
    return content;
}

}  // namespace

const references::content& references::read(const std::string& path) {
    const auto known = files_.find(path);
    if (known != files_.end()) return known->second;
    return files_.emplace(path, read_file(path, max_file_bytes).map(without_line_end)).first->second;
}

expected<resolved_text, std::string> references::resolve(const std::string& text) {
    if (environment_ == nullptr) return resolved_text{text, true};
    auto resolved = replace_variables(text, *environment_);
    if (!resolved || !text.starts_with(file_scheme)) {
        if (resolved && !resolved->as_written && find_unprintable(resolved->text) != std::string::npos)
            return unexpected<std::string>(
                "the value from the environment holds control characters or is not UTF-8");
        return resolved;
    }
    const auto path = resolved->text.substr(file_scheme.size());
    if (!path.starts_with('/'))
        return unexpected<std::string>(
            "\"file:\" is not followed by an absolute path; allowed is file:/path/of/the/file");
    const auto& content = read(path);
    const auto written = text.substr(file_scheme.size());  // a path from a variable is not repeated
    if (!content) return unexpected<std::string>("the file " + written + " " + content.error());
    if (find_unprintable(*content) != std::string::npos)
        return unexpected<std::string>("the file " + written + " holds control characters or is not UTF-8");
    return resolved_text{*content, false};
}

std::set<std::string> references::paths() const {
    std::set<std::string> paths;
    for (const auto& [path, content] : files_)
        paths.insert(path);
    return paths;
}

}  // namespace postrider::config
