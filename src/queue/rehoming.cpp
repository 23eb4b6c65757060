#include "rehoming.h"

#include "state_entry.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace postrider::queue {

namespace {

constexpr std::uint64_t keys_a_step = 256;
constexpr std::size_t most_moves = 256;

read_fault refused(std::string_view text) {
    return read_fault{false, "Redis answered: " + std::string(text)};
}

/// The bases that a call names, each once.
class named_bases {
 public:
    std::uint64_t place_of(const std::string& base) {
        const auto [at, is_new] = places_.emplace(base, order_.size() + 1);
        if (is_new) order_.push_back(base);
        return at->second;
    }
    [[nodiscard]] const std::vector<std::string>& all() const noexcept { return order_; }

 private:
    std::map<std::string, std::uint64_t> places_;
    std::vector<std::string> order_;
};

}  // namespace

inspection_answer<redis::reply> rehoming::scan_keys(std::string cursor) {
    std::vector<plain_call> calls;
    calls.push_back(on_the_server(redis::command("SCAN", cursor, "MATCH", pattern_, "COUNT", keys_a_step)));
    auto scanned = co_await ask_plainly(context_, std::move(calls));
    if (!scanned) co_return unexpected<read_fault>(scanned.error());
    if (scanned->front().is_error()) co_return unexpected<read_fault>(refused(scanned->front().text()));
    co_return std::move(scanned->front());
}

inspection_answer<std::string> rehoming::find_unknown() {
    std::string cursor = "0";
    do {
        const auto step = co_await scan_keys(cursor);
        if (!step) co_return unexpected<read_fault>(step.error());
        cursor = (*step)[0].text();
        for (std::size_t at = 0; at < (*step)[1].size(); ++at) {
            const auto key = places_.parse((*step)[1][at].text());
            if (key && !placement::knows(*key)) co_return std::string((*step)[1][at].text());
        }
    } while (cursor != "0");
    co_return std::string();
}

rehoming::done rehoming::walk() {
    std::uint64_t moved = 0;
    std::string cursor = "0";
    do {
        const auto step = co_await scan_keys(cursor);
        if (!step) co_return unexpected<read_fault>(step.error());
        cursor = (*step)[0].text();
        std::vector<placement::part> page;
        for (std::size_t at = 0; at < (*step)[1].size(); ++at)
            if (auto key = places_.parse((*step)[1][at].text())) page.push_back(std::move(*key));
        const auto placed = co_await place_page(std::move(page));
        if (!placed) co_return unexpected<read_fault>(placed.error());
        moved += *placed;
    } while (cursor != "0");
    co_return moved;
}

redis::command rehoming::scan(const placement::part& index, const std::string& cursor) const {
    const std::string name = index.base + index.kind + (index.name.empty() ? "" : ":") + index.name;
    return redis::command(placement::scan_of(index), name, cursor, "COUNT", keys_a_step);
}

void rehoming::add_members(const placement::part& index, const redis::reply_view& scanned, moves& out) const {
    const std::size_t step = placement::scan_of(index) == "SSCAN" ? 1 : 2;
    for (std::size_t at = 0; at < scanned[1].size(); at += step) {
        const std::string_view member = scanned[1][at].text();
        if (index.kind != "states") {
            add_member(index, member, member, "", out);
            continue;
        }
        for (const std::string_view queue_name : queues_of_entry(scanned[1][at + 1].text()))
            add_member(index, queue_name, member, queue_name, out);
    }
}

void rehoming::add_member(const placement::part& index, std::string_view belonging, std::string_view name,
                          std::string_view queue_name, moves& out) const {
    const std::string& home = places_.home_of_member(index, belonging);
    if (home == index.base) return;
    move& one = out.emplace_back();
    one.kind = index.kind;
    one.source = index.base;
    one.target = home;
    one.name = name;
    one.queue = queue_name;
}

