#pragma once

#include <string>
#include <string_view>

namespace postrider::guard {

/// What is wrong with a host name that is no address literal, and what is allowed; empty when it is fine.
/// `name` is in lower case. `private_names` lets names of one label and reserved ones pass; a name whose
/// last label is a number never does, because resolvers take such forms for addresses (SECURITY section 1).
[[nodiscard]] std::string fault_of_host_name(std::string_view name, bool private_names);

}  // namespace postrider::guard
