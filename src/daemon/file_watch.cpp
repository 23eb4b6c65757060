#include "file_watch.h"

#include <postrider/log/log.h>
#include <postrider/runtime/shard.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/inotify.h>

#include <array>
#include <filesystem>
#include <map>
#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

/// Editors and ConfigMaps change several names at once; this gathers them.
constexpr std::chrono::milliseconds settling_time{50};
constexpr std::uint32_t interesting = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MOVED_FROM;

/// What in a folder is of interest.
struct folder {
    std::set<std::string> names;
    bool any_yaml = false;

    [[nodiscard]] bool concerns(const std::string& name) const {
        const std::string extension = fs::path(name).extension();
        return names.contains(name) || name.starts_with("..") ||
               (any_yaml && (extension == ".yaml" || extension == ".yml"));
    }
};

}  // namespace

struct file_watch::impl : std::enable_shared_from_this<impl> {
    impl(const asio::any_io_executor& executor, std::function<void()> on_change)
        : inotify(executor), settle(executor), changed(std::move(on_change)) {
        const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (descriptor >= 0) inotify.assign(descriptor);
    }

    void add(const fs::path& directory, const std::string& name) {
        std::error_code ignored;
        const fs::path where = directory.empty() ? fs::path(".") : directory;
        if (!inotify.is_open() || !fs::is_directory(where, ignored)) return;
        const int id = ::inotify_add_watch(inotify.native_handle(), where.c_str(), interesting);
        if (id < 0) return log::warning("cannot watch for changes", {{"folder", where.native()}});
        if (name.empty()) {
            folders[id].any_yaml = true;
        } else {
            folders[id].names.insert(name);
        }
    }

    [[nodiscard]] bool concerns(const std::array<char, 16384>& buffer, std::size_t length) const {
        bool found = false;
        for (std::size_t at = 0; at + sizeof(inotify_event) <= length;) {
            inotify_event event{};
            std::copy_n(buffer.data() + at, sizeof(event), reinterpret_cast<char*>(&event));
            const char* name = buffer.data() + at + sizeof(event);
            const auto watched = folders.find(event.wd);
            if ((event.mask & IN_Q_OVERFLOW) != 0) found = true;
            if (event.len > 0 && watched != folders.end()) found |= watched->second.concerns(name);
            at += sizeof(event) + event.len;
        }
        return found;
    }

    asio::awaitable<void> run(std::shared_ptr<impl> self) {
        std::array<char, 16384> buffer;
        while (self->inotify.is_open()) {
            const auto [error, length] =
                co_await inotify.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
            if (error) co_return;
            if (!concerns(buffer, length)) continue;
            settle.expires_after(settling_time);
            settle.async_wait([self](const boost::system::error_code& cut) {
                if (!cut && self->inotify.is_open()) self->changed();
            });
        }
    }

    asio::posix::stream_descriptor inotify;
    asio::steady_timer settle;
    std::function<void()> changed;
    std::map<int, folder> folders;
};

file_watch::file_watch(const asio::any_io_executor& executor, std::function<void()> changed)
    : impl_(std::make_shared<impl>(executor, std::move(changed))) {
    if (impl_->inotify.is_open()) {
        runtime::spawn(executor, "file watch", impl_->run(impl_));
    } else {
        log::warning("no inotify: the configuration reloads on SIGHUP and on request only");
    }
}

file_watch::~file_watch() {
    stop();
}

void file_watch::watch(const std::vector<std::string>& paths) {
    for (const auto& [id, folder] : impl_->folders) {
        ::inotify_rm_watch(impl_->inotify.native_handle(), id);
    }
    impl_->folders.clear();
    for (const auto& path : paths) {
        std::error_code ignored;
        if (fs::is_directory(path, ignored)) {
            impl_->add(path, {});
            continue;
        }
        impl_->add(fs::path(path).parent_path(), fs::path(path).filename());
        const fs::path real = fs::canonical(path, ignored);
        if (!ignored) impl_->add(real.parent_path(), real.filename());
    }
}

void file_watch::stop() {
    boost::system::error_code ignored;
    impl_->settle.cancel();
    impl_->inotify.close(ignored);
}

}  // namespace postrider::daemon
