#pragma once

#include "route.h"

#include <postrider/catalog/trail.h>

namespace postrider::admin {

/// A change that a call asks for, as the audit trail shall have it: who, from where, what. The store fills
/// in what is left empty. An endpoint is told by its tenant too.
[[nodiscard]] catalog::change describe_change(const call& asked, std::string_view action = {},
                                              std::string_view target = {}, std::string_view tenant = {});

/// The same of an endpoint's settings: the members that differ, as they were and as they are. Null: it was
/// not there, or is no more; then what differs from the defaults. Of secrets, values of headers and queries
/// of urls it says that they differ, and nothing else.
[[nodiscard]] catalog::change describe_difference(const call& asked, const endpoint* before,
                                                  const endpoint* after);

/// Writes the record of a change that no script of the catalog makes, before it is made. The refusal when it
/// could not be written: nothing may be changed then. `asked` lives in the frame that waits for it.
[[nodiscard]] boost::asio::awaitable<std::optional<http::response>> record_first(const call& asked,
                                                                                 catalog::change made);

}  // namespace postrider::admin
