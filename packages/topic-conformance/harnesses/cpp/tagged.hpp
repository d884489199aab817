#pragma once

#include "topic.hpp"

// Returns the value of a tagged value (docs/vectors.md). Throws for an unsupported tag: that ends the process, and the
// runner reports a crash.
topic::Value from_tagged(const topic::Value& tagged);