rehoming::done rehoming::place_page(std::vector<placement::part> page) {
    moves wanted;
    std::vector<placement::part> indices;
    std::vector<plain_call> scans;
    for (placement::part& key : page) {
        if (!placement::scan_of(key).empty()) {
            scans.push_back(on_the_server(scan(key, "0")));
            indices.push_back(std::move(key));
            continue;
        }
        auto home = places_.home_of(key);
        if (!home || *home == key.base) continue;
        wanted.push_back(move{"key", key.base, std::move(*home), key.kind + ':' + key.name, ""});
    }
    const auto scanned = co_await ask_plainly(context_, std::move(scans));
    if (!scanned) co_return unexpected<read_fault>(scanned.error());
    std::uint64_t moved = 0;
    for (std::size_t at = 0; at < indices.size(); ++at) {
        const redis::reply& step = (*scanned)[at];
        if (step.is_error()) co_return unexpected<read_fault>(refused(step.text()));
        add_members(indices[at], step, wanted);
        if (step[0].text() == "0") continue;
        const auto rest = co_await place_members(std::move(indices[at]), std::string(step[0].text()));
        if (!rest) co_return unexpected<read_fault>(rest.error());
        moved += *rest;
    }
    const auto made = co_await make(std::move(wanted));
    if (!made) co_return unexpected<read_fault>(made.error());
    co_return moved + *made;
}

/// The rest of a large index.
rehoming::done rehoming::place_members(placement::part index, std::string cursor) {
    std::uint64_t moved = 0;
    while (cursor != "0") {
        std::vector<plain_call> calls;
        calls.push_back(on_the_server(scan(index, cursor)));
        const auto scanned = co_await ask_plainly(context_, std::move(calls));
        if (!scanned) co_return unexpected<read_fault>(scanned.error());
        const redis::reply& step = scanned->front();
        if (step.is_error()) co_return unexpected<read_fault>(refused(step.text()));
        moves wanted;
        add_members(index, step, wanted);
        cursor = step[0].text();
        const auto made = co_await make(std::move(wanted));
        if (!made) co_return unexpected<read_fault>(made.error());
        moved += *made;
    }
    co_return moved;
}

rehoming::done rehoming::make(moves wanted) {
    std::uint64_t made = 0;
    for (std::size_t first = 0; first < wanted.size(); first += most_moves) {
        const std::size_t end = std::min(first + most_moves, wanted.size());
        moves some(std::make_move_iterator(wanted.begin() + static_cast<std::ptrdiff_t>(first)),
                   std::make_move_iterator(wanted.begin() + static_cast<std::ptrdiff_t>(end)));
        const auto answered = co_await make_some(std::move(some));
        if (!answered) co_return unexpected<read_fault>(answered.error());
        made += *answered;
    }
    co_return made;
}

rehoming::done rehoming::make_some(moves wanted) {
    const auto compose = [&wanted](const script_form& form) {
        named_bases bases;
        std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
        for (const move& one : wanted) {
            const auto source = bases.place_of(one.source);
            places.emplace_back(source, bases.place_of(one.target));
        }
        redis::command command(form.verb, form.script, static_cast<std::uint64_t>(bases.all().size()));
        for (const std::string& base : bases.all())
            command.add(base);
        for (std::size_t at = 0; at < wanted.size(); ++at) {
            command.add(wanted[at].kind);
            command.add(places[at].first);
            command.add(places[at].second);
            command.add(wanted[at].name);
            command.add(wanted[at].queue);
        }
        return command;
    };
    command_composer composer = compose;
    const auto scripts = context_->scripts(0);
    const auto answer =
        co_await run_script(scripts, script::rehome, scripts.client.generation(), std::move(composer));
    if (!answer) co_return unexpected<read_fault>(read_fault{false, "Redis does not answer"});
    if (answer->is_error()) co_return unexpected<read_fault>(refused(answer->text()));
    std::uint64_t made = 0;
    for (std::size_t at = 0; at < answer->size(); ++at) {
        const std::string_view what = (*answer)[at].text();
        if (what.starts_with('E')) co_return unexpected<read_fault>(refused(what.substr(1)));
        if (what == "M") ++made;
    }
    moved_ += made;
    if (progress_ && made > 0) progress_(moved_);
    co_return made;
}

}  // namespace postrider::queue
