// What an event costs in the scripts that it goes through, by the size of a batch, driven by the store
// itself. The time that is shown is Redis' CPU for each event; `store` is that of this process: commands
// made, replies read.
#include "store_rig.h"

#include <benchmark/benchmark.h>

namespace postrider::queue {
namespace {

constexpr int batches = 50;  // between two looks at the CPU

/// Brings `batches` batches through `life` in each iteration.
template <typename Life>
void bring_through(benchmark::State& state, const Life& life) {
    store_rig rig;
    double own = 0;
    for (auto _ : state) {
        const double server_before = rig.server_seconds(), own_before = store_rig::own_seconds();
        for (int round = 0; round < batches; ++round)
            life(rig, state.range(0));
        const auto events = static_cast<double>(batches * state.range(0));
        state.SetIterationTime((rig.server_seconds() - server_before) / events);
        own += (store_rig::own_seconds() - own_before) / events;
    }
    state.counters["store"] = benchmark::Counter(own, benchmark::Counter::kAvgIterations);
}

void straight(store_rig& rig, std::int64_t count) {
    rig.take_in(count, store_rig::way::straight, false);
    rig.complete_all(false);
}

void queued(store_rig& rig, std::int64_t count) {
    rig.take_in(count, store_rig::way::queued, false);
    rig.complete_all(false);
}

void with_ids(store_rig& rig, std::int64_t count) {
    rig.take_in(count, store_rig::way::straight, true);
    rig.complete_all(false);
}

void with_history(store_rig& rig, std::int64_t count) {
    rig.take_in(count, store_rig::way::straight, false);
    rig.complete_all(true);
}

void with_retry(store_rig& rig, std::int64_t count) {
    rig.take_in(count, store_rig::way::straight, false);
    rig.retry_all();
    rig.complete_all(false);
}

void show(benchmark::internal::Benchmark* benchmark) {
    benchmark->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(20);
}

void by_batch(benchmark::internal::Benchmark* benchmark) {
    show(benchmark->Arg(1)->Arg(8)->Arg(64));
}

BENCHMARK_CAPTURE(bring_through, straight, straight)
    ->Name("scripts/straight in flight, completed; batch:")
    ->Apply(by_batch);
BENCHMARK_CAPTURE(bring_through, queued, queued)
    ->Name("scripts/queued, claimed, completed; batch:")
    ->Apply(by_batch);
BENCHMARK_CAPTURE(bring_through, with_ids, with_ids)
    ->Name("scripts/straight, with the client's ids; batch:")
    ->Apply(by_batch);
BENCHMARK_CAPTURE(bring_through, with_history, with_history)
    ->Name("scripts/straight, and kept in the history; batch:")
    ->Apply(by_batch);
BENCHMARK_CAPTURE(bring_through, with_retry, with_retry)
    ->Name("scripts/straight, retried, claimed, completed; batch:")
    ->Arg(64)  // each batch waits some milliseconds, and what it runs on has cooled down by then
    ->Arg(256)
    ->Apply(show);

}  // namespace
}  // namespace postrider::queue
