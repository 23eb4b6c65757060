#pragma once

#include <postrider/base/expected.h>

#include <string>
#include <utility>

namespace postrider::sign {

inline unexpected<std::string> refuse(std::string why) {
    return unexpected<std::string>(std::move(why));
}

}  // namespace postrider::sign
