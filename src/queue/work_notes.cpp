#include <postrider/queue/work_notes.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <map>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {
constexpr std::size_t most_noted = 4096;
constexpr std::size_t most_in_message = 256;
}  // namespace

struct work_notes::impl : std::enable_shared_from_this<work_notes::impl> {
    impl(const asio::any_io_executor& on, redis::client& redis, const queue::keys& names)
        : executor(on), client(redis), keys(names) {}

    void flush();
    void publish(const std::string& member_id,
                 const std::vector<std::pair<std::uint32_t, std::string>>& notes);

    const asio::any_io_executor executor;
    redis::client& client;
    const queue::keys& keys;
    membership_view_ptr view;
    std::vector<std::pair<std::uint32_t, std::string>> noted;
    bool flush_posted = false;
    bool stopped = false;
};

void work_notes::impl::flush() {
    flush_posted = false;
    if (stopped) return;
    std::ranges::sort(noted);
    const auto doubled = std::ranges::unique(noted);
    noted.erase(doubled.begin(), doubled.end());
    std::map<std::string, std::vector<std::pair<std::uint32_t, std::string>>> by_member;
    for (auto& [partition, queue_name] : noted) {
        const member* const holder = view ? view->holder_of(partition) : nullptr;
        if (holder == nullptr || holder->id == view->self) continue;
        auto& notes = by_member[holder->id];
        notes.emplace_back(partition, std::move(queue_name));
        if (notes.size() < most_in_message) continue;
        publish(holder->id, notes);
        notes.clear();
    }
    noted.clear();
    for (const auto& [member_id, notes] : by_member)
        if (!notes.empty()) publish(member_id, notes);
}

void work_notes::impl::publish(const std::string& member_id,
                               const std::vector<std::pair<std::uint32_t, std::string>>& notes) {
    client.call(redis::command("PUBLISH", keys.work_channel(member_id), encode_work(notes)),
                client.generation(), [](const redis::call_result&) {});
}

work_notes::work_notes(const asio::any_io_executor& executor, redis::client& client, const keys& keys)
    : impl_(std::make_shared<impl>(executor, client, keys)) {}

work_notes::~work_notes() {
    impl_->stopped = true;
}

void work_notes::set_view(membership_view_ptr view) {
    impl_->view = std::move(view);
}

void work_notes::add(std::uint32_t partition, std::string queue_name) {
    if (impl_->noted.size() >= most_noted) return;
    impl_->noted.emplace_back(partition, std::move(queue_name));
    if (std::exchange(impl_->flush_posted, true)) return;
    asio::post(impl_->executor, [held = impl_] { held->flush(); });
}

}  // namespace postrider::queue
