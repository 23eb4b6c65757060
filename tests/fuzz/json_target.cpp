// JSON of events: our scanner says the same as nlohmann-json, but for what it says on purpose otherwise.

#include "fuzz/target.h"

#include <intake/json_scanner.h>
#include <intake/json_string.h>
#include <nlohmann/json.hpp>

#include <string>

namespace postrider::fuzz {
namespace {

using nlohmann::json;

struct scanned {
    bool good = false;
    std::string_view value;
    std::string_view fault;
};

scanned scan(std::string_view text) {
    intake::json_scanner scanner(text);
    scanned told;
    told.good = scanner.read_value(told.value) && scanner.read_end();
    told.fault = scanner.fault();
    HOLDS(told.good == told.fault.empty() && scanner.position() <= text.size());
    return told;
}

/// Counts what the library's tree would hide.
class depth_counter final : public json::json_sax_t {
 public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(json::number_integer_t) override { return true; }
    bool number_unsigned(json::number_unsigned_t) override { return true; }
    bool number_float(json::number_float_t, const std::string&) override { return true; }
    bool string(std::string&) override { return true; }
    bool binary(json::binary_t&) override { return true; }
    bool start_object(std::size_t) override { return open(); }
    bool key(std::string&) override { return true; }
    bool end_object() override { return --depth_, true; }
    bool start_array(std::size_t) override { return open(); }
    bool end_array() override { return --depth_, true; }
    bool parse_error(std::size_t, const std::string&, const json::exception& wrong) override {
        is_overflow_ = wrong.id == 406;
        return false;
    }
    [[nodiscard]] std::size_t deepest() const { return deepest_; }
    [[nodiscard]] bool is_overflow() const { return is_overflow_; }

 private:
    bool open() {
        deepest_ = std::max(deepest_, ++depth_);
        return true;
    }
    std::size_t depth_ = 0;
    std::size_t deepest_ = 0;
    bool is_overflow_ = false;
};

/// Where the two may differ: a byte order mark and depth, which only we refuse; a NUL, at which the library
/// stops reading; numbers that it cannot hold.
void compare(std::string_view text, const scanned& ours) {
    if (text.starts_with('\xEF') || text.find('\0') != std::string_view::npos) return;
    depth_counter counter;
    const bool theirs = json::sax_parse(text, &counter);
    if (counter.is_overflow()) return;
    const bool too_deep = counter.deepest() > intake::json_scanner::max_depth;
    if (too_deep)
        HOLDS(!ours.good);
    else
        HOLDS(ours.good == theirs);
}

void compare_object(std::string_view text) {
    intake::json_scanner scanner(text);
    std::vector<intake::json_member> members;
    if (scanner.peek() != '{' || !scanner.read_object(members) || !scanner.read_end()) return;
    std::size_t size = 0;
    for (const auto& member : members) {
        const auto name = intake::decode_json_string(member.name);
        const auto parsed = json::parse(member.name, nullptr, false);
        HOLDS(parsed.is_string() && parsed.get_ref<const std::string&>() == name);
        HOLDS(scan(member.value).good && scan(member.value).value == member.value);
        HOLDS(member.value.data() >= text.data() &&
              member.value.data() + member.value.size() <= text.data() + text.size());
        size += member.name.size() + member.value.size();
    }
    HOLDS(size <= text.size());
}

}  // namespace
}  // namespace postrider::fuzz

FUZZ_TARGET(json) {
    using namespace postrider::fuzz;
    const auto ours = scan(input);
    compare(input, ours);
    if (!ours.good) return;
    HOLDS(scan(ours.value).good);
    if (ours.value.starts_with('"')) {
        const auto parsed = nlohmann::json::parse(ours.value, nullptr, false);
        HOLDS(parsed.get_ref<const std::string&>() == postrider::intake::decode_json_string(ours.value));
    }
    compare_object(input);
}
