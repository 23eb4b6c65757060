#include "due_watch.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace postrider::queue {

namespace {

constexpr monotonic_time never = monotonic_time::max();
/// Retries that come due close together share a call.
constexpr milliseconds between_promotions{4};

struct promotion_header {
    std::int64_t next_ms = -1;
    std::int64_t moved = 0;
    std::int64_t strays = 0;
    std::int64_t woken = 0;
};

promotion_header parse_header(std::string_view text) {
    promotion_header header;
    for (std::int64_t* number : std::array{&header.next_ms, &header.moved, &header.strays, &header.woken}) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
        if (error != std::errc()) break;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (!text.empty()) text.remove_prefix(1);
    }
    return header;
}

}  // namespace

due_watch::due_watch(std::shared_ptr<store_context> context)
    : context_(std::move(context)),
      timer_(context_->executor),
      next_due_(context_->keys.partitions(), never) {}

void due_watch::note_retry(std::uint32_t partition, milliseconds delay) {
    // A millisecond more: Redis' clock is cut to whole ones.
    const monotonic_time due = context_->scripts.time.monotonic_now() + delay + milliseconds(1);
    if (due >= next_due_[partition]) return;
    next_due_[partition] = due;
    if (due < armed_for_) watch();
}

void due_watch::look_at_all() {
    if (!context_->may_call()) return;
    std::vector<std::uint32_t> owned;
    for (std::uint32_t partition = 0; partition < next_due_.size(); ++partition)
        if (context_->serves(partition) && !context_->leases.token(partition).empty())
            owned.push_back(partition);
    if (promotions_ == 0) {
        for (std::size_t first = 0; first < owned.size(); first += most_items) {
            const auto last = std::min(first + most_items, owned.size());
            promote({owned.begin() + static_cast<std::ptrdiff_t>(first),
                     owned.begin() + static_cast<std::ptrdiff_t>(last)});
        }
    }
    if (scans_ == 0)
        for (const std::uint32_t partition : owned)
            scan_ready(partition, "0");
}

void due_watch::promote_due() {
    if (promotions_ > 0 || !context_->may_call()) return;  // its end, or the next look, goes on
    const monotonic_time now = context_->scripts.time.monotonic_now();
    std::vector<std::uint32_t> due;
    for (std::uint32_t partition = 0; partition < next_due_.size() && due.size() < most_items; ++partition) {
        if (next_due_[partition] > now) continue;
        next_due_[partition] = never;
        if (!context_->leases.token(partition).empty()) due.push_back(partition);
    }
    if (due.empty()) return watch();
    promote(due);
}

void due_watch::promote(const std::vector<std::uint32_t>& partitions) {
    const auto named = std::make_shared<call_partitions>();
    for (const std::uint32_t partition : partitions)
        named->add(partition, context_->leases.token(partition));
    ++promotions_;
    run_script(
        context_->scripts, script::promote_due, context_->generation,
        [named, context = context_](const script_form& form) {
            redis::command command = named->begin_command(form, context->keys);
            named->add_tokens(command);
            command.add(static_cast<std::uint64_t>(most_items));
            return command;
        },
        [self = shared_from_this(), named, partitions](const redis::call_result& result) {
            if (!self->context_->stopped) self->finish(*named, partitions, result);
        });
}

void due_watch::finish(const call_partitions& named, const std::vector<std::uint32_t>& partitions,
                       const redis::call_result& result) {
    --promotions_;
    // Without an answer the look of the next second, or of the next connection, finds what is due.
    if (!result) return;
    if (result->is_error())
        context_->report_refusal(script::promote_due, result->text());
    else
        read_answer(named, partitions, *result);
    watch();
}

void due_watch::read_answer(const call_partitions& named, const std::vector<std::uint32_t>& partitions,
                            const redis::reply& reply) {
    std::size_t position = 0;
    for (const std::uint32_t partition : partitions) {
        const std::string_view header = reply[position].text();
        if (header == "F") {
            ++position;
            context_->report_fenced(partition, named.token_of(partition));
        } else if (header.empty() || header.front() == 'E') {
            ++position;
            context_->report_fault("promote", header);
        } else {
            read_partition(partition, reply, position);
        }
    }
}

void due_watch::read_partition(std::uint32_t partition, const redis::reply& reply, std::size_t& position) {
    const promotion_header header = parse_header(reply[position++].text());
    for (std::int64_t stray = 0; stray < header.strays; ++stray)
        context_->report_fault("stray_in_retries", context_->keys.due(partition));
    if (header.next_ms >= 0) {
        const auto due = context_->scripts.time.monotonic_now() + milliseconds(header.next_ms + 1);
        next_due_[partition] = std::min(next_due_[partition], due);
    }
    for (std::int64_t name = 0; name < header.woken; ++name)
        context_->dispatch.on_ready(partition, std::string(reply[position++].text()));
}

void due_watch::watch() {
    armed_for_ = *std::min_element(next_due_.begin(), next_due_.end());
    if (armed_for_ == never) return;
    const auto wait = armed_for_ - context_->scripts.time.monotonic_now();
    timer_.expires_after(std::max<monotonic_time::duration>(wait, between_promotions));
    timer_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
        if (cancelled || self->context_->stopped) return;
        self->armed_for_ = never;
        self->promote_due();
    });
}

void due_watch::scan_ready(std::uint32_t partition, std::string_view cursor) {
    ++scans_;
    context_->scripts.client.call(
        redis::command("SSCAN", context_->keys.ready(partition), cursor, "COUNT", "1000"),
        context_->generation, [self = shared_from_this(), partition](const redis::call_result& result) {
            --self->scans_;
            if (!self->context_->stopped) self->read_scan(partition, result);
        });
}

void due_watch::read_scan(std::uint32_t partition, const redis::call_result& result) {
    if (!result) return;
    if (result->is_error()) {
        // A slot that moves, or a server that loads, is no odd entry: the next look comes in a second.
        if (result->text().starts_with("WRONGTYPE")) context_->report_fault("ready", result->text());
        return;
    }
    const redis::reply_view names = (*result)[1];
    for (std::size_t index = 0; index < names.size(); ++index)
        context_->dispatch.on_ready(partition, std::string(names[index].text()));
    const std::string_view cursor = (*result)[0].text();
    if (cursor != "0" && context_->may_call()) scan_ready(partition, cursor);
}

}  // namespace postrider::queue
