#include "changing.h"
#include "context.h"
#include "reading.h"
#include "scripts.h"

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

store::answer<std::uint64_t> store::create(entry made) {
    return create_entry(impl_, std::move(made));
}

store::answer<std::uint64_t> store::replace(entry after, entry before) {
    return replace_entry(impl_, std::move(after), std::move(before));
}

store::answer<std::uint64_t> store::remove(std::string id, std::string queue_name) {
    return remove_entry(impl_, std::move(id), std::move(queue_name));
}

store::answer<store::standing_change> store::change_standing(std::string queue_name, step what,
                                                             std::string url_text, std::string error) {
    return catalog::change_standing(impl_, std::move(queue_name), what, std::move(url_text),
                                    std::move(error));
}

store::answer<std::size_t> store::seal_anew() {
    return catalog::seal_anew(impl_);
}

}  // namespace postrider::catalog
