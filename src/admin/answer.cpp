#include "answer.h"

#include <algorithm>
#include <set>

namespace postrider::admin {

namespace {

constexpr std::size_t most_depth = 32;
/// No document of ours has as many. The library looks through all of them for each that it adds, as it keeps
/// their order: a body full of names would stop this thread, and with it deliveries, for over half a second.
constexpr std::size_t most_names = 1000;

/// Counts depth and names, and looks for names that an object has twice, which the library would let pass.
/// What follows a fault is read and not kept.
class strict_reader {
 public:
    bool operator()(int, json::parse_event_t event, json& value) {
        if (!fault_.empty()) return false;
        if (event == json::parse_event_t::object_start || event == json::parse_event_t::array_start) {
            names_.emplace_back();
            if (names_.size() > most_depth) fault_ = "the body is nested deeper than 32";
        } else if (event == json::parse_event_t::object_end || event == json::parse_event_t::array_end) {
            names_.pop_back();
        } else if (event == json::parse_event_t::key) {
            const auto& name = value.get_ref<const std::string&>();
            if (!names_.back().insert(name).second) fault_ = "the body has a name twice in one object";
            if (names_.back().size() > most_names) fault_ = "the body has more than 1000 names in one object";
        }
        return fault_.empty();
    }
    [[nodiscard]] std::string_view fault() const noexcept { return fault_; }

 private:
    std::vector<std::set<std::string>> names_;
    std::string_view fault_;
};

http::response not_json(std::string_view why) {
    return http::problem(400, "invalid_json", why);
}

}  // namespace

http::response answer(int status, const json& document) {
    http::response out;
    out.status = status;
    // What came out of Redis or from a receiver need not be UTF-8.
    out.body = document.dump(-1, ' ', false, json::error_handler_t::replace);
    return out;
}

http::response no_content() {
    http::response out;
    out.status = 204;
    return out;
}

http::response not_found(std::string_view what) {
    return http::problem(404, "not_found", "there is no such " + std::string(what));
}

http::response unavailable(std::string_view why) {
    auto out = http::problem(503, "unavailable", why);
    out.headers.emplace_back("Retry-After", "1");
    return out;
}

http::response invalid(const std::vector<field_fault>& faults, std::string_view code) {
    auto out =
        http::problem(422, code,
                      faults.empty()                 ? "the request is not valid"
                      : faults.front().field.empty() ? faults.front().message
                                                     : faults.front().field + ": " + faults.front().message);
    auto document = json::parse(out.body);
    auto errors = json::array();
    for (const auto& fault : faults)
        errors.push_back({{"field", fault.field}, {"message", fault.message}});
    document["errors"] = std::move(errors);
    out.body = document.dump(-1, ' ', false, json::error_handler_t::replace);
    return out;
}

expected<json, http::response> read_object(std::string_view body, bool may_be_absent) {
    if (body.empty() && may_be_absent) return json::object();
    strict_reader reader;
    auto document = json::parse(body, std::ref(reader), false);
    if (document.is_discarded()) return unexpected<http::response>(not_json("the body is not JSON"));
    if (!reader.fault().empty()) return unexpected<http::response>(not_json(reader.fault()));
    if (!document.is_object())
        return unexpected<http::response>(invalid({{"", "the body must be a JSON object"}}));
    return document;
}

std::vector<field_fault> find_unknown(const json& object, std::initializer_list<std::string_view> known) {
    std::vector<field_fault> faults;
    for (const auto& [name, value] : object.items()) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            faults.push_back({name, "is not known here"});
    }
    return faults;
}

json to_json(std::optional<wall_time> time) {
    return time ? json(to_rfc3339(*time)) : json(nullptr);
}

json text_or_null(std::string_view text) {
    return text.empty() ? json(nullptr) : json(text);
}

}  // namespace postrider::admin
