// Files of certificates and keys that a configuration names: taken or refused, never a question on the
// terminal.

#include "fuzz/memory_file.h"
#include "fuzz/target.h"

#include <config/pem.h>
#include <config/report.h>
#include <openssl/err.h>

#include <string>

FUZZ_TARGET(pem) {
    using namespace postrider;
    const fuzz::memory_file file(input);
    config::report faults;
    config::references outside(config::references::literal);
    config::reading reading{faults, outside, {}};
    const auto certificates = config::check_pem(reading, file.path(), config::pem_content::certificates);
    const auto key = config::check_pem(reading, file.path(), config::pem_content::private_key);
    HOLDS(config::check_pem(reading, file.path(), config::pem_content::private_key) == key);
    if (!certificates && !key) (void)config::check_key_pair(reading, file.path(), file.path());
    HOLDS(::ERR_peek_error() == 0);  // a later call would take it for its own
}
