#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace postrider::daemon {

/// Tells when one of the configuration's files may have changed: also through the rename that editors do, and
/// through the swapped symbolic link of a Kubernetes ConfigMap. It watches the folders (inotify), because a
/// file that is replaced takes its own watch along. Changes that come together are told once. Lives on its
/// executor.
class file_watch {
 public:
    file_watch(const boost::asio::any_io_executor& executor, std::function<void()> changed);
    ~file_watch();
    file_watch(const file_watch&) = delete;
    file_watch& operator=(const file_watch&) = delete;

    /// Files, and folders in which any `.yaml` or `.yml` counts; replaces what was watched. Missing ones are
    /// left out: their folder tells when they appear.
    void watch(const std::vector<std::string>& paths);
    void stop();

 private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace postrider::daemon
