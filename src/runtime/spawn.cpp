#include "end_process.h"

#include <postrider/runtime/shard.h>

#include <boost/asio/co_spawn.hpp>

#include <string>
#include <utility>

namespace postrider::runtime {

void spawn(const boost::asio::any_io_executor& executor, std::string_view name,
           boost::asio::awaitable<void> work, std::function<void()> done) {
    boost::asio::co_spawn(executor, std::move(work),
                          [name = std::string(name), done = std::move(done)](std::exception_ptr thrown) {
                              if (thrown) end_process(name, thrown);
                              if (done) done();
                          });
}

}  // namespace postrider::runtime
