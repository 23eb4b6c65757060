#include <postrider/subscription/snapshot.h>

#include <benchmark/benchmark.h>

namespace postrider::subscription {
namespace {

snapshot with_endpoints(std::int64_t count) {
    std::vector<endpoint_ptr> endpoints;
    for (std::int64_t number = 0; number < count; ++number) {
        auto made = std::make_shared<endpoint>();
        made->id = "e" + std::to_string(number);
        made->events = {"team" + std::to_string(number) + ".*", "billing." + std::to_string(number) + ".**"};
        endpoints.push_back(std::move(made));
    }
    return snapshot(std::move(endpoints));
}

/// One match among so many endpoints.
void match(benchmark::State& state) {
    const snapshot endpoints = with_endpoints(state.range(0));
    for (auto _ : state)
        benchmark::DoNotOptimize(endpoints.match("default", "team0.paid"));
}
BENCHMARK(match)->Name("matcher/one match among")->Arg(1)->Arg(100)->Arg(10'000);

}  // namespace
}  // namespace postrider::subscription
