#include "changing.h"

#include "reading.h"
#include "scan.h"
#include "script_run.h"
#include "stored_text.h"
#include "trail.h"

#include <algorithm>
#include <utility>

namespace postrider::catalog {

namespace {

constexpr std::uint64_t most_standings = 100'000;

std::string seal(const context& context, const entry& entry) {
    return context.sealing->seal(encode_entry(entry).reveal(), entry.id, context.random);
}

fault no_key() {
    return make_fault(fault_kind::no_key, "there is no key to seal secrets with");
}

/// The same content under another key is no change: its version stays, and it has no record.
struct exchange_of {
    std::string id;
    std::string sealed_before;
    std::string sealed_after;
    const recorded_change* change = nullptr;  ///< null: none; else it lives until the exchange has ended
};

store::answer<std::uint64_t> exchange(context_ptr context, exchange_of what) {
    static const recorded_change none;
    const recorded_change& change = what.change == nullptr ? none : *what.change;
    redis::command call =
        compose(script::replace, "3", context->names.endpoints, context->names.version, context->names.trail,
                what.id, what.sealed_before, what.sealed_after, what.change == nullptr ? "0" : "1",
                change.before, change.after, change.record, change.most, change.retention);
    return run_for_number(std::move(context), script::replace, std::move(call));
}

std::string_view name_of(store::step step) {
    switch (step) {
        case store::step::pause:
            return "pause";
        case store::step::resume:
            return "resume";
        case store::step::disable_gone:
            return "gone";
        case store::step::disable_failing:
            return "failing";
        case store::step::moved:
            return "moved";
        case store::step::verified:
            return "verified";
        case store::step::unverified:
            return "unverified";
    }
    return "";
}

std::string_view action_of(store::step step) {
    switch (step) {
        case store::step::pause:
            return "endpoint.paused";
        case store::step::resume:
            return "endpoint.resumed";
        case store::step::disable_gone:
        case store::step::disable_failing:
            return "endpoint.disabled";
        case store::step::moved:
            return "endpoint.disablement_ended";
        case store::step::verified:
            return "endpoint.verified";
        case store::step::unverified:
            return "endpoint.unverified";
    }
    return "";
}

/// "tenant.id".
std::string_view tenant_of(std::string_view queue_name) {
    return queue_name.substr(0, queue_name.find('.'));
}
std::string_view id_of(std::string_view queue_name) {
    return queue_name.substr(std::min(queue_name.find('.') + 1, queue_name.size()));
}

expected<store::standing_change, fault> read_change(const redis::reply& reply,
                                                    const std::string& queue_name) {
    store::standing_change change;
    change.changed = reply[0].integer() == 1;
    change.version = static_cast<std::uint64_t>(reply[1].integer().value_or(0));
    const std::string_view text = reply[2].text();
    if (text.empty()) return change;
    auto now_holds = decode_standing(text);
    if (!now_holds)
        return unexpected<fault>(
            make_fault(fault_kind::unreadable, "the standing of " + queue_name + " is no standing"));
    change.now = std::move(*now_holds);
    return change;
}

}  // namespace

store::answer<std::uint64_t> create_entry(context_ptr context, entry made, change who) {
    if (!context->sealing->can_seal()) co_return unexpected<fault>(no_key());
    made.created_at = context->time.wall_now();
    made.updated_at = made.created_at;
    const auto recorded = encode_change(*context, who, "endpoint.created", made.tenant, made.id);
    redis::command call =
        compose(script::create, "3", context->names.endpoints, context->names.version, context->names.trail,
                made.id, seal(*context, made), static_cast<std::uint64_t>(store::most_endpoints),
                recorded.before, recorded.after, recorded.record, recorded.most, recorded.retention);
    auto version = co_await run_for_number(context, script::create, std::move(call));
    if (version) log_change(who);
    co_return version;
}

/// The script compares sealed bytes. They are others also when the entry was only sealed anew meanwhile, so
/// what decides is a second look.
store::answer<std::uint64_t> replace_entry(context_ptr context, entry after, entry before, change who) {
    if (!context->sealing->can_seal()) co_return unexpected<fault>(no_key());
    after.id = before.id;
    after.created_at = before.created_at;
    // Two changes in one millisecond must not look like one.
    after.updated_at = std::max(context->time.wall_now(), before.updated_at + milliseconds(1));
    const std::string sealed_after = seal(*context, after);
    const auto recorded = encode_change(*context, who, "endpoint.changed", after.tenant, after.id);
    expected<std::uint64_t, fault> version = unexpected<fault>(fault_of("C"));
    for (int tries = 0; tries < most_tries; ++tries) {
        auto found = co_await find_entry(context, before.id);
        if (!found) co_return unexpected<fault>(std::move(found.error()));
        if (found->opened.updated_at != before.updated_at) co_return unexpected<fault>(fault_of("C"));
        exchange_of what{before.id, std::move(found->sealed), sealed_after, &recorded};
        version = co_await exchange(context, std::move(what));
        if (version || version.error().kind != fault_kind::changed) break;
    }
    if (version) log_change(who);
    co_return version;
}

store::answer<std::uint64_t> remove_entry(context_ptr context, std::string id, std::string queue_name,
                                          change who) {
    const auto recorded = encode_change(*context, who, "endpoint.deleted", tenant_of(queue_name), id);
    redis::command call =
        compose(script::remove, "4", context->names.endpoints, context->names.standings,
                context->names.version, context->names.trail, id, queue_name, recorded.before, recorded.after,
                recorded.record, recorded.most, recorded.retention);
    auto version = co_await run_for_number(context, script::remove, std::move(call));
    if (version) log_change(who);
    co_return version;
}

store::answer<store::standing_change> change_standing(context_ptr context, std::string queue_name,
                                                      store::step what, std::string url_text, change who,
                                                      std::string error) {
    const bool of_challenge = what == store::step::verified || what == store::step::unverified;
    const std::string url = of_challenge ? digest_of_url(url_text) : url_mark(url_text);
    const std::int64_t now = context->time.wall_now().time_since_epoch().count();
    const auto recorded =
        encode_change(*context, who, action_of(what), tenant_of(queue_name), id_of(queue_name));
    redis::command call =
        compose(script::change_standing, "3", context->names.standings, context->names.version,
                context->names.trail, queue_name, name_of(what), url, now, most_standings, recorded.record,
                recorded.most, recorded.retention, error);
    const auto reply = co_await run(context, script::change_standing, std::move(call));
    if (!reply) co_return unexpected<fault>(reply.error());
    auto change = read_change(*reply, queue_name);
    if (change && change->changed) log_change(who);
    co_return change;
}

store::answer<secret> take_cursor_key(context_ptr context) {
    const std::string fresh = random_id(context->random) + random_id(context->random);
    redis::command call = compose(script::take_cursor_key, "1", context->names.cursor_key, fresh);
    const auto reply = co_await run(context, script::take_cursor_key, std::move(call));
    if (!reply) co_return unexpected<fault>(reply.error());
    const std::string_view key = (*reply)[0].text();
    if (key.size() == fresh.size()) co_return secret(std::string(key));
    co_return unexpected<fault>(make_fault(fault_kind::unreadable, "the key of the cursors is none"));
}

namespace {

enum class anew : std::uint8_t { no, yes, raced };

/// One entry of a walk.
store::answer<anew> seal_one_anew(context_ptr context, std::string id, std::string sealed) {
    if (!context->sealing->is_outdated(sealed)) co_return anew::no;
    const auto text = context->sealing->open(sealed, id);
    if (!text) co_return anew::no;
    exchange_of what{id, std::move(sealed), {}, nullptr};
    what.sealed_after = context->sealing->seal(text->reveal(), id, context->random);
    const auto exchanged = co_await exchange(context, std::move(what));
    if (exchanged) co_return anew::yes;
    if (exchanged.error().kind == fault_kind::changed) co_return anew::raced;
    if (exchanged.error().kind == fault_kind::missing) co_return anew::no;
    co_return unexpected<fault>(exchanged.error());
}

}  // namespace

/// What cannot be opened stays as it is: reading the catalog tells of it.
store::answer<store::sealing_pass> seal_anew(context_ptr context, std::size_t at_most) {
    store::sealing_pass pass;
    std::string cursor = "0";
    do {
        auto slice = co_await read_slice(context, context->names.endpoints, cursor);
        if (!slice) co_return unexpected<fault>(std::move(slice.error()));
        for (auto& [id, sealed] : slice->fields) {
            std::string key_id = sealer::key_id_of(sealed);
            expected<anew, fault> done = anew::no;
            if (pass.sealed_anew < at_most) done = co_await seal_one_anew(context, id, std::move(sealed));
            if (!done) co_return unexpected<fault>(std::move(done.error()));
            pass.raced = pass.raced || *done == anew::raced;
            if (*done == anew::yes) {
                ++pass.sealed_anew;
                key_id = context->sealing->key_ids().front();
            }
            count_use(pass.sealed_with, key_id, id);
        }
        cursor = std::move(slice->next);
    } while (cursor != "0");
    co_return pass;
}

}  // namespace postrider::catalog
