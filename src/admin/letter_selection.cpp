#include "letter_selection.h"

#include "identifiers.h"
#include "query.h"

#include <postrider/base/rfc3339.h>

#include <set>

namespace postrider::admin {

namespace {

using dead_letter::job;

/// Takes the fields of a body, and collects what is wrong with them.
class selection_reader {
 public:
    selection_reader(const call& asked, const json& body) : asked_(asked), body_(body) {
        faults_ = find_unknown(body, {"ids", "webhook_id", "event_type", "reason", "before", "after"});
    }

    job read() {
        job made;
        made.tenant = asked_.tenant.value_or(std::string());
        if (body_.contains("ids")) {
            if (body_.size() > 1 && faults_.empty()) fault("ids", "cannot stand beside filters");
            made.named = take_ids();
            return made;
        }
        auto& filter = made.filter;
        filter.tenant = made.tenant;
        if (const auto id = take_text("webhook_id", is_name, "must be the id of a webhook"); !id.empty())
            choose_webhook(asked_, id, filter);
        filter.event_type =
            take_text("event_type", is_event_type, "must be 1 to 256 letters, digits, '_', '.' and '-'");
        const auto is_reason = [](std::string_view text) { return dead_reason_of(text).has_value(); };
        filter.reason =
            dead_reason_of(take_text("reason", is_reason, "must be " + std::string(known_reasons())));
        filter.before = take_time("before");
        filter.after = take_time("after");
        return made;
    }

    [[nodiscard]] const std::vector<field_fault>& faults() const noexcept { return faults_; }

 private:
    void fault(std::string field, std::string message) {
        faults_.push_back({std::move(field), std::move(message)});
    }

    template <typename Rule>
    std::string take_text(const std::string& name, Rule fits, std::string otherwise) {
        const auto given = body_.find(name);
        if (given == body_.end()) return {};
        if (given->is_string() && fits(given->template get_ref<const std::string&>()))
            return given->template get<std::string>();
        fault(name, std::move(otherwise));
        return {};
    }

    std::optional<wall_time> take_time(const std::string& name) {
        const auto is_time = [](std::string_view text) { return parse_rfc3339(text).has_value(); };
        return parse_rfc3339(
            take_text(name, is_time, "must be a time in RFC 3339, such as 2026-01-31T12:00:00Z"));
    }

    /// Each once, in their order.
    std::vector<std::pair<std::string, std::string>> take_ids() {
        const auto& given = body_["ids"];
        std::vector<std::pair<std::string, std::string>> named;
        if (!given.is_array() || given.empty() || given.size() > job::most_named) {
            fault("ids", "must be 1 to " + std::to_string(job::most_named) + " ids of dead letters");
            return named;
        }
        std::set<std::string_view> seen;
        for (std::size_t at = 0; at < given.size(); ++at) {
            const auto* const text = given[at].get_ptr<const std::string*>();
            const auto id = text == nullptr ? std::nullopt : read_dead_letter_id(*text);
            if (!id) {
                fault("ids[" + std::to_string(at) + ']', "must be the id of a dead letter");
                return named;
            }
            if (seen.insert(*text).second) named.emplace_back(find_queue(*id), id->store_id);
        }
        return named;
    }

    /// As `queue_name_of`; a thousand letters are mostly of few webhooks.
    const std::string& find_queue(const row_id& id) {
        const auto said = id.tenant + '.' + id.webhook_id;
        const auto known = queues_.find(said);
        if (known != queues_.end()) return known->second;
        return queues_.emplace(said, queue_name_of(asked_, id)).first->second;
    }

    const call& asked_;
    const json& body_;
    std::vector<field_fault> faults_;
    std::map<std::string, std::string> queues_;
};

}  // namespace

expected<job, http::response> read_selection(const call& asked) {
    const auto body = read_object(asked.request.body);
    if (!body) return unexpected<http::response>(body.error());
    selection_reader reader(asked, *body);
    auto made = reader.read();
    if (!reader.faults().empty()) return unexpected<http::response>(invalid(reader.faults()));
    return made;
}

}  // namespace postrider::admin
