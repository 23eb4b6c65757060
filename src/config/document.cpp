#include "document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <unordered_map>
#include <unordered_set>

namespace postrider::config {
namespace {

constexpr std::size_t max_depth = 32;
// 100,000 endpoints of fifty nodes each: aliases may repeat a lot, but not without end.
constexpr std::uint64_t max_weight = 5'000'000;

/// Puts the parser's events together. yaml-cpp's own nodes would take a key twice without a word, and know
/// neither where a key stands nor whether a scalar was quoted.
class yaml_builder final : public YAML::EventHandler {
 public:
    yaml_builder(std::uint32_t file, report& faults) : file_(file), faults_(faults) {}

    [[nodiscard]] node_ptr root() const { return root_; }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(make(node::kind::null, mark), anchor, true);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found != anchors_.end()) {
            add(found->second, 0, false, place(mark));
            return;
        }
        faults_.add(place(mark),
                    "the alias stands inside what it names; an alias may only repeat what is complete");
        add(make(node::kind::null, mark), 0, false);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        check_tag(mark, tag);
        auto scalar = make(node::kind::scalar, mark);
        scalar->text = value;
        add(std::move(scalar), anchor, tag == "?");
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        check_tag(mark, tag);
        open(node::kind::list, mark, anchor);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        check_tag(mark, tag);
        open(node::kind::map, mark, anchor);
    }
    void OnMapEnd() override {
        merge(frames_.back());
        close();
    }

 private:
    struct frame {
        std::shared_ptr<node> made;
        YAML::anchor_t anchor = 0;
        bool expects_value = false;  ///< of a map: a key was read
        bool key_is_text = false;    ///< and may take its value
        bool merges = false;         ///< and is `<<`
        map_entry key;
        std::unordered_map<std::string, position> keys;
        std::vector<map_entry> merged;  ///< values of `<<`
    };

    [[nodiscard]] position place(const YAML::Mark& mark) const {
        if (mark.is_null()) return {file_, 0, 0};
        return {file_, static_cast<std::uint32_t>(mark.line) + 1,
                static_cast<std::uint32_t>(mark.column) + 1};
    }

    [[nodiscard]] std::shared_ptr<node> make(node::kind what, const YAML::Mark& mark) const {
        auto made = std::make_shared<node>();
        made->what = what;
        made->at = place(mark);
        return made;
    }

