#pragma once

#include "answer.h"

#include <postrider/base/random.h>
#include <postrider/dead_letter/job.h>

namespace postrider::admin {

[[nodiscard]] json describe_job(const dead_letter::job& job);

}  // namespace postrider::admin
