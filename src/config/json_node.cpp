#include "json_node.h"

#include "json_number.h"
#include "section.h"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <set>

namespace postrider::config {
namespace {

using nlohmann::json;

constexpr std::size_t most_depth = 32;
constexpr int number_overflow = 406;  // the library's id of that fault

std::string quote(std::string_view key) {
    return '"' + std::string(key) + '"';
}

/// Puts the parser's events together. The parser's own tree would hide keys that come twice, nest without
/// end, and no longer know how a number was written.
class json_builder final : public json::json_sax_t {
 public:
    explicit json_builder(std::uint32_t file) : fields_(file) {}

    bool null() override { return add(node::kind::null, {}, {}); }
    bool boolean(bool value) override {
        return add(node::kind::scalar, node::scalar_form::boolean, value ? "true" : "false");
    }
    bool number_integer(json::number_integer_t value) override { return add_number(std::to_string(value)); }
    bool number_unsigned(json::number_unsigned_t value) override { return add_number(std::to_string(value)); }
    bool number_float(json::number_float_t, const std::string& written) override {
        return add_number(plain_number(written));
    }
    bool string(std::string& value) override {
        return add(node::kind::scalar, node::scalar_form::text, std::move(value));
    }
    bool binary(json::binary_t&) override { return false; }  // JSON has none
    bool start_object(std::size_t) override { return open(node::kind::map); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(node::kind::list); }
    bool end_array() override { return close(); }

    bool key(std::string& key) override {
        auto& into = frames_.back();
        into.name = shown_key(key);
        into.key_at = fields_.add(into.made->at, key);
        into.expects_value = true;
        if (!into.keys.insert(key).second)
            return fail(into.key_at, quote(into.name) + " stands twice in one object");
        into.key = std::move(key);
        return true;
    }

    bool parse_error(std::size_t, const std::string&, const json::exception& wrong) override {
        const bool of_key = !frames_.empty() && !frames_.back().expects_value;
        if (wrong.id == number_overflow && !frames_.empty())
            return fail(next_place(), next_subject() + " is too large a number");
        if (wrong.id == number_overflow) return fail_root();
        // The library has no id for this. What it has read is never shown: it may be of a secret.
        if (std::string_view(wrong.what()).find(" - invalid string: ") == std::string_view::npos)
            return fail({}, "the document is no JSON");
        const std::string why =
            " is no text of JSON; allowed are UTF-8 without control characters, the escapes of JSON and "
            "whole surrogate pairs";
        if (of_key) return fail(frames_.back().made->at, frames_.back().subject + " has a key that" + why);
        return fail(next_place(), next_subject() + why);
    }

    [[nodiscard]] expected<json_document, document_fault> take() {
        if (fault_) return unexpected<document_fault>(std::move(*fault_));
        return json_document{std::move(root_), std::move(fields_)};
    }

 private:
    struct frame {
        std::shared_ptr<node> made;
        std::string subject;  ///< how faults name it
        std::string name;     ///< the last key, of the list's own when it is one; as faults may show it
        bool expects_value = false;  ///< a list, or a map of which a key was read
        std::string key;
        position key_at;
        std::set<std::string> keys;
    };

    position next_place() {
        if (frames_.empty()) return fields_.add_root();
        const auto& into = frames_.back();
        return into.made->what == node::kind::map ? into.key_at
                                                  : fields_.add(into.made->at, into.made->items.size());
    }

    [[nodiscard]] std::string next_subject() const {
        if (frames_.empty()) return "the document";
        const auto& into = frames_.back();
        return (into.made->what == node::kind::map ? "" : "an item of ") + quote(into.name);
    }

    bool fail(position at, std::string message) {
        fault_ = document_fault{fields_.path_of(at.line), std::move(message)};
        return false;
    }
    bool fail_root() { return fail({}, "the document is no JSON object"); }

    bool add_number(std::string text) {
        return add(node::kind::scalar, node::scalar_form::number, std::move(text));
    }

    bool add(node::kind what, node::scalar_form form, std::string text) {
        if (frames_.empty()) return fail_root();
        auto made = std::make_shared<node>();
        made->what = what;
        made->form = form;
        made->at = next_place();
        made->text = std::move(text);
        put(std::move(made));
        return true;
    }

    bool open(node::kind what) {
        if (frames_.empty() && what != node::kind::map) return fail_root();
        auto made = std::make_shared<node>();
        made->what = what;
        made->at = next_place();
        auto subject = next_subject();
        if (frames_.size() >= most_depth)
            return fail(made->at, subject + " is nested too deep; allowed are 32 levels");
        auto name = frames_.empty() ? std::string() : frames_.back().name;
        frames_.push_back(
            {std::move(made), std::move(subject), std::move(name), what == node::kind::list, {}, {}, {}});
        return true;
    }

    bool close() {
        auto made = std::move(frames_.back().made);
        frames_.pop_back();
        if (frames_.empty()) {
            root_ = std::move(made);
        } else {
            put(std::move(made));
        }
        return true;
    }

    void put(node_ptr value) {
        auto& into = frames_.back();
        if (into.made->what == node::kind::list) {
            into.made->items.push_back(std::move(value));
        } else {
            into.made->entries.push_back({std::move(into.key), into.key_at, std::move(value)});
            into.expects_value = false;
        }
    }

    field_paths fields_;
    node_ptr root_;
    std::vector<frame> frames_;
    std::optional<document_fault> fault_;
};

}  // namespace

expected<json_document, document_fault> parse_json(std::string_view text, std::uint32_t file) {
    json_builder built(file);
    (void)json::sax_parse(text, &built);
    return built.take();
}

}  // namespace postrider::config