    void check_tag(const YAML::Mark& mark, const std::string& tag) {
        if (tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str") return;
        faults_.add(place(mark), "the value has a YAML tag (!…); allowed are plain values without one");
    }

    void open(node::kind what, const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (frames_.size() >= max_depth) throw YAML::ParserException(mark, "nested deeper than 32 levels");
        frames_.emplace_back();
        frames_.back().made = make(what, mark);
        frames_.back().anchor = anchor;
    }

    void close() {
        const auto finished = std::move(frames_.back());
        frames_.pop_back();
        add(finished.made, finished.anchor, false);
    }

    void add(node_ptr value, YAML::anchor_t anchor, bool plain) {
        const auto at = value->at;
        add(std::move(value), anchor, plain, at);
    }

    /// `at` is where the value stands in this place; for an alias that is not where its node was written.
    void add(node_ptr value, YAML::anchor_t anchor, bool plain, position at) {
        if (anchor != 0) anchors_[anchor] = value;
        if (frames_.empty()) {
            root_ = std::move(value);
            return;
        }
        auto& into = frames_.back();
        if (into.made->what == node::kind::map && !into.expects_value)
            return begin_entry(into, *value, plain, at);
        weigh(into, *value);
        if (into.made->what == node::kind::list) {
            into.made->items.push_back(std::move(value));
        } else {
            end_entry(into, std::move(value));
        }
    }

    void weigh(frame& into, const node& value) const {
        into.made->weight += value.weight;
        if (into.made->weight <= max_weight) return;
        const auto at = into.made->at;
        YAML::Mark mark;
        mark.line = static_cast<int>(at.line) - 1;
        mark.column = static_cast<int>(at.column) - 1;
        throw YAML::ParserException(mark, "aliases make more than 5,000,000 values of this");
    }

    void begin_entry(frame& into, const node& key, bool plain, position at) {
        into.expects_value = true;
        into.key = {key.text, at, nullptr};
        into.merges = plain && key.text == "<<";
        into.key_is_text = key.what == node::kind::scalar;
        if (!into.key_is_text) {
            faults_.add(at, "a key is no text; allowed are names as keys");
        } else if (!into.merges) {
            const auto [first, is_new] = into.keys.try_emplace(key.text, at);
            into.key_is_text = is_new;
            if (!is_new)
                faults_.add(at,
                            "the key stands twice in one map, first at " + faults_.describe(first->second));
        }
    }

    void end_entry(frame& into, node_ptr value) {
        into.expects_value = false;
        if (!into.key_is_text) return;
        if (value->what == node::kind::null) {
            // The parser places a missing value at whatever comes next, which may be lines below.
            auto missing = std::make_shared<node>();
            missing->at = into.key.key_at;
            value = std::move(missing);
        }
        into.key.value = std::move(value);
        (into.merges ? into.merged : into.made->entries).push_back(std::move(into.key));
    }

    void merge(frame& into) {
        for (const auto& merged : into.merged) {
            const auto& value = *merged.value;
            if (value.what == node::kind::map) {
                merge_map(into, value);
                continue;
            }
            bool maps = value.what == node::kind::list;
            for (const auto& item : value.items) {
                maps = maps && item->what == node::kind::map;
                if (maps) merge_map(into, *item);
            }
            if (!maps) faults_.add(merged.key_at, "\"<<\" must name a map, or a list of maps, by alias");
        }
    }

    static void merge_map(frame& into, const node& map) {
        for (const auto& entry : map.entries)
            if (into.keys.try_emplace(entry.key, entry.key_at).second) into.made->entries.push_back(entry);
    }

    std::uint32_t file_;
    report& faults_;
    node_ptr root_;
    std::vector<frame> frames_;
    std::unordered_map<YAML::anchor_t, node_ptr> anchors_;
};

/// The parser takes a quoted text that the end of the file cuts off for a whole one; at a document's end it
/// refuses.
const char* end_of_document(const std::string& text) {
    return text.ends_with('\n') ? "...\n" : "\n...\n";
}

std::string explain(const YAML::Exception& wrong) {
    const bool unclosed =
        wrong.msg == YAML::ErrorMsg::DOC_IN_SCALAR || wrong.msg == YAML::ErrorMsg::EOF_IN_SCALAR;
    return "not valid YAML: " + (unclosed ? "a quoted text never ends" : wrong.msg);
}

/// Reads a second document into nothing.
class nothing final : public YAML::EventHandler {
 public:
    [[nodiscard]] position start(std::uint32_t file) const {
        return {file, static_cast<std::uint32_t>(start_.line) + 1,
                static_cast<std::uint32_t>(start_.column) + 1};
    }
    void OnDocumentStart(const YAML::Mark& mark) override { start_ = mark; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

 private:
    YAML::Mark start_;
};

}  // namespace

node_ptr parse_document(const std::string& text, std::uint32_t file, report& faults) {
    std::istringstream stream(text + end_of_document(text));
    yaml_builder built(file, faults);
    try {
        YAML::Parser parser(stream);
        if (!parser.HandleNextDocument(built)) {
            auto empty = std::make_shared<node>();
            empty->at = {file, 1, 1};
            return empty;
        }
        nothing ignored;
        if (parser.HandleNextDocument(ignored))
            faults.add(ignored.start(file), "a second YAML document begins here; allowed is one in a file");
    } catch (const YAML::Exception& wrong) {
        const bool placed = !wrong.mark.is_null();
        faults.add({file, placed ? static_cast<std::uint32_t>(wrong.mark.line) + 1 : 0,
                    placed ? static_cast<std::uint32_t>(wrong.mark.column) + 1 : 0},
                   explain(wrong));
        return nullptr;
    }
    return built.root();
}

}  // namespace postrider::config
