#pragma once

namespace postrider::sign {

/// Throws if a call of the crypto library did not return 1. Its inputs are checked beforehand, so that this
/// is out of memory or a broken installation, never a matter of what a user wrote.
void require(int returned, const char* call);

}  // namespace postrider::sign
