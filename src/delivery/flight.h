#pragma once

#include <boost/intrusive/list.hpp>

#include <functional>

namespace postrider::delivery {

/// An attempt under way, in the sender's list of them for as long as it lives. `interrupt` ends whatever it
/// waits for at the moment; its deadline and the sender's `cut` both call it.
struct flight : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    std::function<void()> interrupt = [] {};
    bool cut = false;

    /// Sets what `interrupt` does, for as long as it lives.
    class stage {
     public:
        stage(flight& flight, std::function<void()> interrupt) : flight_(flight) {
            flight_.interrupt = std::move(interrupt);
        }
        ~stage() {
            flight_.interrupt = [] {};
        }
        stage(const stage&) = delete;
        stage& operator=(const stage&) = delete;

     private:
        flight& flight_;
    };
};

using flight_list = boost::intrusive::list<flight, boost::intrusive::constant_time_size<false>>;

}  // namespace postrider::delivery
