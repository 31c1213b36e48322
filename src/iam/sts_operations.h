// STS: who am I, and temporary credentials. An access key stands for its whole account, and so do
// temporary credentials: no policy or trust relationship is looked at, and a role need not exist.
#pragma once

#include "aws/operation.h"
#include "aws/protocol/shape.h"
#include "aws/signature/access_keys.h"
#include "base/clock.h"
#include "base/random.h"

namespace millrace::iam {

// Adds them as service "sts". `keys` are those that signatures are checked with, empty if they are
// not; with keys, a role of another account than the caller's can not be assumed. `clock` is the
// one that signatures are checked by: clients compare when credentials expire with their own. The
// arguments must outlive the handlers. The operations read the caller's session token from the
// context's parameter "SecurityToken".
void register_sts_operations(aws::OperationRegistry& registry, aws::QueryShapes& shapes,
                             const aws::AccessKeys& keys, const Clock& clock, Random& random);

}  // namespace millrace::iam
