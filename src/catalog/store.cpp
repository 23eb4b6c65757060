#include "changing.h"
#include "context.h"
#include "reading.h"
#include "scripts.h"
#include "trail.h"

#include <postrider/catalog/store.h>

#include <utility>

namespace postrider::catalog {

struct store::impl : context {
    using context::context;
};

store::store(redis::client& client, std::string prefix, std::shared_ptr<const sealer> sealer,
             random_source& random, const time_source& time)
    : impl_(std::make_shared<impl>(client, prefix, std::move(sealer), random, time)) {}

store::~store() = default;

std::vector<redis::command> store::preamble() {
    std::vector<redis::command> commands;
    for (std::size_t index = 0; index < embedded_script_count; ++index)
        commands.push_back(redis::load_script(embedded_scripts[index]));
    return commands;
}

store::answer<std::uint64_t> store::version() {
    return read_version(impl_);
}

store::answer<content> store::read() {
    return read_content(impl_);
}

namespace {

store::answer<entry> find_opened(context_ptr context, std::string id) {
    auto found = co_await find_entry(std::move(context), std::move(id));
    if (!found) co_return unexpected<fault>(std::move(found.error()));
    co_return std::move(found->opened);
}

}  // namespace

store::answer<entry> store::find(std::string id) {
    return find_opened(impl_, std::move(id));
}

store::answer<std::uint64_t> store::create(entry made, change who) {
    return create_entry(impl_, std::move(made), std::move(who));
}

store::answer<std::uint64_t> store::replace(entry after, entry before, change who) {
    return replace_entry(impl_, std::move(after), std::move(before), std::move(who));
}

store::answer<std::uint64_t> store::remove(std::string id, std::string queue_name, change who) {
    return remove_entry(impl_, std::move(id), std::move(queue_name), std::move(who));
}

store::answer<store::standing_change> store::change_standing(std::string queue_name, step what,
                                                             std::string url_text, change who) {
    return catalog::change_standing(impl_, std::move(queue_name), what, std::move(url_text), std::move(who),
                                    {});
}

store::answer<store::standing_change> store::note_challenge(std::string queue_name, std::string url_text,
                                                            std::string error) {
    const step what = error.empty() ? step::verified : step::unverified;
    return catalog::change_standing(impl_, std::move(queue_name), what, std::move(url_text), change(),
                                    std::move(error));
}

store::answer<std::uint64_t> store::create(entry made) {
    return create(std::move(made), change());
}

store::answer<std::uint64_t> store::replace(entry after, entry before) {
    return replace(std::move(after), std::move(before), change());
}

store::answer<std::uint64_t> store::remove(std::string id, std::string queue_name) {
    return remove(std::move(id), std::move(queue_name), change());
}

store::answer<store::standing_change> store::change_standing(std::string queue_name, step what,
                                                             std::string url_text) {
    return change_standing(std::move(queue_name), what, std::move(url_text), change());
}

store::answer<std::uint64_t> store::record(change made) {
    return record_change(impl_, std::move(made));
}

store::answer<trail_page> store::read_trail(trail_filter filter, std::string position, std::size_t limit) {
    return catalog::read_trail(impl_, std::move(filter), std::move(position), limit);
}

store::answer<std::uint64_t> store::trim_trail() {
    return catalog::trim_trail(impl_);
}

void store::set_trail_limits(trail_limits limits) {
    impl_->limits = limits;
}

store::answer<store::sealing_pass> store::seal_anew(std::size_t at_most) {
    return catalog::seal_anew(impl_, at_most);
}

void store::set_sealer(std::shared_ptr<const sealer> sealer) {
    impl_->sealing = std::move(sealer);
}

}  // namespace postrider::catalog
