#include "attempt_run.h"

#include <utility>

namespace postrider::delivery {

namespace asio = boost::asio;

sender::sender(const asio::any_io_executor& executor, net::resolver& resolver, const time_source& time,
               settings settings, egress_rules rules)
    : impl_(std::make_shared<impl>(executor, resolver, time, std::move(settings), std::move(rules))) {}

sender::~sender() {
    impl_->cut();
}

void sender::begin(endpoint_ptr endpoint, event_ptr event, std::uint32_t number, std::uint64_t span_id,
                   std::shared_ptr<attempt_end> whom) {
    run::order what{std::move(endpoint), std::move(event), number, span_id};
    std::make_shared<run>(impl_, std::move(what), std::move(whom))->begin();
}

asio::awaitable<attempt_result> sender::attempt(endpoint_ptr endpoint, event_ptr event, std::uint32_t number,
                                                std::uint64_t span_id) {
    run::order what{std::move(endpoint), std::move(event), number, span_id};
    return run::wait_for_end(impl_, std::move(what));
}

void sender::set_rules(egress_rules rules) {
    impl_->set_rules(std::move(rules));
}
void sender::sweep() {
    impl_->sweep();
}
void sender::make_room() {
    impl_->make_room();
}
void sender::cut() {
    impl_->cut();
}
std::size_t sender::connections() const noexcept {
    return impl_->pool.size();
}

}  // namespace postrider::delivery
