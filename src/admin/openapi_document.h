#pragma once

#include <string_view>

namespace postrider {

/// openapi.json, embedded by the build.
extern const std::string_view openapi_document;

}  // namespace postrider
