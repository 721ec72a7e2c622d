// Torch first, then Catch: both define CHECK, and the later one must be Catch's.
#pragma once
#include <ATen/ATen.h>
#include <torch/nn/module.h>
#undef CHECK
#undef LOG
#undef DCHECK
#undef VLOG
#include <catch2/catch.hpp>
