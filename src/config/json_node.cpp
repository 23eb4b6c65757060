#include "json_node.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <set>

namespace postrider::config {
namespace {

using nlohmann::json;

constexpr int most_depth = 32;

/// What the parser's own tree would hide: keys that come twice, and nesting without end.
class strictness {
 public:
    bool operator()(int depth, json::parse_event_t event, const json& value) {
        if (depth > most_depth) fault_ = "is nested too deep; allowed are 32 levels";
        if (event == json::parse_event_t::object_start) keys_.emplace_back();
        if (event == json::parse_event_t::object_end) keys_.pop_back();
        if (event == json::parse_event_t::key && !keys_.back().insert(value.get<std::string>()).second)
            fault_ = "has a key twice in one object";
        return fault_.empty();
    }
    [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
    std::vector<std::set<std::string>> keys_;
    std::string fault_;
};

class converter {
 public:
    converter(std::uint32_t file, std::vector<std::string>& fields) : file_(file), fields_(fields) {}

    node_ptr convert(const json& value, const std::string& path) {
        auto made = std::make_shared<node>();
        made->at = place(path);
        switch (value.type()) {
            case json::value_t::object:
                made->what = node::kind::map;
                for (const auto& [key, item] : value.items()) {
                    const std::string inner = path.empty() ? key : path + '.' + key;
                    made->entries.push_back({key, place(inner), convert(item, inner)});
                }
                break;
            case json::value_t::array:
                made->what = node::kind::list;
                for (std::size_t index = 0; index < value.size(); ++index)
                    made->items.push_back(convert(value[index], path + '[' + std::to_string(index) + ']'));
                break;
            case json::value_t::null:
                break;
            default:
                made->what = node::kind::scalar;
                made->form = value.is_string()    ? node::scalar_form::text
                             : value.is_boolean() ? node::scalar_form::boolean
                                                  : node::scalar_form::number;
                made->text = value.is_string() ? value.get<std::string>() : value.dump();
        }
        return made;
    }

 private:
    position place(const std::string& path) {
        fields_.push_back(path);
        return {file_, static_cast<std::uint32_t>(fields_.size()), 1};
    }

    std::uint32_t file_;
    std::vector<std::string>& fields_;
};

}  // namespace

expected<json_document, std::string> parse_json(std::string_view text, std::uint32_t file) {
    strictness strict;
    const json parsed = json::parse(text, std::ref(strict), false);
    if (!strict.fault().empty()) return unexpected<std::string>(strict.fault());
    if (parsed.is_discarded()) return unexpected<std::string>("is no JSON");
    json_document document;
    document.root = converter(file, document.fields).convert(parsed, {});
    return document;
}

}  // namespace postrider::config
