#pragma once

#include <postrider/access/tokens.h>
#include <postrider/config/config.h>
#include <postrider/http/server.h>
#include <postrider/metrics/registry.h>

#include <memory>
#include <string>
#include <vector>

namespace postrider::admin {

/// What the admin routes ask of the daemon. Called on a shard's executor; answers come there too.
class operations {
 public:
    virtual ~operations() = default;
    /// Why the daemon is not ready; empty when it is: configuration loaded, Redis answers and is as durable
    /// as configured. Answers within 2 s, also when Redis is silent.
    [[nodiscard]] virtual boost::asio::awaitable<std::string> readiness() = 0;
    /// Reloads the configuration; the faults when nothing was changed.
    [[nodiscard]] virtual boost::asio::awaitable<std::vector<config::fault>> reload() = 0;
};

struct view {
    std::shared_ptr<const access::token_list> tokens;
    bool open_metrics = false;
};

/// `/health`, `/ready`, `/metrics`, `/openapi.json`, `POST /api/config/reload`; everything else goes to
/// `next` (intake), which answers 404 for what it does not know either. One for each shard.
class service final : public http::handler {
 public:
    service(operations& operations, metrics::registry& metrics, http::handler& next);
    ~service() override;
    void set_view(view view);

    [[nodiscard]] expected<std::uint64_t, http::response> admit(
        const http::request& head, std::optional<std::uint64_t> content_length) override;
    [[nodiscard]] boost::asio::awaitable<http::response> handle(http::request& request) override;

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace postrider::admin
